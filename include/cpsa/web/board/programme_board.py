"""The third page: how far clusters are, applications pending by department and district, missing money, and clusters.

Of tables that agencies fill in; what each is shown as is data of the framework.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from cpsa.calendar import Quarter
from cpsa.framework.agency_table import AgencyTable, TableColumn
from cpsa.i18n.text import Text
from cpsa.services.app_context import AppContext
from cpsa.services.clusters.waiting_changes import list_waiting_changes
from cpsa.services.reports.list_table_progress import (
    MoneyLine,
    PendingLine,
    StepLine,
    TableProgress,
    list_table_progress,
)
from cpsa.store.database import read_transaction
from cpsa.store.queries import board_queries
from cpsa.web.board.agency_filter import PAGE_SIZE, count_pages


@dataclass(frozen=True)
class PendingSum:
    """What is pending under one name: a department or a district. ``aged``: by column of age."""

    name: str
    agencies: int
    number: int
    aged: Mapping[str, int]


@dataclass(frozen=True)
class PendingBoard:
    """Sums of one table of applications, the most pending first, and the sum of all."""

    table: AgencyTable
    ages: Sequence[TableColumn]
    by_department: Sequence[PendingSum]
    by_district: Sequence[PendingSum]
    total: PendingSum
    given_earlier: int  # agencies that gave it newest for an earlier quarter


@dataclass(frozen=True)
class MoneySum:
    """Money under one name, in paise."""

    name: str
    due: int
    received: int

    @property
    def gap(self) -> int:
        return self.due - self.received


@dataclass(frozen=True)
class MoneyBoard:
    """Sums of one table of money: by source, and the agencies with a gap, the largest first."""

    table: AgencyTable
    by_source: Sequence[MoneySum]
    by_agency: Sequence[MoneySum]
    found: int
    total: MoneySum


@dataclass(frozen=True)
class StepsBoard:
    """One page of the agencies on one table of steps, what waits longest first, of ``found`` in all."""

    table: AgencyTable
    lines: Sequence[StepLine]
    found: int


@dataclass(frozen=True)
class ProgrammeBoard:
    """All that the page shows, each by table."""

    quarter: Quarter
    quarters: Sequence[Quarter]
    agencies: Mapping[str, Text]
    steps: Sequence[StepsBoard]
    pending: Sequence[PendingBoard]
    money: Sequence[MoneyBoard]
    clusters_waiting: Mapping[str, int]  # changes of the register that wait for CPSA, by centre
    page: int

    @property
    def pages(self) -> int:
        return count_pages(max((board.found for board in self.steps), default=0))


def load_programme_board(context: AppContext, quarter: Quarter, page: int) -> ProgrammeBoard:
    """The rows that agencies gave newest up to a quarter, accepted, whether it is closed or not."""
    progress = list_table_progress(context, quarter)
    with read_transaction(context.engine) as connection:
        known = [Quarter.parse(key) for key in board_queries.list_board_quarters(connection)]
    tables = progress.framework.tables.values()
    return ProgrammeBoard(
        quarter=quarter,
        quarters=known or [quarter],
        agencies=progress.agencies,
        steps=[_make_steps(progress, table, page) for table in tables if table.steps],
        pending=[_make_pending(progress, table) for table in tables if table.pending],
        money=[_make_money(progress, table) for table in tables if table.funding],
        clusters_waiting=Counter(
            change.proposal.agency for change in list_waiting_changes(context)
        ),
        page=page,
    )


def _make_steps(progress: TableProgress, table: AgencyTable, page: int) -> StepsBoard:
    lines = [line for line in progress.steps if line.table is table]
    return StepsBoard(table, lines[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], len(lines))


def _make_pending(progress: TableProgress, table: AgencyTable) -> PendingBoard:
    lines = [line for line in progress.applications if line.table is table]

    def add_up(get_name: Callable[[PendingLine], str]) -> list[PendingSum]:
        by_name: dict[str, list[PendingLine]] = {}
        for line in lines:
            by_name.setdefault(get_name(line), []).append(line)
        sums = [_add_up_lines(name, own) for name, own in by_name.items()]
        return sorted(sums, key=lambda line: (-line.number, line.name))

    earlier = {line.agency for line in lines if line.given < progress.quarter.key}
    return PendingBoard(
        table,
        progress.framework.list_age_columns(table),
        add_up(lambda line: line.department),
        add_up(lambda line: line.district),
        _add_up_lines("", lines),
        len(earlier),
    )


def _add_up_lines(name: str, lines: Sequence[PendingLine]) -> PendingSum:
    aged: dict[str, int] = {}
    for line in lines:
        for code, number in line.aged.items():
            aged[code] = aged.get(code, 0) + number
    agencies = len({line.agency for line in lines})
    return PendingSum(name, agencies, sum(line.number for line in lines), aged)


def _make_money(progress: TableProgress, table: AgencyTable) -> MoneyBoard:
    lines = [line for line in progress.money if line.table is table]
    by_agency = [
        _add_up_money(agency, own) for agency, own in groupby(lines, key=lambda line: line.agency)
    ]
    missing = sorted(
        (total for total in by_agency if total.gap > 0), key=lambda total: (-total.gap, total.name)
    )
    return MoneyBoard(
        table,
        [
            _add_up_money(source, [line for line in lines if line.source == source])
            for source in table.listed_keys
        ],
        missing[:PAGE_SIZE],
        len(missing),
        _add_up_money("", lines),
    )


def _add_up_money(name: str, lines: Iterable[MoneyLine]) -> MoneySum:
    due = received = 0
    for line in lines:
        due += line.due
        received += line.received
    return MoneySum(name, due, received)
