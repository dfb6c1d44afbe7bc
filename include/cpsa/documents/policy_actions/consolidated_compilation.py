"""The consolidated policy-action compilation for the nodal department: all departments in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cpsa.documents.blocks import build_document, column, figure_cell, section, table, text_cell
from cpsa.documents.content_model import (
    Block,
    Content,
    Paragraph,
    Section,
    Subheading,
    Table,
    Tile,
    Tiles,
)
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.policy_actions.action_blocks import (
    action_status_chapters,
    actions_table,
    convergence_not_accepted,
    convergence_table,
    make_actions_origin,
)
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.documents.policy_actions.department_compilation import (
    make_not_accepted_sections,
    make_pendency_tiles,
    make_systemic_blocks,
)
from cpsa.documents.policy_actions.movement_section import build_movement_section
from cpsa.documents.policy_actions.pending_section import build_pending_overview
from cpsa.documents.steps_section import build_steps_sections
from cpsa.provenance.origin import RowsMeasure, RowsOrigin
from cpsa.reference.classifications import Department, InformedBody, Membership


def build_consolidated_compilation(
    key: DocumentKey, words: DocumentText, parameters: DocumentParameters
) -> Content:
    selection = ActionSelection(words, key.period, parameters)
    departments = words.snapshot.reference.departments
    return build_document(
        words,
        key,
        words("consolidated.subject"),
        (
            _summary_section(selection),
            *filter(None, [build_movement_section(selection, departments)]),
            _requests_section(selection),
            _systemic_section(selection),
            *build_steps_sections(words, key.period),
            *filter(None, [build_pending_overview(selection)]),
            section(
                "convergence",
                words("convergence.title"),
                (
                    convergence_table(words, key.period),
                    convergence_not_accepted(words, key.period),
                ),
                words("convergence.nothing"),
            ),
            section(
                "earlier",
                words("action_status.title"),
                action_status_chapters(words, selection.list_earlier(), by_department=True),
                words("action_status.nothing"),
                wide=True,
            ),
            *make_not_accepted_sections(selection, None),
        ),
        facts=((words("cover.for"), words.department(words.snapshot.reference.nodal_department)),),
        note=words("consolidated.note"),
    )


def _summary_section(selection: ActionSelection) -> Section:
    words, requested, issues = (
        selection.words,
        selection.list_requested(),
        selection.select_issues().all_issues,
    )
    summary = words(
        "consolidated.count",
        actions=words.count("n.actions", len(requested)),
        departments=words.count(
            "n.departments", len({status.action.department for status in requested})
        ),
        agencies=words.count("n.agencies", len({status.action.agency for status in requested})),
    )
    tiles = (
        Tile(
            words("compilation.requested_now"),
            words.number(len(requested)),
            origin=make_actions_origin(requested),
        ),
        Tile(
            words("systemic.title"),
            words.number(len(issues)),
            origin=RowsOrigin(
                "actions",
                tuple(number for issue in issues for number in issue.numbers),
                RowsMeasure.ISSUES,
            ),
        ),
        *make_pendency_tiles(selection, None),
    )
    first = Paragraph(summary if requested else words("consolidated.nothing_requested"))
    shown: list[Block] = [first, Tiles(tiles), _department_table(selection)]
    shown += _list_members(words)
    return Section("summary", words("consolidated.by_department"), tuple(shown))


def _list_members(words: DocumentText) -> Iterator[Paragraph]:
    """Who is a core and who an advisory member, and the chair; no line for a membership that nobody has."""
    reference = words.snapshot.reference
    members: list[Department | InformedBody] = [
        *reference.departments.values(),
        *reference.informed.values(),
    ]
    for membership in Membership:
        names = [words.label(member.name) for member in members if member.membership is membership]
        if names:
            yield Paragraph(words(f"consolidated.{membership}", names="; ".join(names)))


def _department_table(selection: ActionSelection) -> Table:
    words = selection.words
    entries = words.snapshot.select_rows_in_quarters("entries", selection.period.quarters)
    given = entries[entries["kind"] == "convergence"]
    given = given[words.snapshot.is_accepted(given)]

    def row(department: str) -> tuple[Any, ...]:
        requested, pendency = (
            selection.list_requested(department),
            selection.compute_pendency(department),
        )
        contributions = given[given["department"] == department]
        amount = contributions["amount"].fillna(0).sum()
        urgent = [status for status in requested if status.action.urgency == "high"]
        issues = selection.select_issues(department).all_issues
        issue_numbers = tuple(number for issue in issues for number in issue.numbers)
        pending = [
            status
            for status in selection.statuses
            if status.pending and status.counts and status.action.department == department
        ]
        return (
            text_cell(words.department(department)),
            figure_cell(words.number(len(requested)), origin=make_actions_origin(requested)),
            figure_cell(words.number(len(urgent)), origin=make_actions_origin(urgent)),
            figure_cell(
                words.number(len(issues)),
                origin=RowsOrigin("actions", issue_numbers, RowsMeasure.ISSUES),
            ),
            figure_cell(
                words.quantity(int(amount), "inr"),
                origin=RowsOrigin("entries", tuple(contributions.index), RowsMeasure.AMOUNT),
            ),
            figure_cell(
                words.number(pendency.in_time),
                origin=make_actions_origin(
                    status for status in pending if not status.late and not status.not_sent
                ),
            ),
            figure_cell(
                words.number(pendency.late),
                origin=make_actions_origin(status for status in pending if status.late),
            ),
            figure_cell(
                words.number(pendency.not_sent),
                origin=make_actions_origin(status for status in pending if status.not_sent),
            ),
        )

    return table(
        "",
        (
            column(words("actions.department"), 4),
            column(words("consolidated.requested"), 1, figure=True),
            column(words("consolidated.urgent"), 1.2, figure=True),
            column(words("consolidated.systemic"), 1.2, figure=True),
            column(words("convergence.amount"), 1.7, figure=True),
            column(words("pendency.in_time"), 1.3, figure=True),
            column(words("pendency.late"), 1.2, figure=True),
            column(words("pendency.not_sent"), 1.1, figure=True),
        ),
        map(row, words.snapshot.reference.departments),
    )


def _requests_section(selection: ActionSelection) -> Section:
    words = selection.words
    blocks: list[Block] = []
    for department in words.snapshot.reference.departments:
        if requested := selection.list_requested(department):
            blocks += [Subheading(words.department(department)), actions_table(words, requested)]
    return section(
        "asked",
        words("consolidated.requested_title"),
        blocks,
        words("consolidated.nothing_requested"),
        wide=True,
    )


def _systemic_section(selection: ActionSelection) -> Section:
    words = selection.words
    blocks = make_systemic_blocks(selection, selection.select_issues(), by_department=True)
    return section("systemic", words("systemic.title"), blocks, words("systemic.nothing"))
