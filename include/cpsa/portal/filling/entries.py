"""Entries beside the figures: their rows as fields, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from cpsa import cycle
from cpsa.collect.template import Context, Filled
from cpsa.collect.template.entry_sheet import COLUMNS, Column
from cpsa.collect.template.lists_sheet import choices
from cpsa.cycle.accounts import Received
from cpsa.errors import RequestError
from cpsa.portal.filling.posted import MOST_ROWS, entry_field
from cpsa.portal.pages import Fault, Words
from cpsa.portal.visit import Visit

_LONG = ("text", "request")
# The column to which a problem is told; what is chosen from a list can only be missing.
_COLUMN_OF = {
    "entries.no_department": "department",
    "entries.no_request": "request",
    "entries.bad_urgency": "urgency",
    "entries.bad_theme": "theme",
    "entries.bad_department": "department",
    "entries.bad_scheme": "scheme",
    "entries.bad_module": "request",
}
_BLANK_ROWS, _MORE_ROWS = 2, 5

Problem = tuple[str, int, RequestError]


@dataclass(frozen=True)
class Cell:
    """One field of a row. ``choices``: code and label of each, where it is chosen from a list."""

    name: str
    label: str
    value: str
    choices: Sequence[tuple[str, str]]
    long: bool
    fault: str = ""


@dataclass(frozen=True)
class Kind:
    """All rows of one kind, filled ones first."""

    code: str
    title: str
    about: str
    rows: Sequence[Sequence[Cell]]
    filled: int
    more: bool

    @property
    def faults(self) -> list[Fault]:
        return [
            Fault(f"{self.title}: {cell.fault}", cell.name)
            for row in self.rows
            for cell in row
            if cell.fault
        ]


def kinds(
    context: Context, words: Words, filled: Filled, problems: Sequence[Problem], more: str
) -> list[Kind]:
    """Every kind with its filled rows and a few blank ones; more of them of the kind ``more``."""
    offered = {
        name: [(code, words.label(label)) for code, label in labels.items()]
        for name, labels in choices(context).items()
    }
    return [
        _kind(kind, offered, words, filled.entries.get(kind, ()), problems, kind == more)
        for kind in COLUMNS
    ]


def _kind(
    kind: str,
    offered: Mapping[str, Sequence[tuple[str, str]]],
    words: Words,
    typed: Sequence[Mapping[str, str]],
    problems: Sequence[Problem],
    more: bool,
) -> Kind:
    blank: list[Mapping[str, str]] = [{}] * (_MORE_ROWS if more else _BLANK_ROWS)
    rows = [
        [_cell(kind, row, column, offered, words, said, problems) for column in COLUMNS[kind]]
        for row, said in enumerate([*typed, *blank][:MOST_ROWS])
    ]
    return Kind(
        code=kind,
        title=words(f"template.entries.{kind}"),
        about=words(f"template.about.{kind}"),
        rows=rows,
        filled=len(typed),
        more=more,
    )


def _cell(
    kind: str,
    row: int,
    column: Column,
    offered: Mapping[str, Sequence[tuple[str, str]]],
    words: Words,
    said: Mapping[str, str],
    problems: Sequence[Problem],
) -> Cell:
    value = said.get(column.name, "")
    listed = list(offered.get(column.list, ()))
    if listed and value and value not in dict(listed):
        listed.append((value, value))  # as it was typed into a workbook
    faults = [
        _told(problem, words)
        for its_kind, its_row, problem in problems
        if (its_kind, its_row) == (kind, row) and _is_about(problem, column, value)
    ]
    return Cell(
        name=entry_field(kind, row, column.name),
        label=words(f"template.entry.{column.title}"),
        value=value,
        choices=listed,
        long=column.name in _LONG and not listed,
        fault=" ".join(faults),
    )


def _is_about(problem: RequestError, column: Column, value: str) -> bool:
    if problem.key in _COLUMN_OF:
        return column.name == _COLUMN_OF[problem.key]
    return column.name in ("amount", "people") and value == problem.params["value"]


def _told(problem: RequestError, words: Words) -> str:
    match problem.key:
        case "entries.bad_figure":
            return words("portal.entry.figure", value=problem.params["value"])
        case "entries.no_request":
            return words("portal.entry.request")
        case _ if problem.params.get("nearest"):
            return words("portal.entry.nearest", **problem.params)
        case _:
            return words("portal.entry.choose")


def left_out(visit: Visit, received: Received) -> list[str]:
    """The rows of entries in a received workbook that could not be used, each in one line."""
    unread = ("unreadable", "rejected", "received")
    if PurePath(received.file_name).suffix.casefold() == ".csv" or received.state in unread:
        return []
    filled = cycle.typed(visit.office, received)
    found = cycle.entry_problems(visit.office, visit.agency, visit.quarter, filled)
    return [
        visit.words(
            "portal.entry.left_out",
            kind=visit.words(f"template.entries.{kind}"),
            row=row + 1,
            why=_told(problem, visit.words),
        )
        for kind, row, problem in found
    ]
