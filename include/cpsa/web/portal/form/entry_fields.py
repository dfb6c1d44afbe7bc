"""Entries beside the figures: their rows as fields, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.agency_quarter import SubmissionSummary
from cpsa.services.workbooks.typed_values import (
    EntryRemark,
    find_entry_notices,
    find_entry_problems,
    load_typed_values,
)
from cpsa.submissions.listed_choice import format_choice
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
_FIGURE_COLUMNS = ("amount", "people", "units", "rate", "women")
_BLANK_ROWS, _MORE_ROWS = 2, 5
# A file in one of these states was not read, so nothing in it was used or left out.
_STATES_WITHOUT_ENTRIES = (
    SubmissionState.UNREADABLE,
    SubmissionState.REJECTED,
    SubmissionState.RECEIVED,
)


@dataclass(frozen=True)
class EntryField:
    """One field of a row. ``choices``: code and label of each, where only they are accepted.

    ``list_id``: the list of suggestions of a column that takes other texts, too.
    """

    name: str
    label: str
    value: str
    choices: Sequence[tuple[str, str]]
    long: bool
    fault: str = ""
    list_id: str = ""


@dataclass(frozen=True)
class EntryGroup:
    """All rows of one kind, filled ones first. ``suggestions``: what each list of suggestions offers."""

    code: str
    title: str
    about: str
    rows: Sequence[Sequence[EntryField]]
    filled: int
    more: bool
    suggestions: Mapping[str, Sequence[str]]

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
    problems: Sequence[EntryRemark],
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
    problems: Sequence[EntryRemark],
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
        suggestions={
            _name_list(kind, column): [format_choice(*choice) for choice in offered[column.list]]
            for column in COLUMNS[kind]
            if column.open
        },
    )


def _name_list(kind: str, column: EntryColumn) -> str:
    return f"list-{kind}-{column.name}"


def _make_entry_field(
    kind: str,
    row: int,
    column: EntryColumn,
    offered: Mapping[str, Sequence[tuple[str, str]]],
    words: PortalText,
    entry: Mapping[str, str],
    problems: Sequence[EntryRemark],
) -> EntryField:
    value = entry.get(column.name, "")
    options = list(offered.get(column.list, ()))
    if column.open:
        value = format_choice(value, dict(options)[value]) if value in dict(options) else value
        options = []
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
        list_id=_name_list(kind, column) if column.open else "",
    )


def _is_about(problem: RequestError, column: EntryColumn, value: str) -> bool:
    if problem.key in _PROBLEM_COLUMNS:
        return column.name == _PROBLEM_COLUMNS[problem.key]
    return column.name in _FIGURE_COLUMNS and value == problem.params["value"]


def _describe_problem(problem: RequestError, words: PortalText) -> str:
    match problem.key:
        case "entries.bad_figure":
            return words("portal.entry.figure", value=problem.params["value"])
        case "entries.no_request":
            return words("portal.entry.request")
        case "entries.unknown_contributor" | "entries.unknown_help":
            return words("portal.entry.unknown", **problem.params)
        case "entries.former_department":
            return words("portal.entry.former", **problem.params)
        case _ if problem.params.get("nearest"):
            return words("portal.entry.nearest", **problem.params)
        case _:
            return words("portal.entry.choose")


def list_unused_entries(visit: AgencyVisit, received: SubmissionSummary) -> list[str]:
    """The rows of entries in a received workbook that could not be used, each in one line."""
    return _list_remarks(visit, received, find_entry_problems)


def list_entry_notices(visit: AgencyVisit, received: SubmissionSummary) -> list[str]:
    """What the entries of a received workbook name that is in no list, each in one line."""
    return _list_remarks(visit, received, find_entry_notices)


def _list_remarks(
    visit: AgencyVisit,
    received: SubmissionSummary,
    find: Callable[[AppContext, str, Quarter, FilledValues], Sequence[EntryRemark]],
) -> list[str]:
    is_csv = PurePath(received.file_name).suffix.casefold() == ".csv"
    if is_csv or received.state in _STATES_WITHOUT_ENTRIES:
        return []
    filled = load_typed_values(visit.context, received)
    return [
        visit.words(
            "portal.entry.left_out",
            kind=visit.words(f"template.entries.{kind}"),
            row=row + 1,
            why=_describe_problem(problem, visit.words),
        )
        for kind, row, problem in find(visit.context, visit.agency, visit.quarter, filled)
    ]
