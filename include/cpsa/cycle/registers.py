"""The registers that documents and public pages show: each quarter's as it was closed with.

What belongs here: which register a period is shown with. What must not: reading one (``store``),
and who is due in an open quarter (``Roll``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from sqlalchemy import Connection

from cpsa.cycle.departments import with_present_codes
from cpsa.cycle.office import Office
from cpsa.registry import Registry
from cpsa.store import registry as registries

_NOT_SHOWN = ["email", "language"]


def register_of_period(
    office: Office, connection: Connection, shut: pd.DataFrame, scores: pd.DataFrame
) -> Registry:
    """The register of the newest of these closings, and agencies that only earlier ones had.

    An agency whose line was dropped, which version 1.0.0 let happen, stays in what it took part
    in, up to its last quarter.
    """
    loads = dict(zip(shut["quarter"], map(int, shut["registry_load"]), strict=True))
    newest = max(loads)
    registry = office.registry(connection, loads[newest])
    recipients = with_present_codes(office, registry.recipients)
    registry = replace(registry, recipients=recipients)
    dropped = scores[~scores["agency"].isin(registry.agencies["code"])]
    if dropped.empty:
        return registry
    last = dropped.groupby("agency")["quarter"].max()
    frames = {name: [registry.frames()[name]] for name in registries.BY_AGENCY}
    for quarter, codes in last.groupby(last).groups.items():
        agencies = office.roll(connection, loads[quarter]).agencies
        own = agencies[agencies["code"].isin(codes)]
        frames["agencies"].append(own.assign(active_to=quarter))
        for name in ("targets", "baselines", "weights"):
            frames[name].append(
                registries.of_agencies(connection, name, loads[quarter], list(codes))
            )
    whole = {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}
    return replace(registry, **whole)


def registers_of_quarters(
    office: Office, connection: Connection, shut: pd.DataFrame
) -> Mapping[str, Registry]:
    """The registers of the closings that show something else than the newest one's does."""
    loads = dict(zip(shut["quarter"], map(int, shut["registry_load"]), strict=True))
    newest = loads[max(loads)]
    return {
        quarter: office.registry(connection, load)
        for quarter, load in loads.items()
        if load != newest and _differ(office, connection, load, newest)
    }


def _differ(office: Office, connection: Connection, load: int, newest: int) -> bool:
    then, now = (
        office.roll(connection, one).agencies.drop(columns=_NOT_SHOWN) for one in (load, newest)
    )
    if not then.equals(now):
        return True
    return any(
        registries.changed_between(connection, name, load, newest)
        for name in ("targets", "baselines")
    )
