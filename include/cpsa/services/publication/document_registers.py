"""The registers that documents and public pages show: for each quarter the one it was closed with.

What belongs here: which register a period is shown with. What must not: reading one (``store``),
and who is due in an open quarter (``AgencyRegister``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from sqlalchemy import Connection

from cpsa.registry.agency_register import Registry
from cpsa.registry.cluster_register import CLUSTER_FRAMES
from cpsa.services.app_context import AppContext
from cpsa.services.department_codes import replace_former_codes
from cpsa.store.queries import registry_queries

_NOT_SHOWN = ["email", "language"]


def load_register_of_period(
    context: AppContext, connection: Connection, shut: pd.DataFrame, scores: pd.DataFrame
) -> Registry:
    """Load the register of the newest of these closings, and agencies that only earlier ones had.

    An agency whose line was dropped, which version 1.0.0 let happen, stays in what it took part
    in, up to its last quarter.
    """
    loads = dict(zip(shut["quarter"], map(int, shut["registry_load"]), strict=True))
    newest = max(loads)
    registry = context.load_registry(connection, loads[newest])
    recipients = replace_former_codes(context, registry.recipients)
    registry = replace(registry, recipients=recipients)
    dropped = scores[~scores["agency"].isin(registry.agencies["code"])]
    if dropped.empty:
        return registry
    last = dropped.groupby("agency")["quarter"].max()
    frames = {name: [registry.frames()[name]] for name in registry_queries.BY_AGENCY}
    for quarter, codes in last.groupby(last).groups.items():
        agencies = context.load_register(connection, loads[quarter]).agencies
        own = agencies[agencies["code"].isin(codes)]
        frames["agencies"].append(own.assign(active_to=quarter))
        for name in ("targets", "baselines", "weights"):
            frames[name].append(
                registry_queries.load_rows_of_agencies(
                    connection, name, loads[quarter], list(codes)
                )
            )
    whole = {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}
    return replace(registry, **whole)


def load_registers_of_quarters(
    context: AppContext, connection: Connection, shut: pd.DataFrame
) -> Mapping[str, Registry]:
    """Load the registers of the closings that show something else than the newest one's."""
    loads = dict(zip(shut["quarter"], map(int, shut["registry_load"]), strict=True))
    newest = loads[max(loads)]
    return {
        quarter: context.load_registry(connection, load)
        for quarter, load in loads.items()
        if load != newest and _is_different(context, connection, load, newest)
    }


def _is_different(context: AppContext, connection: Connection, load: int, newest: int) -> bool:
    then, now = (
        context.load_register(connection, load_id).agencies.drop(columns=_NOT_SHOWN)
        for load_id in (load, newest)
    )
    if not then.equals(now):
        return True
    return any(
        registry_queries.has_changed_between(connection, name, load, newest)
        for name in ("targets", "baselines", *CLUSTER_FRAMES)
    )
