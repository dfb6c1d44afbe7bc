"""Tables both compilations have: actions in short, systemic issues, convergence, standings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from cpsa.actions import Standing
from cpsa.calendar import AnyPeriod
from cpsa.documents.model import Cell, CellKind, Paragraph, Table, Tone
from cpsa.documents.origin import Listed, Measure
from cpsa.documents.parts import code, column, number, own_words, plain, present, table, urgency
from cpsa.documents.systemic import Issue
from cpsa.documents.words import NONE, Words

DECISION_TONES = {
    "done": Tone.GOOD,
    "accepted": Tone.GOOD,
    "not_pursued": Tone.MUTED,
    "reply_not_accepted": Tone.BAD,
    "reply_awaited": Tone.WATCH,
}


def counted(rows: Iterable[Standing]) -> Listed:
    """What a number of actions rests on."""
    return Listed("actions", tuple(one.action.number for one in rows))


def actions_table(words: Words, rows: Iterable[Standing]) -> Table:
    """Actions in short, for the consolidated compilation."""
    return table(
        "",
        (
            column(words("actions.number"), 0),
            column(words("actions.agency"), 2.6),
            column(words("actions.theme"), 2.4),
            column(words("actions.text"), 3.6),
            column(words("actions.urgency"), 0),
        ),
        (
            (
                code(one.action.number),
                plain(words.agency(one.action.agency)),
                plain(words.theme(one.action.theme)),
                own_words(one.action.text),
                urgency(words, one.action.urgency),
            )
            for one in rows
        ),
    )


def issues_table(words: Words, issues: Sequence[Issue], *, by_department: bool) -> Table | None:
    if not issues:
        return None
    columns = [
        column(words("systemic.theme"), 2.4),
        column(words("systemic.agencies"), 3.6),
        column(words("systemic.quarters"), 1.4),
        column(words("systemic.numbers"), 2.2),
    ]
    if by_department:  # there the numbers say the quarters
        columns[2] = columns[3]
        columns[3:] = []
        columns.insert(0, column(words("actions.department"), 2))

    def row(issue: Issue) -> list[Cell]:
        count = words.counted("n.agencies", len(issue.agencies))
        agencies = "; ".join(map(words.agency, issue.agencies))
        cells = [
            plain(words.theme(issue.theme)),
            plain(f"{count}: {agencies}"),
            code(", ".join(issue.quarters)),
            code(", ".join(issue.numbers)),
        ]
        if not by_department:
            return cells
        return [plain(words.department(issue.department)), *cells[:2], cells[3]]

    return table("", columns, map(row, issues))


def convergence_table(
    words: Words, period: AnyPeriod, department: str | None = None
) -> Table | None:
    """What departments gave in the period, with amounts, people reached and a total; as accepted
    updates say."""
    rows = _given(words, period, department, accepted=True)
    if rows.empty:
        return None
    amount, people = (rows[name].fillna(0).sum() for name in ("amount", "people"))
    whose = words("actions.agency") if department else words("convergence.who")

    def of(labels: tuple, measure: Measure) -> Listed:
        return Listed("entries", labels, measure)

    def row(one: Any) -> list[Cell]:
        agency = words.agency(one.agency)
        given_by = agency if department else f"{words.department(one.department)}; {agency}"
        held = one.amount if present(one.amount) else None
        reached = words.number(int(one.people)) if present(one.people) else NONE
        return [
            plain(given_by),
            plain(words.theme(one.theme)),
            own_words(one.text),
            number(words.quantity(held, "inr"), origin=of((one.Index,), Measure.AMOUNT)),
            number(reached, origin=of((one.Index,), Measure.PEOPLE)),
        ]

    return table(
        "",
        (
            column(whose, 2.6),
            column(words("actions.theme"), 2.2),
            column(words("actions.text"), 3.2),
            column(words("convergence.amount"), 1.7, figure=True),
            column(words("convergence.people"), 1.1, figure=True),
        ),
        map(row, rows.itertuples()),
        total=(
            plain(words("total")),
            plain(""),
            plain(""),
            number(
                words.quantity(int(amount), "inr"), origin=of(tuple(rows.index), Measure.AMOUNT)
            ),
            number(words.number(int(people)), origin=of(tuple(rows.index), Measure.PEOPLE)),
        ),
    )


def _given(
    words: Words, period: AnyPeriod, department: str | None, *, accepted: bool
) -> pd.DataFrame:
    """Contributions that agencies wrote of in a period, in updates that were accepted or not."""
    rows = words.snapshot.during("entries", period.quarters)
    rows = rows[rows["kind"] == "convergence"]
    if department:
        rows = rows[rows["department"] == department]
    return rows[words.snapshot.is_accepted(rows) == accepted]


def convergence_not_accepted(
    words: Words, period: AnyPeriod, department: str | None = None
) -> Paragraph | None:
    """What updates that were not accepted say; in no sum."""
    rows = _given(words, period, department, accepted=False)
    return not_in_sums(words, rows) if len(rows) else None


def not_in_sums(words: Words, rows: pd.DataFrame) -> Paragraph:
    amount, people = (int(rows[name].fillna(0).sum()) for name in ("amount", "people"))
    return Paragraph(
        words(
            "convergence.not_accepted",
            amount=words.in_full(amount, "inr"),
            people=words.number(people),
            agencies=words.counted("n.agencies", rows["agency"].nunique()),
        ),
        note=True,
    )


def convergence_so_far(words: Words, period: AnyPeriod, department: str) -> Paragraph | None:
    """What a department gave from the beginning, where that is more than in the period alone."""
    rows = words.snapshot.entries
    rows = rows[(rows["kind"] == "convergence") & (rows["department"] == department)]
    rows = rows[rows["quarter"] <= period.last_quarter.key]
    rows = rows[words.snapshot.is_accepted(rows)]
    if not (rows["quarter"] < period.first_quarter.key).any():
        return None
    amount, people = (int(rows[name].fillna(0).sum()) for name in ("amount", "people"))
    return Paragraph(
        words(
            "convergence.so_far",
            amount=words.in_full(amount, "inr"),
            people=words.number(people),
            agencies=words.counted("n.agencies", rows["agency"].nunique()),
        )
    )


def standings_table(words: Words, rows: Sequence[Standing], *, by_department: bool) -> Table | None:
    if not rows:
        return None
    columns = [
        column(words("actions.number"), 0),
        column(words("standing.about"), 3.4),
        column(words("standing.decision"), 2.1),
        column(words("standing.when"), 2),
        column(words("standing.remarks"), 2.4),
    ]
    if by_department:
        columns.insert(1, column(words("actions.department"), 2.2))

    def row(one: Standing) -> list[Cell]:
        about = f"{words.theme(one.action.theme)}; {words.agency(one.action.agency)}"
        cells = [
            code(one.action.number),
            plain(about),
            decision(words(f"decision.{one.decision}"), one),
            plain(when(words, one)),
            own_words(one.remarks),
        ]
        if by_department:
            cells.insert(1, plain(words.department(one.action.department)))
        return cells

    return table("", columns, map(row, rows))


def decision(told: str, one: Standing) -> Cell:
    tone = Tone.BAD if one.late else DECISION_TONES.get(one.decision, Tone.PLAIN)
    return Cell(told, CellKind.TEXT, tone)


def when(words: Words, one: Standing) -> str:
    if not one.counts:
        return words("standing.not_accepted")
    told = []
    if one.due is not None:
        key = "standing.late" if one.late else "standing.due"
        days = words.number(one.days_overdue)
        told.append(words(key, day=words.day(one.due), days=days))
    elif one.not_sent:
        told.append(words("standing.not_sent"))
    elif one.decided_at:
        told.append(words("standing.decided", day=words.day(one.decided_at)))
    told += _promised(words, one)
    return "; ".join(told) or NONE


def _promised(words: Words, one: Standing) -> list[str]:
    """The date promised for completion, the first where it was another, and by how much it is over.

    Nothing where none was promised.
    """
    first, newest = one.days_over_promise
    if one.promised is None:
        return []
    told = [words("standing.promised", day=words.day(one.promised))]
    if newest:
        told.append(words("standing.over_promise", days=words.number(newest)))
    if one.promised_first and one.promised_first != one.promised:
        told.append(words("standing.promised_first", day=words.day(one.promised_first)))
        if first:
            told.append(words("standing.over_promise", days=words.number(first)))
    return told
