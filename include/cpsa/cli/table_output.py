"""Writing tables for people and programs."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from cpsa.cli.session import TableFormat
from cpsa.i18n.catalogue import text

if TYPE_CHECKING:
    import pandas as pd

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


def _print_table(
    columns: Sequence[str], rows: Iterable[Iterable[str]], numeric: Collection[str]
) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, justify="right" if column in numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*row)
    # What agencies typed is shown as typed: "[/x]" is no markup and ":-)" no picture.
    Console(highlight=False, markup=False, emoji=False).print(shown)
