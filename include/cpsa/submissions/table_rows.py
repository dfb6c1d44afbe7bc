"""Rows of a table that an agency fills in: as they were typed, and as they were understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cpsa.submissions.finding import format_value


@dataclass(frozen=True, slots=True)
class TypedValue:
    """A value as typed. ``place``: where it is in the file, such as ``line 12`` or ``Milestones!C7``.

    ``shown``: what its cell shows where its number format shows another figure; no matter for a date.
    """

    text: str
    place: str
    shown: str = ""


@dataclass(frozen=True)
class TypedTable:
    """A table as a file has it. ``columns``: those that the file offers, filled or not.

    ``rows``: each with its place and its values, by column; a blank one only says where it would be.
    """

    code: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, Mapping[str, TypedValue]], ...]


@dataclass(frozen=True, slots=True)
class TableValue:
    """A value that was understood: a figure in ``hundredths``, anything else as ``text``.

    A date is written as ISO 8601, a choice as its code.
    """

    hundredths: int | None
    text: str
    place: str

    def format_typed(self) -> str:
        """The value as it can be typed again: a figure in plain decimals, anything else as it is kept."""
        return self.text if self.hundredths is None else format_value(self.hundredths, "quantity")


@dataclass(frozen=True)
class TableRow:
    """One usable row; ``key``: the values of its key columns joined by ``/``."""

    key: str
    place: str
    values: Mapping[str, TableValue]

    def get_figure(self, column: str) -> int | None:
        value = self.values.get(column)
        return value.hundredths if value else None

    def get_text(self, column: str) -> str:
        value = self.values.get(column)
        return value.text if value else ""


@dataclass(frozen=True)
class GivenTable:
    """A table that a file gave.

    ``columns``: those that the file offered, and those computed from them. ``whole``: no row was left out.
    """

    code: str
    columns: frozenset[str]
    rows: tuple[TableRow, ...]
    whole: bool = True


def make_column_code(table: str, column: str) -> str:
    """How findings name a column, where they name an indicator: ``applications.filed``."""
    return f"{table}.{column}"
