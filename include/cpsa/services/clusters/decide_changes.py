"""CPSA confirms or refuses changes of the register of clusters that centres propose.

What is confirmed makes a new load of the registry, as loading its files does: nothing is overwritten. What must not
go here: which changes wait (``waiting_changes``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection

from cpsa.errors import RequestError
from cpsa.nearest_code import find_nearest_code
from cpsa.registry.cluster_files import (
    CLUSTER_FILE_COLUMNS,
    KnownPlaces,
    read_clusters,
    write_cluster_rows,
)
from cpsa.registry.cluster_register import CLUSTER_COLUMNS, set_figure_types
from cpsa.registry.registry_table import RegistryTable
from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import write_atomically
from cpsa.services.clusters.waiting_changes import WaitingChange, load_cluster_answers
from cpsa.services.required_reason import require_reason
from cpsa.services.run_log import log_use_case
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import audit_queries, cluster_decision_queries, registry_queries
from cpsa.store.tables.cluster_decision_tables import ClusterOutcome

CONFIRMED, REFUSED = "confirm cluster", "refuse cluster"  # in the audit
_VERBS = {ClusterOutcome.CONFIRMED: CONFIRMED, ClusterOutcome.REFUSED: REFUSED}


@dataclass(frozen=True)
class DecidedChanges:
    """What was decided; empty where nothing waited. ``changed``: rows of the store's registry that changed."""

    decided: tuple[WaitingChange, ...]
    changed: int = 0


@log_use_case
def confirm_changes(
    context: AppContext,
    agency: str,
    rows: Collection[str],
    now: datetime,
    who: str,
    reason: str,
    code: str = "",
) -> DecidedChanges:
    """Take over what a centre proposes in these rows, all of its rows for none; all of it or nothing.

    ``code``: that of one new cluster, in place of the name that the centre gave it. RequestError where a value cannot
    be in the register, naming it; for a row that the centre did not give; for a new cluster whose code is missing or
    taken. Done again it changes nothing.
    """
    reason = require_reason(reason)
    with write_transaction(context.engine, alone=True) as connection:
        chosen = _choose(context, connection, agency, rows)
        if not chosen:
            return DecidedChanges(())
        registry = registry_queries.load_registry_at(connection)
        known = set(registry.clusters["code"])
        codes = _list_codes(chosen, known, code)
        clusters = registry.clusters
        for change, own_code in zip(chosen, codes, strict=True):
            clusters = _take_over(context, clusters, change, own_code)
        changed = registry_queries.save_registry(
            connection, replace(registry, clusters=clusters), now
        )
        load = registry_queries.require_load(connection)
        _record(connection, chosen, codes, ClusterOutcome.CONFIRMED, load, now, who, reason)
    return DecidedChanges(chosen, changed)


@log_use_case
def refuse_changes(
    context: AppContext,
    agency: str,
    rows: Collection[str],
    now: datetime,
    who: str,
    reason: str,
) -> DecidedChanges:
    """Leave the register as it is against what a centre proposes in these rows. Done again it changes nothing."""
    reason = require_reason(reason)
    with write_transaction(context.engine, alone=True) as connection:
        chosen = _choose(context, connection, agency, rows)
        codes = [change.cluster.code if change.cluster else "" for change in chosen]
        if chosen:
            _record(connection, chosen, codes, ClusterOutcome.REFUSED, None, now, who, reason)
    return DecidedChanges(chosen)


def write_clusters_file(context: AppContext, file: Path) -> int:
    """Write clusters.csv as the registry is now, to be kept with its other files; return its clusters."""
    with read_transaction(context.engine) as connection:
        load_id = registry_queries.require_load(connection)
        clusters = registry_queries.load_clusters(connection, load_id)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(write_cluster_rows(clusters))
    write_atomically(file, written.getvalue().encode())
    return len(clusters)


def _choose(
    context: AppContext, connection: Connection, agency: str, rows: Collection[str]
) -> tuple[WaitingChange, ...]:
    """Those of a centre's rows that wait. RequestError for a row that it did not give."""
    answers = load_cluster_answers(context, connection)
    given = answers.rows.get(agency, ())
    if not given:
        raise RequestError("clusters.no_answers", agency=agency)
    for row in rows:
        if row not in given:
            nearest = find_nearest_code(row, given)
            raise RequestError("clusters.no_row", agency=agency, row=row, nearest=nearest)
    return tuple(
        change
        for change in answers.waiting
        if change.proposal.agency == agency and (not rows or change.proposal.row in rows)
    )


def _list_codes(chosen: Sequence[WaitingChange], known: Collection[str], code: str) -> list[str]:
    """The code of each cluster in the register; of a new one that which CPSA gives it."""
    new = [change for change in chosen if change.cluster is None]
    if code and len(new) != 1:
        raise RequestError("clusters.code_for_one", code=code, count=len(new))
    for change in new:
        if (own_code := code or change.proposal.row) in known:
            raise RequestError("clusters.code_taken", code=own_code, row=change.proposal.row)
    return [
        change.cluster.code if change.cluster else code or change.proposal.row for change in chosen
    ]


def _take_over(
    context: AppContext, clusters: pd.DataFrame, change: WaitingChange, code: str
) -> pd.DataFrame:
    """The frame with a change, judged as a line of clusters.csv is."""
    values = {name: after for name, (_, after) in change.changes.items()}
    is_own = clusters["code"] == code
    row = dict.fromkeys(CLUSTER_COLUMNS, "") | {"district": change.proposal.district}
    if is_own.any():
        row = clusters[is_own].to_dict("records")[0]
    frame = pd.DataFrame([{**row, **values, "code": code}], columns=list(CLUSTER_COLUMNS))
    _, line = write_cluster_rows(frame)
    name = f"{change.proposal.agency} {change.proposal.quarter} {change.proposal.row}"
    table = RegistryTable(
        name, CLUSTER_FILE_COLUMNS, [(1, dict(zip(CLUSTER_FILE_COLUMNS, line, strict=True)))]
    )
    reference = context.reference
    places = KnownPlaces(reference.sectors, reference.districts.present_names)
    read = read_clusters(table, places, [])
    if not is_own.any():
        return set_figure_types(pd.concat([clusters.astype(object), read.astype(object)]))
    kept = clusters.astype(object)
    kept.loc[is_own, :] = read.astype(object).to_numpy()
    return set_figure_types(kept)


def _record(
    connection: Connection,
    chosen: Sequence[WaitingChange],
    codes: Sequence[str],
    outcome: ClusterOutcome,
    load: int | None,
    now: datetime,
    who: str,
    reason: str,
) -> None:
    rows: list[dict[str, object]] = []
    for change, code in zip(chosen, codes, strict=True):
        proposal = change.proposal
        rows.append(
            {
                "agency": proposal.agency,
                "quarter": proposal.quarter,
                "row_key": proposal.row,
                "digest": proposal.digest,
                "outcome": outcome.value,
                "cluster": code,
                "registry_load": load,
                "reason": reason,
                "decided_by": who,
                "decided_at": now,
            }
        )
        subject = f"{proposal.agency} {proposal.quarter} {proposal.row}"
        audit_queries.add_audit(connection, now, who, _VERBS[outcome], subject, reason)
    cluster_decision_queries.add_decisions(connection, rows)
