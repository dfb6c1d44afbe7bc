"""The rows with which a table's sheet begins: fixed rows, rows accepted last, and rows typed already.

What must not go here: where a row is on the sheet, or what its cells look like (``table_sheet``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cpsa.framework.agency_table import AgencyTable
from cpsa.submissions.listed_choice import read_choice
from cpsa.submissions.table_rows import TableRow, TableValue


@dataclass(frozen=True)
class ShownRow:
    """``key``: the values of its locked key columns; empty for a row whose key is typed.

    ``prefilled``: values of the rows accepted last; ``typed``: texts as typed, which count in their place.
    """

    key: Mapping[str, str] = field(default_factory=dict)
    prefilled: Mapping[str, TableValue] = field(default_factory=dict)
    typed: Mapping[str, str] | None = None


def list_shown_rows(
    table: AgencyTable, last: Sequence[TableRow], typed: Sequence[Mapping[str, str]]
) -> list[ShownRow]:
    """Rows with a locked key first, then those typed besides, in their order.

    ``last``: the rows accepted last. Those of a table with fixed rows are shown where they are listed,
    those of others where a column is prefilled from them.
    """
    rest = list(typed)
    rows = []
    for row in _iter_locked_rows(table, last):
        own = next((line for line in rest if _is_same_row(row, line)), None)
        if own is not None:
            rest.remove(own)
        rows.append(ShownRow(row.key, row.prefilled, own))
    return rows + [ShownRow(typed=line) for line in rest if any(line.values())]


def _iter_locked_rows(table: AgencyTable, last: Sequence[TableRow]) -> Iterator[ShownRow]:
    if table.fixed_rows:
        by_key = {row.key: row for row in last}
        (column,) = table.key
        for code in table.columns[column].choices:
            yield ShownRow({column: code}, _list_prefilled(table, by_key.get(code)))
    elif any(column.prefill for column in table.columns.values()):
        for row in last:
            key = {column: row.get_text(column) for column in table.key}
            yield ShownRow(key, _list_prefilled(table, row))


def _list_prefilled(table: AgencyTable, last: TableRow | None) -> Mapping[str, TableValue]:
    if last is None:
        return {}
    return {
        column.code: last.values[column.prefill]
        for column in table.filled_columns
        if column.prefill and column.prefill in last.values and column.code not in table.key
    }


def _is_same_row(row: ShownRow, typed: Mapping[str, str]) -> bool:
    return all(
        code.casefold()
        in (typed.get(column, "").strip().casefold(), read_choice(typed.get(column, "")).casefold())
        for column, code in row.key.items()
    )
