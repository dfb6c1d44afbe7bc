"""From posted fields to what was typed, by the names that the workbook's cells have too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from cpsa.framework.agency_table import AgencyTable
from cpsa.framework.model import TOTAL
from cpsa.intake.readers.workbook import defined_names
from cpsa.submissions.listed_choice import read_choice
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.template.entry_sheet import COLUMNS
from cpsa.template.filled_values import FilledValues
from cpsa.template.template_context import TemplateContext

MAX_ROWS = 60
MAX_TABLE_ROWS = 100
"""Rows of a table that a form has; of a table with more, none is shown."""
Key = TypeVar("Key")


def read_posted_values(context: TemplateContext, fields: Mapping[str, str]) -> FilledValues:
    """The typed values; blanks and fields of no indicator are left out."""
    indicators = [indicator for _, members in context.list_groups() for indicator in members]
    keys = [
        (indicator.code, part)
        for indicator in indicators
        for part in (TOTAL, *indicator.dimensions)
    ]
    subjects = [
        "",
        *(indicator.code for indicator in indicators),
        *(group.code for group, _ in context.list_groups()),
    ]
    return FilledValues(
        values=_drop_blanks({key: fields.get(defined_names.input_name(*key), "") for key in keys}),
        nil=bool(fields.get(defined_names.NIL)),
        explanations=_drop_blanks(
            {subject: fields.get(name_note_field(subject), "") for subject in subjects}
        ),
        entries={kind: rows for kind in COLUMNS if (rows := list(_read_rows(kind, fields)))},
        tables={
            table.code: rows
            for table in context.framework.form_tables(context.agency.form)
            if (rows := list(_read_table_rows(table, fields)))
        },
        officer=SigningOfficer.parse(
            fields.get(defined_names.OFFICER_NAME, ""),
            fields.get(defined_names.OFFICER_DESIGNATION, ""),
        ),
    )


def name_note_field(subject: str) -> str:
    return defined_names.note_name(subject) if subject else defined_names.GENERAL_NOTE


def name_entry_field(kind: str, row: int, column: str) -> str:
    """``entry_lesson_2_text``: the workbook's name, with the row (from 0) in it."""
    return defined_names.entry_name(f"{kind}_{row}", column)


def name_table_field(table: str, row: int, column: str) -> str:
    """``table_steps_2_planned``: the workbook's name, with the row (from 0) in it."""
    return defined_names.table_name(table, f"{row}_{column}")


def name_table_row(table: str, row: int) -> str:
    """The id of a row, for what is about none of its fields."""
    return defined_names.table_name(table, str(row))


def name_table_section(table: str) -> str:
    """The id of a whole table."""
    return f"table-{table}"


def _drop_blanks(texts: Mapping[Key, str]) -> dict[Key, str]:
    return {key: text.strip() for key, text in texts.items() if text.strip()}


def _read_rows(kind: str, fields: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The rows of a kind in which anything was typed."""
    for row in range(MAX_ROWS):
        typed = {
            column.name: read_choice(text) if column.open else text.strip()
            for column in COLUMNS[kind]
            for text in (fields.get(name_entry_field(kind, row, column.name), ""),)
        }
        if any(typed.values()):
            yield typed


def _read_table_rows(table: AgencyTable, fields: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The rows of a table in which anything was typed, or whose key is locked."""
    for row in range(MAX_TABLE_ROWS):
        typed = {
            column.code: fields.get(name_table_field(table.code, row, column.code), "").strip()
            for column in table.filled_columns
        }
        if any(typed.values()):
            yield typed
