"""The covering letter of a department's compilation: what is requested, what is late, by when to answer."""

from __future__ import annotations

from cpsa.documents.content_model import Paragraph, Section
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.reference.programme_in_use import get_programme


def build_cover_letter(selection: ActionSelection, department: str) -> Section:
    words = selection.words
    requested, pendency = (
        selection.list_requested(department),
        selection.compute_pendency(department),
    )
    lines = [
        words("letter.to", department=words.department(department)),
        words("letter.subject", period=words.period(selection.period)),
    ]
    if not requested and not pendency.total:
        lines.append(words("letter.nothing"))
    else:
        lines.append(words("letter.requests"))
        again = sum(
            status.reiterated and status.action.quarter not in selection.quarters
            for status in requested
        )
        if again:
            lines.append(words("letter.again", actions=words.count("n.actions", again)))
        if pendency.total:
            actions = words.count("n.actions", pendency.total)
            lines.append(
                words(
                    "letter.pending",
                    actions=actions,
                    in_time=words.number(pendency.in_time),
                    late=words.number(pendency.late),
                    not_sent=words.number(pendency.not_sent),
                )
            )
            lines += _describe_due_dates(selection, department)
    lines += _describe_sender(words)
    return Section("letter", words("letter.title"), tuple(map(Paragraph, lines)))


def _describe_sender(words: DocumentText) -> list[str]:
    """Who signs, with the office's address and telephone where the programme gives them."""
    programme = get_programme()
    lines = [words("letter.signed")]
    if signatory := programme.signatory:
        lines += [words.label(label) for label in (signatory.name, signatory.post) if label]
    if programme.address:
        lines.append(words.label(programme.address))
    if signatory and signatory.telephone:
        lines.append(words("letter.telephone", number=signatory.telephone))
    return lines


def _describe_due_dates(selection: ActionSelection, department: str) -> list[str]:
    """By when to answer: what is late, what was sent before, and what this letter brings first."""
    words = selection.words
    own_statuses = [
        status
        for status in selection.statuses
        if status.counts and status.action.department == department
    ]
    late = [status.due for status in own_statuses if status.due is not None and status.late]
    in_time = [status.due for status in own_statuses if status.due is not None and not status.late]
    lines = []
    if late:
        lines.append(words("letter.overdue", day=words.day(max(late))))
    if in_time:
        lines.append(words("letter.answer", day=words.day(min(in_time))))
    if any(status.not_sent for status in own_statuses):
        days = words.number(words.snapshot.reference.replies.term.days)
        lines.append(words("letter.answer_new", days=days))
    return lines
