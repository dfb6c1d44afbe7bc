"""The rows that agencies gave in a table of their form, as tables of documents: of any table, in both languages.

Every value but those of the key leads to its file and cell. What must not go here: which rows count
(the snapshot has those alone), or what one table means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.documents.blocks import column, figure_cell, quoted_cell, table, text_cell
from cpsa.documents.content_model import Cell, CellKind, Column, Section, Table
from cpsa.documents.document_text import DocumentText
from cpsa.figures import HUNDRED, NO_FIGURE
from cpsa.framework.agency_table import AgencyTable, TableColumn
from cpsa.provenance.origin import RowsMeasure, RowsOrigin
from cpsa.provenance.snapshot import Snapshot, has_value
from cpsa.provenance.table_text import format_text_value

_WIDTHS = {"count": 1.2, "inr": 1.6, "date": 1.6, "text": 3.0, "choice": 3.0}
_MAX_COLUMNS = 6
"""More are set across the page."""


def make_values_origin(
    values: Sequence[Any], measure: RowsMeasure = RowsMeasure.TABLE_VALUE, until: str = ""
) -> RowsOrigin | None:
    """The source of what was computed from values of the snapshot's frame; None where there are none."""
    labels = tuple(value.Index for value in values)
    return RowsOrigin("table_values", labels, measure, until) if labels else None


@dataclass(frozen=True)
class CountedRow:
    """A row that counts: its key, and of each value its row of the snapshot's frame, by column."""

    agency: str
    quarter: str
    key: str
    values: Mapping[str, Any]

    def get_hundredths(self, column: str) -> int | None:
        value = self.values.get(column)
        return int(value.hundredths) if value and has_value(value.hundredths) else None

    def get_text(self, column: str) -> str:
        value = self.values.get(column)
        return str(value.value) if value is not None else ""


def list_counted_rows(
    snapshot: Snapshot,
    agency: str,
    table_code: str,
    last: Quarter,
    first: Quarter | None = None,
    *,
    since: str = "",
) -> list[CountedRow]:
    """The rows that count of an agency's table in the quarters first … last, oldest first, in their order.

    Without ``first``: those of the newest quarter up to ``last`` for which the agency gave the table, none
    before ``since``.
    """
    frame = snapshot.select_rows("table_values", agency=agency)
    quarters = frame["quarter"].astype(str)
    frame = frame[(frame["table"] == table_code) & quarters.between(since, last.key)]
    if frame.empty:
        return []
    since = first.key if first else max(frame["quarter"].astype(str))
    frame = frame[frame["quarter"].astype(str) >= since]
    return list(_make_rows(frame))


def _make_rows(frame: pd.DataFrame) -> Iterator[CountedRow]:
    """The rows of values of one table; by agency and quarter, in their order."""
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    ordered = frame.sort_values(["agency", "quarter", "position"], kind="stable")
    for value in ordered.itertuples():
        key = str(value.agency), str(value.quarter), int(value.position)
        found.setdefault(key, {})[value.column] = value
    for (agency, quarter, _), values in found.items():
        yield CountedRow(agency, quarter, next(iter(values.values())).row, values)


def list_cluster_rows(
    snapshot: Snapshot, agency: str, table_code: str, last: Quarter
) -> list[CountedRow]:
    """The rows of a table that count at the end of a quarter for the cluster that an agency serves.

    What earlier agencies of the cluster gave goes on until a later one gives the same row again. Of an agency
    without a cluster, or of a centre, its own newest rows.
    """
    register = snapshot.registry.cluster_register
    pair = register.find_pair(agency, last.key)
    if pair is None:
        return list_counted_rows(snapshot, agency, table_code, last)
    rows: dict[str, CountedRow] = {}
    for served in register.list_agencies(pair.cluster, last.key):
        until = last.key if served == pair else min(last.key, served.active.last or last.key)
        own = list_counted_rows(
            snapshot, served.agency, table_code, Quarter.parse(until), since=served.active.first
        )
        rows |= {row.key: replace(row, agency=agency) for row in own}
    return list(rows.values())


def _is_succeeded(snapshot: Snapshot, agency: str, last: Quarter) -> bool:
    """Whether the cluster that an agency served last has another agency in a quarter."""
    register = snapshot.registry.cluster_register
    cluster = register.find_last_cluster(agency, last.key)
    if cluster is None or register.find_pair(agency, last.key):
        return False
    return any(last.key in pair.active for pair in register.list_agencies(cluster.code, last.key))


