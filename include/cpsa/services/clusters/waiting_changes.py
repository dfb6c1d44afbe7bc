"""The changes of the register that wait for CPSA: rows of accepted updates of closed quarters, not decided yet.

They are found again at each call, from the rows that count and the newest load of the registry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.checks.macro_rules import AcceptedQuarter, RegisterRow, register_change
from cpsa.framework.agency_table import ClusterAnswer
from cpsa.framework.model import REGISTER_CHANGE_KIND, Framework
from cpsa.registry.cluster_register import Cluster, ClusterRegister, make_empty_frame
from cpsa.registry.cluster_rows import (
    ClusterProposal,
    RegisterValue,
    make_offered_row,
    read_values,
)
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction
from cpsa.store.queries import (
    closing_queries,
    cluster_decision_queries,
    registry_queries,
    table_queries,
)
from cpsa.store.queries.table_queries import StoredValue
from cpsa.submissions.table_rows import TableRow, TableValue


@dataclass(frozen=True)
class WaitingChange:
    """A proposal and the cluster as the register has it, None for a new one.

    ``changes``: by column of the register the value before and after; ``large``: the columns among them that
    changed by more than the rule's share (P10).
    """

    proposal: ClusterProposal
    cluster: Cluster | None
    changes: Mapping[str, tuple[RegisterValue, RegisterValue]]
    large: Collection[str] = ()


@dataclass(frozen=True)
class ClusterAnswers:
    """What centres said newest in closed quarters. ``waiting``: what is not decided; ``rows``: every row that
    was given, by agency."""

    waiting: tuple[WaitingChange, ...]
    rows: Mapping[str, tuple[str, ...]]


def list_waiting_changes(context: AppContext) -> tuple[WaitingChange, ...]:
    """The changes that wait, by agency and in the order of its rows."""
    with read_transaction(context.engine) as connection:
        return load_cluster_answers(context, connection).waiting


def load_cluster_answers(context: AppContext, connection: Connection) -> ClusterAnswers:
    """Read the newest answers of centres, and compare them with the newest load of the registry."""
    closed = closing_queries.list_closed_quarters(connection)
    newest = registry_queries.find_newest_load(connection)
    if not closed or newest is None:
        return ClusterAnswers((), {})
    framework = context.load_framework(Quarter.parse(max(closed)), connection)
    tables = {code: table for code, table in framework.tables.items() if table.clusters}
    if not tables:
        return ClusterAnswers((), {})
    values = table_queries.list_newest_values(connection, max(closed), tables, closed)
    clusters = registry_queries.load_clusters(connection, newest)
    known = ClusterRegister(clusters, make_empty_frame("cluster_agencies")).clusters
    agencies = context.load_register(connection, newest)
    decided = cluster_decision_queries.list_decided(connection)
    find_present_name = context.reference.districts.find_present_name
    waiting: list[WaitingChange] = []
    rows: dict[str, tuple[str, ...]] = {}
    for (code, agency, quarter), own in groupby(
        values, key=lambda value: (value.table, value.agency, value.quarter)
    ):
        answer_column = tables[code].clusters.answer  # type: ignore[union-attr]
        registered = agencies.find_agency(agency)
        if registered is None:
            continue
        district = find_present_name(registered["district"])
        for (_, key), cells in groupby(own, key=lambda value: (value.position, value.row)):
            row = _make_row(key, cells)
            rows[agency] = (*rows.get(agency, ()), key)
            proposal = ClusterProposal(
                *(agency, quarter, key, row.get_text(answer_column), district),
                read_values(
                    {name: (value.hundredths, value.text) for name, value in row.values.items()}
                ),
            )
            cluster = known.get(key)
            if cluster and find_present_name(cluster.district) != district:
                cluster = None  # a new cluster may not take the code of another district's
            changes = proposal.list_changes(cluster)
            if changes and (agency, quarter, key, proposal.digest) not in decided:
                large = _list_large(framework, code, proposal, row, cluster)
                waiting.append(WaitingChange(proposal, cluster, changes, large))
    return ClusterAnswers(tuple(waiting), rows)


def _make_row(key: str, cells: Iterable[StoredValue]) -> TableRow:
    values = {cell.column: TableValue(cell.hundredths, cell.text, "") for cell in cells}
    return TableRow(key, "", values)


def _list_large(
    framework: Framework,
    table: str,
    proposal: ClusterProposal,
    row: TableRow,
    cluster: Cluster | None,
) -> frozenset[str]:
    """The columns of the file whose change a rule at closing would find against the register as it is."""
    if cluster is None or proposal.answer != ClusterAnswer.CHANGED:
        return frozenset()
    compared = RegisterRow(proposal.agency, table, row, make_offered_row(cluster))
    case = AcceptedQuarter(proposal.quarter, (), (), (), register_rows=(compared,))
    return frozenset(
        finding.indicator.partition(".")[2]
        for rule in framework.rules_of_kind(REGISTER_CHANGE_KIND)
        for finding in register_change(case, rule)
    )
