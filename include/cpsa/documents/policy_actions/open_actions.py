"""Every open action of a department on one page, and the sheet on which it answers them on paper.

What belongs here: which columns the list has, and in which order its rows come. What must not: an
action with its evidence (``action_cases``), or the outcome of earlier ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from cpsa.actions.status import ActionStatus, PromiseState
from cpsa.documents.blocks import code_cell, column, quoted_cell, table, text_cell
from cpsa.documents.content_model import Cell, CellKind, Column, Paragraph, Section, Tone
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.figures import NO_FIGURE
from cpsa.provenance.snapshot import to_single_line


def build_open_actions_section(selection: ActionSelection, department: str) -> Section | None:
    """All actions without a final decision, the longest overdue first; None where there is none."""
    words, rows = selection.words, selection.list_open(department)
    if not rows:
        return None
    pendency = selection.compute_pendency(department)
    explained = words(
        "open_actions.explained",
        actions=words.count("n.actions", pendency.total),
        late=words.number(pendency.late),
        in_time=words.number(pendency.in_time),
        not_sent=words.number(pendency.not_sent),
        day=words.day(words.snapshot.as_of),
    )
    found = table("", _make_columns(words), _make_rows(selection, department, rows))
    return Section(
        "open-actions",
        words("open_actions.title"),
        (Paragraph(explained), found),
        new_page=True,
    )


def build_reply_sheet(selection: ActionSelection, department: str) -> Section | None:
    """The same rows with columns to be filled in on paper; None where nothing is to be answered."""
    words, rows = selection.words, selection.list_open(department)
    if not rows:
        return None
    to_fill = (
        column(words("reply.decision"), 2),
        column(words("reply.action"), 3.4),
        column(words("reply.by_when"), 1.7),
    )
    blanks = (text_cell(""),) * len(to_fill)
    return Section(
        "reply",
        words("reply.title"),
        (
            Paragraph(words("reply.form")),
            Paragraph(words("reply.how")),
            table(
                "",
                (*_make_columns(words), *to_fill),
                ((*row, *blanks) for row in _make_rows(selection, department, rows)),
                to_fill=True,
            ),
            Paragraph(words("reply.sign")),
        ),
        new_page=True,
        wide=True,
    )


def _make_columns(words: DocumentText) -> tuple[Column, ...]:
    return (
        column(words("actions.number"), 0),
        column(words("actions.agency"), 2.6),
        column(words("open_actions.request"), 5.4),
        column(words("open_actions.due"), 1.9),
        column(words("open_actions.days"), 1.7),
        column(words("open_actions.promised"), 1.9),
        column(words("open_actions.systemic"), 0),
    )


def _make_rows(
    selection: ActionSelection, department: str, rows: Sequence[ActionStatus]
) -> list[tuple[Cell, ...]]:
    words = selection.words
    systemic = {issue.theme for issue in selection.select_issues(department).all_issues}
    return [
        (
            code_cell(status.action.number),
            text_cell(words.agency(status.action.agency)),
            quoted_cell(to_single_line(status.action.request) or status.action.text),
            _due_cell(words, status),
            _days_cell(words, status),
            _promised_cell(words, status),
            text_cell(
                words("open_actions.is_systemic") if status.action.theme in systemic else NO_FIGURE
            ),
        )
        for status in rows
    ]


def _due_cell(words: DocumentText, status: ActionStatus) -> Cell:
    return text_cell(words.day(status.due) if status.due else words("action_status.not_sent"))


def _days_cell(words: DocumentText, status: ActionStatus) -> Cell:
    if not status.late:
        return text_cell(NO_FIGURE)
    return Cell(words.number(status.days_overdue), CellKind.TEXT, Tone.BAD)


def _promised_cell(words: DocumentText, status: ActionStatus) -> Cell:
    if status.promised is None:
        return text_cell(NO_FIGURE)
    day = words.day(status.promised)
    if status.promise is not PromiseState.OVERRUN:
        return text_cell(day)
    days = words.number(status.days_over_promise[1])
    return Cell(words("open_actions.overrun", day=day, days=days), CellKind.TEXT, Tone.BAD)
