"""The covering letter of a department's compilation: what is asked, what is late, by when to answer."""

from __future__ import annotations

from cpsa.documents.asked import Asked
from cpsa.documents.model import Paragraph, Section


def letter(asked: Asked, department: str) -> Section:
    words = asked.words
    now, held = asked.now(department), asked.pendency(department)
    lines = [
        words("letter.to", department=words.department(department)),
        words("letter.subject", period=words.period(asked.period)),
    ]
    if not now and not held.total:
        lines.append(words("letter.nothing"))
    else:
        lines.append(words("letter.asks"))
        again = sum(one.reiterated and one.action.quarter not in asked.quarters for one in now)
        if again:
            lines.append(words("letter.again", actions=words.counted("n.actions", again)))
        if held.total:
            actions = words.counted("n.actions", held.total)
            lines.append(
                words(
                    "letter.pending",
                    actions=actions,
                    in_time=words.number(held.in_time),
                    late=words.number(held.late),
                    not_sent=words.number(held.not_sent),
                )
            )
            lines += _due(asked, department)
    lines.append(words("letter.signed"))
    return Section("letter", words("letter.title"), tuple(map(Paragraph, lines)))


def _due(asked: Asked, department: str) -> list[str]:
    """By when to answer: what is late, what was sent before, and what this letter brings first."""
    words = asked.words
    own = [one for one in asked.standings if one.counts and one.action.department == department]
    late = [one.due for one in own if one.due is not None and one.late]
    in_time = [one.due for one in own if one.due is not None and not one.late]
    lines = []
    if late:
        lines.append(words("letter.overdue", day=words.day(max(late))))
    if in_time:
        lines.append(words("letter.answer", day=words.day(min(in_time))))
    if any(one.not_sent for one in own):
        days = words.number(words.snapshot.reference.replies.term.days)
        lines.append(words("letter.answer_new", days=days))
    return lines
