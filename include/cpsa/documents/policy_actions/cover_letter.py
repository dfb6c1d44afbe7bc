"""The covering letter of a department's compilation: number and date, addressee, earlier letters, what is
requested, what is late, by when to answer, enclosures, copies and who signs.

It names posts and offices as the programme's files give them, never people of the registry.
"""

from __future__ import annotations

from cpsa.calendar import AnyPeriod, HalfYear
from cpsa.documents.content_model import Paragraph, Section
from cpsa.documents.document_key import ALL, DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.pack_contents import PackItem, list_pack_items
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.reference.programme_in_use import get_programme


def build_cover_letter(selection: ActionSelection, key: DocumentKey) -> Section:
    """The letter of a compilation; ``key``: the compilation, of one department."""
    words, department = selection.words, key.subject
    lines = [
        words("letter.number", reference=key.reference),
        words("letter.date", day=words.day(words.snapshot.as_of)),
        *_describe_addressee(words, department),
        words("letter.subject", period=words.period(selection.period)),
        *_list_earlier_letters(selection, department),
        words("letter.salutation"),
        *_describe_requests(selection, department),
        *_list_enclosures(selection, department),
        *_list_copies(words, department),
        words("letter.closing"),
        *_describe_sender(words),
    ]
    return Section("letter", words("letter.title"), tuple(map(Paragraph, lines)))


def _describe_addressee(words: DocumentText, code: str) -> list[str]:
    """The head of the department, by post and address where the programme gives them."""
    department = words.snapshot.reference.departments[code]
    name = words.department(code)
    post = department.post
    to = words("letter.to_post", post=words.label(post), department=name) if post else ""
    lines = [to or words("letter.to", department=name)]
    return lines + ([words.label(department.address)] if department.address else [])


def _list_earlier_letters(selection: ActionSelection, department: str) -> list[str]:
    """The days on which actions that are still pending were first requested."""
    words = selection.words
    days = {
        status.sent_at
        for status in selection.statuses
        if status.action.department == department
        and status.counts
        and status.pending
        and status.sent_at is not None
    }
    if not days:
        return []
    names = ", ".join(dict.fromkeys(words.day(day) for day in sorted(days)))
    return [words("letter.earlier", days=names)]


def _describe_requests(selection: ActionSelection, department: str) -> list[str]:
    words = selection.words
    requested, pendency = (
        selection.list_requested(department),
        selection.compute_pendency(department),
    )
    if not requested and not pendency.total:
        return [words("letter.nothing")]
    lines = [words("letter.requests")]
    again = sum(
        status.reiterated and status.action.quarter not in selection.quarters
        for status in requested
    )
    if again:
        lines.append(words("letter.again", actions=words.count("n.actions", again)))
    return lines + _describe_due_dates(selection, department)


def _describe_due_dates(selection: ActionSelection, department: str) -> list[str]:
    """By when to answer: what this letter brings first, what is late, and what was sent before."""
    words = selection.words
    own_statuses = [
        status
        for status in selection.statuses
        if status.counts and status.pending and status.action.department == department
    ]
    new = [status for status in own_statuses if status.not_sent]
    late = [status.due for status in own_statuses if status.due is not None and status.late]
    in_time = [status.due for status in own_statuses if status.due is not None and not status.late]
    lines = []
    if new:
        days = words.number(words.snapshot.reference.replies.term.days)
        actions = words.count("n.actions", len(new))
        lines.append(words("letter.answer_new", actions=actions, days=days))
    if late:
        actions = words.count("n.actions", len(late))
        lines.append(words("letter.overdue", actions=actions, day=words.day(min(late))))
    if in_time:
        actions = words.count("n.actions", len(in_time))
        lines.append(words("letter.answer", actions=actions, day=words.day(min(in_time))))
    return lines


def _list_enclosures(selection: ActionSelection, department: str) -> list[str]:
    """What goes with the letter of a half-year; a quarter's compilation is not sent."""
    words, half = selection.words, selection.period
    if not isinstance(half, HalfYear):
        return []
    items = list_pack_items(
        half,
        department,
        is_nodal=department == words.snapshot.reference.nodal_department,
        has_form=bool(selection.compute_pendency(department).total),
    )
    names = [
        _name_enclosure(words, item, half)
        for item in items
        if item.period == half or _is_whole(words, item.period)
    ]
    numbered = "; ".join(f"{number}. {name}" for number, name in enumerate(names, start=1))
    return [words("letter.enclosures", names=numbered)]


def _name_enclosure(words: DocumentText, item: PackItem, half: HalfYear) -> str:
    if item.subject == ALL:
        return words("letter.consolidated")
    name = words(f"kind.{item.kind}")
    if item.period != half:
        return words("letter.of_year", name=name, year=words.period(item.period))
    if item.format == "docx":
        return words("letter.to_edit", name=name)
    if item.format == "xlsx" and item.kind == "learning":
        return words("letter.to_calculate", name=name)
    return name


def _is_whole(words: DocumentText, longer: AnyPeriod) -> bool:
    """Whether all quarters of the programme in it are closed: else there is no document of it."""
    first, closed = words.snapshot.first_quarter, set(words.snapshot.closings["quarter"])
    return {quarter.key for quarter in longer.quarters if quarter.key >= first} <= closed


def _list_copies(words: DocumentText, department: str) -> list[str]:
    """The nodal department has every other one's requests in its own compilation."""
    nodal = words.snapshot.reference.nodal_department
    if department == nodal:
        return []
    return [words("letter.copy", department=words.department(nodal))]


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
