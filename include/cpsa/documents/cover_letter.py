"""The covering letter of a department's compilation: what is asked, what is late, by when to answer."""

from __future__ import annotations

from cpsa.actions.standing import due_by
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
            in_time, late = map(words.number, (held.in_time, held.late))
            lines.append(words("letter.pending", actions=actions, in_time=in_time, late=late))
            term = words.snapshot.reference.replies.term
            due = due_by(asked.period.last_quarter.key, term)
            lines.append(words("letter.answer", day=words.day(due)))
    lines.append(words("letter.signed"))
    return Section("letter", words("letter.title"), tuple(map(Paragraph, lines)))
