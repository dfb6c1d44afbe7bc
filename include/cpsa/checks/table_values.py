"""The values of tables: which can be used, and what each of the others should be.

Judges one file by itself. Its result, ``GivenTable``, is the only form in which rows reach the rules
about tables and the store. What must not go here: comparing rows (``table_rules``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from cpsa import figures
from cpsa.framework.agency_table import AgencyTable, TableColumn
from cpsa.framework.code_list import CodeList
from cpsa.framework.model import TABLE_VALUE_KIND, Framework
from cpsa.nearest_code import find_nearest_code
from cpsa.submissions.finding import Finding
from cpsa.submissions.listed_choice import read_choice
from cpsa.submissions.table_rows import (
    GivenTable,
    TableRow,
    TableValue,
    TypedTable,
    TypedValue,
    make_column_code,
)

ListedCodes = Mapping[str, Mapping[str, str]]
"""The codes of each list that a column may name, as people type them, each with the code it means."""
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_LONGEST_KEY_PART = 60


def judge_tables(
    typed: Sequence[TypedTable],
    form: str,
    framework: Framework,
    lists: ListedCodes,
    agency: str,
    quarter: str,
) -> tuple[Mapping[str, GivenTable], tuple[Finding, ...]]:
    """The tables of a form that a file gave, and a finding for each value that cannot be used.

    A table without a row, or with such rows alone as a sheet shows by itself, was not given.
    """
    given: dict[str, GivenTable] = {}
    findings: list[Finding] = []
    tables = {table.code: table for table in framework.form_tables(form)}
    for typed_table in typed:
        if table := tables.get(typed_table.code):
            reader = _TableReader(table, framework, lists, agency, quarter)
            if result := reader.read(typed_table):
                given[table.code] = result
            findings += reader.findings
    return given, tuple(findings)


class _TableReader:
    """Reads one table of one file; ``findings`` grow with what cannot be used."""

    def __init__(
        self,
        table: AgencyTable,
        framework: Framework,
        lists: ListedCodes,
        agency: str,
        quarter: str,
    ) -> None:
        self.table, self.lists = table, lists
        self.rule = framework.rules_of_kind(TABLE_VALUE_KIND)[0]
        self.owner = agency, quarter
        self.findings: list[Finding] = []

    def read(self, typed: TypedTable) -> GivenTable | None:
        offered = [column for column in self.table.filled_columns if column.code in typed.columns]
        rows: dict[str, TableRow] = {}
        shown = self.table.shown_columns
        filled = [
            (place, values)
            for place, values in typed.rows
            if any(code not in shown and value.text.strip() for code, value in values.items())
        ]
        if not filled:
            return None
        for place, values in filled:
            row = self._read_row(place, values, offered, rows)
            if row is not None:
                rows[row.key] = row
        computed = [
            column.code
            for column in self.table.computed_columns
            if {*column.add, *column.subtract} <= set(typed.columns)
        ]
        columns = frozenset((*(column.code for column in offered), *computed))
        ordered = sorted(rows.values(), key=self._find_position)
        return GivenTable(self.table.code, columns, tuple(ordered), not self.findings)

    def _find_position(self, row: TableRow) -> int:
        """The position of a row's key among the choices that it has; else it stays in its place."""
        choices = self.table.listed_keys
        return choices.index(row.key) if row.key in choices else len(choices)

    def _read_row(
        self,
        place: str,
        typed: Mapping[str, TypedValue],
        offered: Sequence[TableColumn],
        known: Mapping[str, TableRow],
    ) -> TableRow | None:
        """The row, or None where a value of it cannot be used."""
        values: dict[str, TableValue] = {}
        faults: list[tuple[str, TypedValue, str]] = []
        for column in offered:
            cell = typed.get(column.code) or TypedValue("", place)
            text = cell.text.strip()
            read = _READERS[column.type](column, text, self.lists) if text else None
            if cell.shown and column.is_figure:
                shown = TypedValue(cell.shown, cell.place)
                faults.append((column.code, shown, f"figure.shown_{column.type}: {cell.text}"))
            elif isinstance(read, str):
                faults.append((column.code, cell, read))
            elif read is not None:
                hundredths, text = read
                values[column.code] = TableValue(hundredths, text, cell.place)
            elif column.required or column.code in self.table.key:
                faults.append((column.code, cell, "table.expected.required"))
        key = "/".join(self._make_key_part(code, values, typed) for code in self.table.key)
        if not faults and key in known:
            first = self.table.key[0]
            faults.append((first, typed[first], f"table.expected.once: {known[key].place}"))
        self.findings += [self._make_finding(key, *fault) for fault in faults]
        if faults:
            return None
        return TableRow(key, place, values | dict(self._compute(values, place)))

    def _make_key_part(
        self, code: str, values: Mapping[str, TableValue], typed: Mapping[str, TypedValue]
    ) -> str:
        if code in values:
            return values[code].text
        given = " ".join(typed[code].text.split()) if code in typed else ""
        return given[:_LONGEST_KEY_PART] or "–"

    def _compute(
        self, values: Mapping[str, TableValue], place: str
    ) -> Iterator[tuple[str, TableValue]]:
        """The computed values of a row; a blank counts as 0 where another of the figures was given."""
        done = dict(values)
        for column in self.table.computed_columns:
            if any(code in done for code in (*column.add, *column.subtract)):
                parts = [done[code].hundredths or 0 for code in column.add if code in done]
                parts += [-(done[code].hundredths or 0) for code in column.subtract if code in done]
                done[column.code] = TableValue(sum(parts), "", place)
                yield column.code, done[column.code]

    def _make_finding(self, key: str, column: str, cell: TypedValue, expected: str) -> Finding:
        severity = self.rule.severity if self.table.returns_update else "warning"
        return Finding(
            self.rule.id,
            severity,
            *self.owner,
            make_column_code(self.table.code, column),
            key,
            " ".join(cell.text.split())[:_LONGEST_KEY_PART],
            expected,
            cell.place,
        )


