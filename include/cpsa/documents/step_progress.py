"""How far each agency is on the steps of a table, and what it waits for: for every document that shows it.

What must not go here: how it is laid out, or what a step is called (the framework has the steps).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

from cpsa.calendar import AnyPeriod
from cpsa.documents.agency_tables import (
    CountedRow,
    list_cluster_rows,
    list_newest_rows,
    make_value_cell,
    make_values_origin,
)
from cpsa.documents.blocks import text_cell
from cpsa.documents.content_model import Cell
from cpsa.documents.document_text import DocumentText
from cpsa.figures import NO_FIGURE
from cpsa.framework.agency_table import AgencyTable
from cpsa.provenance.origin import RowsMeasure, RowsOrigin
from cpsa.provenance.snapshot import Snapshot
from cpsa.submissions.step_days import measure_steps


@dataclass(frozen=True)
class OriginalDays:
    """Days with the values that they are counted from."""

    days: int
    origin: RowsOrigin | None


@dataclass(frozen=True)
class StepProgress:
    """One agency's steps at the end of a period.

    ``reached``: of each step with a date the value, in the order of steps; ``days``: of each but the
    first of them the days since the one before. ``waiting``: the next step, None after the last;
    ``waiting_days``: since the last step reached; ``pending_with``: the value that says where.
    """

    table: AgencyTable
    agency: str
    reached: dict[str, Any]
    days: dict[str, OriginalDays]
    last: str
    waiting: str | None
    waiting_days: OriginalDays
    pending_with: Any | None

    @property
    def waits_with(self) -> str:
        """Where the next step is pending: a code, or the agency's words; blank where it is not said."""
        return str(self.pending_with.value) if self.pending_with is not None else ""

    def describe_last(self, words: DocumentText) -> str:
        return words.label(self.table.listed_labels[self.last])

    def describe_waiting(self, words: DocumentText) -> str:
        if self.waiting is None:
            return ""
        return words.label(self.table.listed_labels[self.waiting])


@lru_cache(maxsize=4)  # every department's compilation takes its own of them, in both languages
def list_step_progress(snapshot: Snapshot, period: AnyPeriod) -> tuple[StepProgress, ...]:
    """Of each agency that gave steps with a date; what waits longest comes first."""
    found = [
        progress
        for table in snapshot.framework.tables.values()
        if table.steps
        for progress in _list_of_table(snapshot, table, period)
    ]
    found.sort(
        key=lambda agency: (agency.waiting is None, -agency.waiting_days.days, agency.agency)
    )
    return tuple(found)


def list_agency_steps(snapshot: Snapshot, agency: str, period: AnyPeriod) -> list[StepProgress]:
    """The same of one agency, for each table of steps that it gave."""
    until, last = period.last_quarter.last_day.isoformat(), period.last_quarter
    form = snapshot.agencies[agency]["form"]
    measured = (
        _measure(table, agency, {row.key: row for row in rows}, until)
        for table in snapshot.framework.form_tables(form)
        if table.steps and (rows := list_cluster_rows(snapshot, agency, table.code, last))
    )
    return [progress for progress in measured if progress]


def make_place_cell(words: DocumentText, progress: StepProgress) -> Cell:
    """The office with which the next step is pending, as the agency gave it."""
    value = progress.pending_with
    assert progress.table.steps is not None
    where = progress.table.steps.pending_with
    if value is None or where is None:
        return text_cell(NO_FIGURE)
    row = CountedRow(progress.agency, value.quarter, value.row, {where: value})
    return make_value_cell(words, progress.table, progress.table.columns[where], row)


def _list_of_table(
    snapshot: Snapshot, table: AgencyTable, period: AnyPeriod
) -> Iterator[StepProgress]:
    until = period.last_quarter.last_day.isoformat()
    rows = list_newest_rows(snapshot, table.code, period.last_quarter)
    for agency, own in groupby(rows, key=lambda row: row.agency):
        progress = _measure(table, agency, {row.key: row for row in own}, until)
        if progress:
            yield progress


def _measure(
    table: AgencyTable, agency: str, rows: dict[str, CountedRow], until: str
) -> StepProgress | None:
    assert table.steps is not None
    column = table.steps.reached
    measured = measure_steps(
        table.listed_keys, {step: row.get_text(column) for step, row in rows.items()}, until
    )
    if measured is None:
        return None
    reached = {step: rows[step].values[column] for step in measured.reached}
    days = {
        step: OriginalDays(
            measured.days[step],
            make_values_origin((reached[before], reached[step]), RowsMeasure.DAYS),
        )
        for before, step in pairwise(measured.reached)
    }
    last, waiting = measured.last, measured.waiting
    where = table.steps.pending_with
    pending_with = rows[waiting].values.get(where) if where and waiting in rows else None
    since = OriginalDays(
        measured.waiting_days, make_values_origin((reached[last],), RowsMeasure.DAYS, until)
    )
    return StepProgress(table, agency, reached, days, last, waiting, since, pending_with)
