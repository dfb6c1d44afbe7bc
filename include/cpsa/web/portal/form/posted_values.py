"""From posted fields to what was typed, by the names that the workbook's cells have too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from cpsa.framework.model import TOTAL
from cpsa.intake.readers.workbook import defined_names
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.template.entry_sheet import COLUMNS
from cpsa.template.filled_values import FilledValues
from cpsa.template.template_context import TemplateContext

MAX_ROWS = 60
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


def _drop_blanks(texts: Mapping[Key, str]) -> dict[Key, str]:
    return {key: text.strip() for key, text in texts.items() if text.strip()}


def _read_rows(kind: str, fields: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The rows of a kind in which anything was typed."""
    for row in range(MAX_ROWS):
        typed = {
            column.name: fields.get(name_entry_field(kind, row, column.name), "").strip()
            for column in COLUMNS[kind]
        }
        if any(typed.values()):
            yield typed
