"""The policy-action compilation of one line department, with its reply sheet.

Source: domain.md, "Documents" 2. A department without any request gets a short document.
"""

from __future__ import annotations

from cpsa.documents.blocks import build_document, section
from cpsa.documents.content_model import (
    Block,
    Content,
    Paragraph,
    Section,
    Subheading,
    Tile,
    Tiles,
    Tone,
)
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.policy_actions import cover_letter
from cpsa.documents.policy_actions.action_blocks import (
    action_status_chapters,
    actions_table,
    convergence_not_accepted,
    convergence_so_far,
    convergence_table,
    issues_table,
    make_actions_origin,
)
from cpsa.documents.policy_actions.action_cases import build_case
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.documents.policy_actions.movement_section import build_movement_section
from cpsa.documents.policy_actions.open_actions import (
    build_open_actions_section,
    build_reply_sheet,
)
from cpsa.documents.policy_actions.pending_section import build_pending_section
from cpsa.documents.policy_actions.systemic_issues import SystemicIssues


def build_department_compilation(
    key: DocumentKey, words: DocumentText, parameters: DocumentParameters
) -> Content:
    selection = ActionSelection(words, key.period, parameters)
    department = key.subject
    sections = [
        cover_letter.build_cover_letter(selection, key),
        *filter(None, [build_open_actions_section(selection, department)]),
        _summary_section(selection, department),
        *filter(None, [build_movement_section(selection, [department])]),
        _requests_section(selection, department),
    ]
    if selection.list_requested(department) or selection.list_earlier(department):
        sections.append(_systemic_section(selection, department))
    if pending := build_pending_section(selection, department):
        sections.append(pending)
    sections.append(_convergence_section(selection, department))
    sections += make_not_accepted_sections(selection, department)
    reply = build_reply_sheet(selection, department)
    if selection.list_earlier(department) or not reply:
        sections.append(
            _earlier_section(selection, department)
        )  # before a sheet it could fill a page alone
    note = "compilation.note_nothing"
    if reply:
        sections.append(reply)
        note = (
            "compilation.note"
            if selection.list_requested(department)
            else "compilation.note_to_reply"
        )
    role = words.snapshot.reference.departments[department].role
    return build_document(
        words,
        key,
        words.department(department),
        sections,
        facts=(
            (words("cover.department_code"), department),
            (words("cover.role"), words(f"role.{role}")),
        ),
        note=words(note),
    )


def make_pendency_tiles(selection: ActionSelection, department: str | None) -> tuple[Tile, ...]:
    """The one agreed pendency figure, in time and late apart."""
    words, pendency = selection.words, selection.compute_pendency(department)
    days = words.number(words.snapshot.reference.replies.term.days)
    apart = words(
        "pendency.apart",
        in_time=words.number(pendency.in_time),
        late=words.number(pendency.late),
        not_sent=words.number(pendency.not_sent),
    )
    tone = Tone.BAD if pendency.late else Tone.WATCH if pendency.total else Tone.GOOD
    return (
        Tile(
            words("pendency.title"),
            words.number(pendency.total),
            apart,
            tone,
            origin=make_actions_origin(
                status
                for status in selection.statuses
                if status.pending
                and status.counts
                and department in (None, status.action.department)
            ),
        ),
        Tile(words("pendency.term"), words("pendency.days", days=days), words("pendency.from")),
    )


def _summary_section(selection: ActionSelection, department: str) -> Section:
    words, requested = selection.words, selection.list_requested(department)
    if not requested:
        nothing = Paragraph(
            words("compilation.nothing_requested", period=words.period(selection.period))
        )
        return Section(
            "summary",
            words("compilation.summary"),
            (
                nothing,
                Tiles(make_pendency_tiles(selection, department)),
            ),
        )
    urgent = [status for status in requested if status.action.urgency == "high"]
    agencies = len({status.action.agency for status in requested})
    summary = words(
        "compilation.count",
        actions=words.count("n.actions", len(requested)),
        agencies=words.count("n.agencies", agencies),
    )
    tiles = (
        Tile(
            words("compilation.requested_now"),
            words.number(len(requested)),
            origin=make_actions_origin(requested),
        ),
        Tile(
            words("compilation.urgent"),
            words.number(len(urgent)),
            origin=make_actions_origin(urgent),
            tone=Tone.BAD if urgent else Tone.PLAIN,
        ),
        *make_pendency_tiles(selection, department),
    )
    return Section("summary", words("compilation.summary"), (Paragraph(summary), Tiles(tiles)))


def _requests_section(selection: ActionSelection, department: str) -> Section:
    words = selection.words
    systemic = {issue.theme for issue in selection.select_issues(department).all_issues}
    cases = [
        build_case(selection, status, systemic) for status in selection.list_requested(department)
    ]
    return section(
        "asked", words("compilation.requested"), cases, words("compilation.none_requested")
    )


def _systemic_section(selection: ActionSelection, department: str) -> Section:
    words = selection.words
    blocks = make_systemic_blocks(
        selection, selection.select_issues(department), by_department=False
    )
    return section("systemic", words("systemic.title"), blocks, words("systemic.nothing"))


def make_systemic_blocks(
    selection: ActionSelection, issues: SystemicIssues, *, by_department: bool
) -> list[Block]:
    """What was raised in the period; and apart what was not, but still has pending actions."""
    words = selection.words
    if not issues.all_issues:
        return []
    rule = words(
        "systemic.rule",
        agencies=selection.parameters.systemic_agencies,
        quarters=selection.parameters.systemic_quarters,
    )
    blocks: list[Block] = [Paragraph(rule, note=True)]
    if raised := issues_table(words, issues.raised, by_department=by_department):
        blocks.append(raised)
    else:
        blocks.append(Paragraph(words("systemic.none_raised")))
    if pending := issues_table(words, issues.pending, by_department=by_department):
        blocks += [Subheading(words("systemic.pending")), pending]
    return blocks


def make_not_accepted_sections(
    selection: ActionSelection, department: str | None
) -> tuple[Section, ...]:
    """What agencies wrote in updates that were not accepted, for information only."""
    words, rows = selection.words, selection.list_not_accepted(department)
    if not rows:
        return ()
    note = Paragraph(words("compilation.not_accepted_explained"), note=True)
    title = words("compilation.not_accepted")
    blocks = (note, actions_table(words, rows))
    return (Section("not-accepted", title, blocks, wide=department is None),)


def _convergence_section(selection: ActionSelection, department: str) -> Section:
    words = selection.words
    return section(
        "convergence",
        words("convergence.title"),
        (
            convergence_table(words, selection.period, department),
            convergence_so_far(words, selection.period, department),
            convergence_not_accepted(words, selection.period, department),
        ),
        words("convergence.nothing"),
    )


def _earlier_section(selection: ActionSelection, department: str) -> Section:
    words = selection.words
    return section(
        "earlier",
        words("action_status.title"),
        action_status_chapters(words, selection.list_earlier(department), by_department=False),
        words("action_status.nothing"),
    )
