"""Writing tables for people and programs."""

from __future__ import annotations

import sys

import pandas as pd
from rich.console import Console
from rich.table import Table

from cpsa.cli.session import TableFormat
from cpsa.i18n.catalogue import text

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_table(table: pd.DataFrame, how: TableFormat, columns: list[str] | None = None) -> None:
    """Write a frame; ``columns`` are those a person sees, programs get all."""
    if how is TableFormat.CSV:
        escaped = table.map(_escape_formula)
        escaped.to_csv(sys.stdout, index=False, lineterminator="\n")
    elif how is TableFormat.JSON:
        table.to_json(sys.stdout, orient="records", force_ascii=False, indent=1, date_format="iso")
        sys.stdout.write("\n")
    else:
        _print_table(table[columns] if columns else table)


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


def _print_table(table: pd.DataFrame) -> None:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in table.columns:
        numeric = pd.api.types.is_numeric_dtype(table[column])
        shown.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in table.itertuples(index=False, name=None):
        shown.add_row(*("" if pd.isna(cell) else str(cell) for cell in row))
    # What agencies typed is shown as typed: "[/x]" is no markup and ":-)" no picture.
    Console(highlight=False, markup=False, emoji=False).print(shown)
