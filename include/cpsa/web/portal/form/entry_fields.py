"""Entries beside the figures: their rows as fields, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from cpsa.errors import RequestError
from cpsa.services.quarter.agency_quarter import SubmissionSummary
from cpsa.services.workbooks.typed_values import find_entry_problems, load_typed_values
from cpsa.submissions.state import SubmissionState
from cpsa.template.entry_sheet import COLUMNS, EntryColumn
from cpsa.template.filled_values import FilledValues
from cpsa.template.lists_sheet import map_choices
from cpsa.template.template_context import TemplateContext
from cpsa.web.portal.agency_visit import AgencyVisit
from cpsa.web.portal.form.posted_values import MAX_ROWS, name_entry_field
from cpsa.web.portal.portal_pages import FormFault, PortalText

_LONG_COLUMNS = ("text", "request")
# The column that a problem is about; what is chosen from a list can only be missing.
_PROBLEM_COLUMNS = {
    "entries.no_department": "department",
    "entries.no_request": "request",
    "entries.bad_urgency": "urgency",
    "entries.bad_theme": "theme",
    "entries.bad_department": "department",
    "entries.bad_scheme": "scheme",
    "entries.bad_module": "request",
}
_BLANK_ROWS, _MORE_ROWS = 2, 5
# A file in one of these states was not read, so nothing in it was used or left out.
_STATES_WITHOUT_ENTRIES = (
    SubmissionState.UNREADABLE,
    SubmissionState.REJECTED,
    SubmissionState.RECEIVED,
)

Problem = tuple[str, int, RequestError]


@dataclass(frozen=True)
class EntryField:
    """One field of a row. ``choices``: code and label of each, where it is chosen from a list."""

    name: str
    label: str
    value: str
    choices: Sequence[tuple[str, str]]
    long: bool
    fault: str = ""


@dataclass(frozen=True)
class EntryGroup:
    """All rows of one kind, filled ones first."""

    code: str
    title: str
    about: str
    rows: Sequence[Sequence[EntryField]]
    filled: int
    more: bool

    @property
    def faults(self) -> list[FormFault]:
        return [
            FormFault(f"{self.title}: {cell.fault}", cell.name)
            for row in self.rows
            for cell in row
            if cell.fault
        ]


def make_entry_groups(
    context: TemplateContext,
    words: PortalText,
    filled: FilledValues,
    problems: Sequence[Problem],
    more: str,
) -> list[EntryGroup]:
    """Every kind with its filled rows and a few blank ones; more of them of the kind ``more``."""
    offered = {
        name: [(code, words.label(label)) for code, label in labels.items()]
        for name, labels in map_choices(context).items()
    }
    return [
        _make_entry_group(
            kind, offered, words, filled.entries.get(kind, ()), problems, more=kind == more
        )
        for kind in COLUMNS
    ]


def _make_entry_group(
    kind: str,
    offered: Mapping[str, Sequence[tuple[str, str]]],
    words: PortalText,
    typed: Sequence[Mapping[str, str]],
    problems: Sequence[Problem],
    *,
    more: bool,
) -> EntryGroup:
    blank: list[Mapping[str, str]] = [{}] * (_MORE_ROWS if more else _BLANK_ROWS)
    rows = [
        [
            _make_entry_field(kind, row, column, offered, words, entry, problems)
            for column in COLUMNS[kind]
        ]
        for row, entry in enumerate([*typed, *blank][:MAX_ROWS])
    ]
    return EntryGroup(
        code=kind,
        title=words(f"template.entries.{kind}"),
        about=words(f"template.about.{kind}"),
        rows=rows,
        filled=len(typed),
        more=more,
    )


def _make_entry_field(
    kind: str,
    row: int,
    column: EntryColumn,
    offered: Mapping[str, Sequence[tuple[str, str]]],
    words: PortalText,
    entry: Mapping[str, str],
    problems: Sequence[Problem],
) -> EntryField:
    value = entry.get(column.name, "")
    options = list(offered.get(column.list, ()))
    if options and value and value not in dict(options):
        options.append((value, value))  # as it was typed into a workbook
    faults = [
        _describe_problem(problem, words)
        for its_kind, its_row, problem in problems
        if (its_kind, its_row) == (kind, row) and _is_about(problem, column, value)
    ]
    return EntryField(
        name=name_entry_field(kind, row, column.name),
        label=words(f"template.entry.{column.title}"),
        value=value,
        choices=options,
        long=column.name in _LONG_COLUMNS and not options,
        fault=" ".join(faults),
    )


def _is_about(problem: RequestError, column: EntryColumn, value: str) -> bool:
    if problem.key in _PROBLEM_COLUMNS:
        return column.name == _PROBLEM_COLUMNS[problem.key]
    return column.name in ("amount", "people") and value == problem.params["value"]


def _describe_problem(problem: RequestError, words: PortalText) -> str:
    match problem.key:
        case "entries.bad_figure":
            return words("portal.entry.figure", value=problem.params["value"])
        case "entries.no_request":
            return words("portal.entry.request")
        case _ if problem.params.get("nearest"):
            return words("portal.entry.nearest", **problem.params)
        case _:
            return words("portal.entry.choose")


def list_unused_entries(visit: AgencyVisit, received: SubmissionSummary) -> list[str]:
    """The rows of entries in a received workbook that could not be used, each in one line."""
    is_csv = PurePath(received.file_name).suffix.casefold() == ".csv"
    if is_csv or received.state in _STATES_WITHOUT_ENTRIES:
        return []
    filled = load_typed_values(visit.context, received)
    found = find_entry_problems(visit.context, visit.agency, visit.quarter, filled)
    return [
        visit.words(
            "portal.entry.left_out",
            kind=visit.words(f"template.entries.{kind}"),
            row=row + 1,
            why=_describe_problem(problem, visit.words),
        )
        for kind, row, problem in found
    ]
