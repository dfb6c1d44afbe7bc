"""The action taken report form of one department: which actions stand on it, and what each row says.

What belongs here: choosing and wording the rows. What must not: how the workbook looks or is
sealed (``collect.atr``).
"""

from __future__ import annotations

from datetime import datetime, time

from cpsa.actions import Decision, Standing
from cpsa.bilingual import LANGUAGES, Text
from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.collect import atr
from cpsa.documents.asked import Asked
from cpsa.documents.keys import DocumentKey
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import URGENCIES, said
from cpsa.documents.snapshot import Snapshot
from cpsa.documents.words import NONE, Words
from cpsa.errors import RequestError
from cpsa.messages import text


def write(key: DocumentKey, snapshot: Snapshot, parameters: Parameters, seal_key: bytes) -> bytes:
    """The form as an .xlsx; RequestError where the department has nothing to answer."""
    half, department = key.period, key.subject
    known = snapshot.reference.departments
    if not isinstance(half, HalfYear) or department not in known:
        raise RequestError("documents.no_document", path=key.path)
    spoken = {one: Words(snapshot, one) for one in LANGUAGES}
    asked = Asked(spoken[key.language], half, parameters)
    lines = [_line(spoken, one) for one in asked.unfinished(department)]
    if not lines:
        raise RequestError("actions.refused.nothing_open", department=department, half=half.key)
    return atr.write(
        atr.Context(
            department=department,
            name=known[department].name,
            half=half,
            reader=key.language,
            lines=lines,
            choices={one.value: one.label for one in Decision},
            term_days=snapshot.reference.replies.term.days,
            made_at=_midnight(snapshot.as_of),
            key=seal_key,
        )
    )


def _midnight(as_of: datetime) -> datetime:
    """The beginning of the document's day: the file is the same whatever the hour of closing."""
    return datetime.combine(as_of.astimezone(IST).date(), time(), IST)


def _line(spoken: dict[str, Words], one: Standing) -> atr.Line:
    row = one.action

    def both(told) -> Text:
        return Text(*(told(words) for words in spoken.values()))

    def due(words: Words) -> str:
        if one.due is None:
            term = words.number(words.snapshot.reference.replies.term.days)
            return text("actions.form.not_sent", words.language, days=term)
        key = "late" if one.late else "in_time"
        return text(f"actions.form.{key}", words.language, day=words.day(one.due))

    def last(words: Words) -> str:
        decision = words(f"decision.{one.decision}")
        if one.decided_at is None:
            return decision
        day = words.day(one.decided_at)
        return text("actions.form.last_on", words.language, decision=decision, day=day)

    def urgency(words: Words) -> str:
        return words(f"urgency.{row.urgency}") if row.urgency in URGENCIES else NONE

    return atr.Line(
        number=row.number,
        raised=both(lambda words: words.period(Quarter.parse(row.quarter))),
        agencies=both(lambda words: words.agency_with_code(row.agency)),
        asked="\n".join(filter(None, (said(row.text), said(row.request)))),
        urgency=both(urgency),
        due=both(due),
        last=both(last),
    )
