"""Lists how far agencies are on the steps of their tables, what is pending by department, and money by source.

Of each agency and table the rows given newest up to a quarter, whether it is closed or not. What must not go
here: sums over lines, or how a line is called in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from cpsa.calendar import Quarter
from cpsa.figures import HUNDRED
from cpsa.framework.agency_table import AgencyTable
from cpsa.framework.model import Framework
from cpsa.i18n.text import Text
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction
from cpsa.store.queries import table_queries
from cpsa.store.queries.table_queries import StoredValue
from cpsa.submissions.step_days import StepDays, measure_steps


@dataclass(frozen=True)
class StepLine:
    """One agency's steps at the end of a quarter. ``given``: for which quarter it gave the table newest;
    ``pending_with``: where the step after the last one is pending: a code, or the agency's words."""

    table: AgencyTable
    agency: str
    given: str
    steps: StepDays
    pending_with: str


@dataclass(frozen=True)
class PendingLine:
    """One row of applications with something pending; ``aged``: by column of age, in that order."""

    table: AgencyTable
    agency: str
    given: str
    district: str
    department: str
    subject: str
    number: int
    aged: Mapping[str, int]


@dataclass(frozen=True)
class MoneyLine:
    """Money of one source, in paise; ``gap``: what is due and not received."""

    table: AgencyTable
    agency: str
    given: str
    source: str
    due: int
    received: int

    @property
    def gap(self) -> int:
        return self.due - self.received


@dataclass(frozen=True)
class TableProgress:
    """All lines up to a quarter. ``steps``: what waits longest comes first; ``agencies``: names by code."""

    quarter: Quarter
    framework: Framework
    steps: Sequence[StepLine]
    applications: Sequence[PendingLine]
    money: Sequence[MoneyLine]
    agencies: Mapping[str, Text]


def list_table_progress(context: AppContext, quarter: Quarter) -> TableProgress:
    """Days are counted to the end of the quarter, as in documents."""
    framework = context.load_framework(quarter)
    shown = [
        code
        for code, table in framework.tables.items()
        if table.steps or table.pending or table.funding
    ]
    with read_transaction(context.engine) as connection:
        values = table_queries.list_newest_values(connection, quarter.key, shown)
        register = context.load_register_of_quarter(connection, quarter).agencies
    agencies = {row["code"]: row for row in register.to_dict("records")}
    steps: list[StepLine] = []
    applications: list[PendingLine] = []
    money: list[MoneyLine] = []
    for (code, agency, given), own in groupby(
        values, key=lambda value: (value.table, value.agency, value.quarter)
    ):
        table = framework.tables.get(code)
        if table is None or agency not in agencies:
            continue
        rows = list(_gather_rows(own))
        if table.steps:
            steps += _list_step_lines(table, agency, given, rows, quarter)
        if table.pending:
            ages = [column.code for column in framework.list_age_columns(table)]
            district = context.reference.districts.find_present_name(agencies[agency]["district"])
            applications += _list_pending_lines(table, agency, given, rows, ages, district)
        if table.funding:
            money += _list_money_lines(table, agency, given, rows)
    steps.sort(key=lambda line: (line.steps.waiting is None, -line.steps.waiting_days, line.agency))
    names = {code: Text(row["name_en"], row["name_hi"]) for code, row in agencies.items()}
    return TableProgress(quarter, framework, steps, applications, money, names)


@dataclass(frozen=True)
class _Row:
    """One row of a table: its key, and its values by column."""

    key: str
    values: Mapping[str, StoredValue]

    def get_text(self, column: str | None) -> str:
        value = self.values.get(column or "")
        return value.text if value else ""

    def get_hundredths(self, column: str) -> int:
        value = self.values.get(column)
        return (value.hundredths or 0) if value else 0


def _gather_rows(values: Iterator[StoredValue]) -> Iterator[_Row]:
    for (_, key), own in groupby(values, key=lambda value: (value.position, value.row)):
        yield _Row(key, {value.column: value for value in own})


def _list_step_lines(
    table: AgencyTable, agency: str, given: str, rows: Sequence[_Row], quarter: Quarter
) -> Iterator[StepLine]:
    assert table.steps is not None
    by_step = {row.key: row for row in rows}
    dates = {step: row.get_text(table.steps.reached) for step, row in by_step.items()}
    measured = measure_steps(table.listed_keys, dates, quarter.last_day.isoformat())
    if measured:
        waiting = by_step.get(measured.waiting or "")
        where = waiting.get_text(table.steps.pending_with) if waiting else ""
        yield StepLine(table, agency, given, measured, where)


def _list_pending_lines(
    table: AgencyTable,
    agency: str,
    given: str,
    rows: Sequence[_Row],
    ages: Sequence[str],
    district: str,
) -> Iterator[PendingLine]:
    use = table.pending
    assert use is not None
    for row in rows:
        if number := row.get_hundredths(use.number) // HUNDRED:
            aged = {code: row.get_hundredths(code) // HUNDRED for code in ages}
            department, subject = row.get_text(use.department), row.get_text(use.subject)
            yield PendingLine(table, agency, given, district, department, subject, number, aged)


def _list_money_lines(
    table: AgencyTable, agency: str, given: str, rows: Sequence[_Row]
) -> Iterator[MoneyLine]:
    use = table.funding
    assert use is not None
    for row in rows:
        due, received = row.get_hundredths(use.due), row.get_hundredths(use.received)
        yield MoneyLine(table, agency, given, row.key, due, received)
