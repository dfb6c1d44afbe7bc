"""Writing tables for people and programs."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from cpsa.cli.session import TableFormat
from cpsa.i18n.catalogue import text

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

LONGEST_CODE = 12  # such as a date or the code of an agency: a column of these is never broken
LEAST_OF_TEXT = 16  # what a column of texts gets at least

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_table(table: pd.DataFrame, how: TableFormat, columns: list[str] | None = None) -> None:
    """Write a frame; ``columns`` are those a person sees, programs get all."""
    import pandas as pd

    if how is TableFormat.CSV:
        escaped = table.map(_escape_formula)
        escaped.to_csv(sys.stdout, index=False, lineterminator="\n")
    elif how is TableFormat.JSON:
        table.to_json(sys.stdout, orient="records", force_ascii=False, indent=1, date_format="iso")
        sys.stdout.write("\n")
    else:
        shown = table[columns] if columns else table
        rows = (
            ["" if pd.isna(cell) else str(cell) for cell in row]
            for row in shown.itertuples(index=False, name=None)
        )
        numeric = {name for name in shown if pd.api.types.is_numeric_dtype(shown[name])}
        _print_table(list(shown), rows, numeric)


def write_rows(
    rows: Sequence[Sequence[str | int]], columns: Sequence[str], how: TableFormat
) -> None:
    """Write texts and whole numbers; a person's table needs no frame, so pandas is not loaded for it."""
    if how is TableFormat.TABLE:
        kinds = [{type(cell) for cell in column} for column in zip(*rows, strict=True)]
        numeric = {name for name, types in zip(columns, kinds, strict=False) if types == {int}}
        _print_table(columns, (map(str, row) for row in rows), numeric)
        return
    import pandas as pd

    write_table(pd.DataFrame(rows, columns=list(columns)), how)


def write_line(key: str, language: str, **params: object) -> None:
    """One line of the catalogue to standard output."""
    print(text(key, language, **params))


def _escape_formula(cell: object) -> object:
    """A text that a spreadsheet would run as a formula is kept a text."""
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) and not _is_number(cell):
        return f"'{cell}"
    return cell


def _is_number(cell: str) -> bool:
    return cell.lstrip("-").replace(".", "", 1).isdigit()


def print_wrapped(line: str) -> None:
    """Print a line, on a terminal broken between its words; in a pipe it stays whole."""
    console = _open_console()
    console.print(line, soft_wrap=not console.is_terminal)


def _print_table(
    columns: Sequence[str], rows: Iterable[Iterable[str]], numeric: Collection[str]
) -> None:
    """Print a table; codes, dates and numbers are never broken, even where the terminal is too narrow."""
    from rich.table import Table

    body = [list(row) for row in rows]
    cells = list(zip(*body, strict=True)) or [()] * len(columns)
    whole = [
        name in numeric or _are_codes(values) for name, values in zip(columns, cells, strict=True)
    ]
    console = _open_console()
    heads, gap = list(columns), 2
    if _count_width(heads, cells, whole, gap) > console.width:
        heads, gap = [name.replace("_", "\n") for name in columns], 1
    shown = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=gap == 1)
    for name, head, is_whole in zip(columns, heads, whole, strict=True):
        shown.add_column(
            head,
            justify="right" if name in numeric else "left",
            overflow="fold",
            no_wrap=is_whole,
        )
    for row in body:
        shown.add_row(*row)
    console.width = max(console.width, _count_width(heads, cells, whole, gap))
    console.print(shown)


def _are_codes(values: Collection[str]) -> bool:
    return all(len(value) <= LONGEST_CODE and " " not in value for value in values)


def _count_width(
    heads: Sequence[str], cells: Sequence[Sequence[str]], whole: Sequence[bool], gap: int
) -> int:
    """How many characters a table takes at least."""
    from rich.cells import cell_len

    width = gap * (len(heads) - 1)
    for head, values, is_whole in zip(heads, cells, whole, strict=True):
        longest = max(map(cell_len, (*head.split("\n"), *values)))
        width += longest if is_whole else min(longest, LEAST_OF_TEXT)
    return width


def _open_console() -> Console:
    from rich.console import Console

    # What agencies typed is shown as typed: "[/x]" is no markup and ":-)" no picture.
    return Console(highlight=False, markup=False, emoji=False)