@lru_cache(maxsize=8)  # every department's compilation takes its own of them, in both languages
def list_newest_rows(
    snapshot: Snapshot, table_code: str, last: Quarter, first: Quarter | None = None
) -> tuple[CountedRow, ...]:
    """Of every agency the rows of a table that it gave newest, in the quarters first … last; by agency.

    Of a cluster that changed its agency the rows of all, as those of the present one.
    """
    frame = snapshot.table_values
    quarters = frame["quarter"].astype(str)
    frame = frame[(frame["table"] == table_code) & (quarters <= last.key)]
    agencies = frame["agency"].astype(str)
    quarters = quarters[frame.index]
    newest = quarters.groupby(agencies).transform("max")
    since = first.key if first else ""
    shared = snapshot.registry.cluster_register.list_sharing_agencies()
    kept = (quarters == newest) & (quarters >= since) & ~agencies.isin(shared)
    joined = [
        row
        for agency in sorted(shared & snapshot.agencies.keys())
        if not _is_succeeded(snapshot, agency, last)
        for row in list_cluster_rows(snapshot, agency, table_code, last)
        if row.quarter >= since
    ]
    return tuple(sorted((*_make_rows(frame[kept]), *joined), key=lambda row: row.agency))


def list_values(rows: Iterable[CountedRow], code: str) -> list[Any]:
    """The values of one column, of the rows that have one."""
    return [row.values[code] for row in rows if code in row.values]


def add_up(rows: Iterable[CountedRow], code: str) -> int:
    """The sum of a column of counts, in units."""
    return sum(row.get_hundredths(code) or 0 for row in rows) // HUNDRED


def build_tables_section(words: DocumentText, agency: str, quarter: Quarter) -> Section | None:
    """Every table that the agency gave up to a quarter; None where it gave none.

    Of a table that it did not give for the quarter, the rows that it gave last, with their quarter.
    """
    form = words.snapshot.agencies[agency]["form"]
    given = [
        (agency_table, rows)
        for agency_table in words.snapshot.framework.form_tables(form)
        if (rows := list_counted_rows(words.snapshot, agency, agency_table.code, quarter))
    ]
    if not given:
        return None
    blocks = tuple(
        build_rows_table(
            words, agency_table, rows, make_rows_caption(words, agency_table, rows, quarter)
        )
        for agency_table, rows in given
    )
    wide = any(len(agency_table.columns) > _MAX_COLUMNS for agency_table, _ in given)
    return Section("tables", words("agency_tables.title"), blocks, wide=wide, new_page=wide)


def build_rows_table(
    words: DocumentText, agency_table: AgencyTable, rows: Sequence[CountedRow], caption: str = ""
) -> Table:
    """Rows of a table with the labels of its columns; the columns of the key come first."""
    columns = sorted(
        agency_table.columns.values(), key=lambda column: column.code not in agency_table.key
    )
    return table(
        caption,
        [_make_column(words, own) for own in columns],
        ([make_value_cell(words, agency_table, own, row) for own in columns] for row in rows),
        dense=True,
    )


def make_value_cell(
    words: DocumentText, agency_table: AgencyTable, own: TableColumn, row: CountedRow
) -> Cell:
    """One value of a row, with its source unless it is of the key."""
    value = row.values.get(own.code)
    if value is None:
        return figure_cell(NO_FIGURE) if own.is_figure else text_cell(NO_FIGURE)
    origin = make_values_origin((value,))
    if own.is_figure:
        return figure_cell(words.quantity(row.get_hundredths(own.code), own.type), origin=origin)
    text = format_text_value(words.snapshot.reference, words, own, row.get_text(own.code))
    is_key = own.code in agency_table.key
    if own.type == "text" or (own.open and text == row.get_text(own.code)):
        kind, text = CellKind.OWN_WORDS, quoted_cell(text).text
    else:
        kind = CellKind.TEXT
    return Cell(text, kind, origin=None if is_key else origin)


def make_date_cell(words: DocumentText, value: Any) -> Cell:
    """A date of a table, with its source."""
    text = words.date(date.fromisoformat(value.value))
    return Cell(text, CellKind.TEXT, origin=make_values_origin((value,)))


def _make_column(words: DocumentText, own: TableColumn) -> Column:
    return column(words.label(own.label), _WIDTHS[own.type], figure=own.is_figure)


def make_rows_caption(
    words: DocumentText, agency_table: AgencyTable, rows: Sequence[CountedRow], quarter: Quarter
) -> str:
    """What a table is called; rows that were given for another quarter are shown with it."""
    title, given = words.label(agency_table.label), Quarter.parse(rows[0].quarter)
    if given == quarter:
        return title
    return words("agency_tables.given_for", table=title, quarter=words.period(given))
