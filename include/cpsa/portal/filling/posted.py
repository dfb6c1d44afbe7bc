"""From posted fields to what was typed, by the names that the workbook's cells have too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from cpsa.collect.template import Context, Filled
from cpsa.collect.template.entry_sheet import COLUMNS
from cpsa.collect.workbook import names
from cpsa.framework import TOTAL
from cpsa.submissions.signing_officer import SigningOfficer

MOST_ROWS = 60
Key = TypeVar("Key")


def filled(context: Context, fields: Mapping[str, str]) -> Filled:
    """What was typed; blanks and fields of no question are left out."""
    indicators = [one for _, members in context.groups() for one in members]
    asked = [(one.code, part) for one in indicators for part in (TOTAL, *one.dimensions)]
    subjects = [
        "",
        *(one.code for one in indicators),
        *(group.code for group, _ in context.groups()),
    ]
    return Filled(
        values=_given({key: fields.get(names.input_name(*key), "") for key in asked}),
        nil=bool(fields.get(names.NIL)),
        explanations=_given({one: fields.get(note_field(one), "") for one in subjects}),
        entries={kind: rows for kind in COLUMNS if (rows := list(_rows(kind, fields)))},
        officer=SigningOfficer.parse(
            fields.get(names.OFFICER_NAME, ""), fields.get(names.OFFICER_DESIGNATION, "")
        ),
    )


def note_field(subject: str) -> str:
    return names.note_name(subject) if subject else names.GENERAL_NOTE


def entry_field(kind: str, row: int, column: str) -> str:
    """``entry_lesson_2_text``: the workbook's name, with the row (from 0) in it."""
    return names.entry_name(f"{kind}_{row}", column)


def _given(texts: Mapping[Key, str]) -> dict[Key, str]:
    return {key: text.strip() for key, text in texts.items() if text.strip()}


def _rows(kind: str, fields: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The rows of a kind in which anything was typed."""
    for row in range(MOST_ROWS):
        typed = {
            column.name: fields.get(entry_field(kind, row, column.name), "").strip()
            for column in COLUMNS[kind]
        }
        if any(typed.values()):
            yield typed
