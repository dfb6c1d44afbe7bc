"""A value of a table that agencies fill in, as it is printed.

What must not go here: figures that are added up (``derivation``), or which rows count (the store).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from cpsa.framework.agency_table import TableColumn
from cpsa.reference.reference_data import Reference
from cpsa.translator import Translator


def format_text_value(
    reference: Reference, formats: Translator, column: TableColumn, value: str
) -> str:
    """A date in digits, a choice by its label, anything else as the agency wrote it."""
    if column.type == "date":
        return formats.date(date.fromisoformat(value))
    if value in column.choices:
        return formats.label(column.choices[value])
    entry = _list_entries(reference, column).get(value)
    if entry is None:
        return value
    return formats.label(entry.name if hasattr(entry, "name") else entry.title)


def _list_entries(reference: Reference, column: TableColumn) -> Mapping[str, Any]:
    """The entries of the reference data that a choice has, by code; of any other column none."""
    match column.list:
        case "department":
            return reference.departments
        case "scheme":
            return reference.schemes
        case "theme":
            return reference.themes
        case "module":
            return reference.training_modules
        case "sector":
            return reference.sectors
    return {}