Read = tuple[int | None, str] | str | None
"""Figure and text of a value; a key of the catalogue, where it cannot be used; None where it is blank."""


def _read_figure(column: TableColumn, text: str, _: ListedCodes) -> Read:
    figure = figures.parse_figure(text)
    if figure is figures.MISSING:
        return None
    hundredths = figure.hundredths
    if hundredths is None or (column.type == "count" and hundredths % figures.HUNDRED):
        return f"table.expected.{column.type}"
    if hundredths < 0 and not column.signed:
        return "table.expected.not_negative"
    return hundredths, ""


def _read_date(_: TableColumn, text: str, __: ListedCodes) -> Read:
    """A date as ISO 8601, or with the day first, as it is written in India."""
    text = text.removesuffix(" 00:00:00")
    try:
        if match := _DAY_FIRST.fullmatch(text):
            day, month, year = map(int, match.groups())
            return None, date(year, month, day).isoformat()
        return None, date.fromisoformat(text).isoformat()
    except ValueError:
        return "table.expected.date"


def _read_text(_: TableColumn, text: str, __: ListedCodes) -> Read:
    return None, " ".join(text.split())


def _read_choice(column: TableColumn, text: str, lists: ListedCodes) -> Read:
    known = CodeList.from_codes(lists.get(column.list or "") or column.own_codes)
    typed = read_choice(text)
    own_words = column.own_words.find_code(text)
    if code := known.find_code(text) or known.find_code(typed) or own_words:
        return None, code
    if column.open:
        return None, " ".join(text.split())
    return f"table.expected.listed: {find_nearest_code(typed, sorted(known))}"


# Of a text that is not blank.
_READERS: Mapping[str, Callable[[TableColumn, str, ListedCodes], Read]] = {
    "count": _read_figure,
    "inr": _read_figure,
    "date": _read_date,
    "text": _read_text,
    "choice": _read_choice,
}
