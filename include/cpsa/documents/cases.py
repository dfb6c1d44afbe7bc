"""One action as a department reads it: the agency's words and the evidence behind them."""

from __future__ import annotations

from typing import Any

from cpsa.actions import Decision, Standing
from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents import case_schemes, evidence, shares, sums
from cpsa.documents.asked import Asked
from cpsa.documents.model import Case, Fact, Quote, Tone
from cpsa.documents.origin import Amount, Held, Origin, Scored, What
from cpsa.documents.parts import URGENCIES, URGENCY_TONES, present, said
from cpsa.documents.words import NONE, Words
from cpsa.framework import TOTAL


def case(asked: Asked, one: Standing, systemic: set[str]) -> Case:
    """One action in full: the agency's words, and what speaks for it."""
    words, row = asked.words, one.action
    theme = words.theme(row.theme)
    facts = [
        Fact(words("case.request"), said(row.request) or NONE, own_words=True),
        _score(words, asked.period, row.agency),
        _evidence(words, asked.period, row.agency, row.theme),
        case_schemes.schemes(words, asked.period, row),
        Fact(words("case.others"), _others(asked, row)),
    ]
    if one.reiterated and row.quarter not in asked.quarters:
        first = words.period(Quarter.parse(row.quarter))
        facts.append(Fact(words("case.again"), words("case.again_note", quarter=first)))
    if row.theme in systemic:
        facts.append(Fact(words("case.systemic"), words("case.systemic_note")))
    if one.decision != Decision.REPLY_AWAITED:
        facts.append(Fact(words("case.decision"), words(f"decision.{one.decision}")))
    badge = words(f"urgency.{row.urgency}") if row.urgency in URGENCIES else NONE
    return Case(
        number=f"{row.number} · {words.agency_with_code(row.agency)}",
        title=theme,
        badge=words("case.urgency", urgency=badge),
        tone=URGENCY_TONES.get(row.urgency, Tone.MUTED),
        quote=Quote(said(row.text), ""),
        facts=tuple(facts),
    )


def _score(words: Words, period: AnyPeriod, agency: str) -> Fact:
    label = words("case.standing")
    rows = words.snapshot.of("scores", agency=agency, quarter=period.last_quarter.key)
    row = next(rows.itertuples(index=False), None)
    if row is None or not present(row.composite):
        return Fact(label, words("case.no_score"))
    told = words("case.score", score=words.score(row.composite), status=words.status_of(row))
    origin = Scored(Held.COMPOSITE, agency, period.last_quarter.key)
    return Fact(label, told, figures=((told, origin),))


def _evidence(words: Words, period: AnyPeriod, agency: str, theme: str) -> Fact:
    form = words.snapshot.agencies[agency]["form"] if agency in words.snapshot.agencies else ""
    held = sums.of_agencies(words.snapshot, period.last_quarter).get(agency, {})
    told: list[tuple[str, Origin]] = []
    for one in evidence.indicators(words.snapshot.framework, theme, form):
        figure = held.get((one.code, TOTAL), sums.NONE)
        if figure.actual is None:
            continue
        what = What.SHARE if shares.has_share(one, figure) else What.ACTUAL
        origin = Amount(what, one.code, agency=agency, until=period.last_quarter.key)
        told.append((shares.labelled(words, one, figure, of_many=False), origin))
    value = "; ".join(text for text, _ in told) or words("case.no_evidence")
    return Fact(words("case.evidence"), value, figures=tuple(told))


def _others(asked: Asked, row: Any) -> str:
    others = dict.fromkeys(
        one.action.department
        for one in asked.now()
        if one.action.theme == row.theme and one.action.department != row.department
    )
    return "; ".join(map(asked.words.department, others)) or asked.words("case.no_others")
