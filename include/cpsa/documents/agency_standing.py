"""Quarterly update of an agency: its score, how it went over the quarters, and its main figures.

What must not go here: what the agency wrote or was asked (``agency_brief``), every figure
(``agency_figures``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cpsa.calendar import Quarter
from cpsa.documents import definitions, main_figures
from cpsa.documents.model import (
    Bar,
    Bars,
    Block,
    Mark,
    Paragraph,
    Section,
    Series,
    Tile,
    Tiles,
    Tone,
    Trend,
)
from cpsa.documents.origin import Held, Scored
from cpsa.documents.parts import STATE_TONES, present, ratio, section, status_tone
from cpsa.documents.words import Words

TREND_QUARTERS = 8


def standing(words: Words, agency: str, quarter: Quarter) -> Section:
    score = score_of(words, agency, quarter)
    blocks: list[Block | None] = []
    if score is None or score.state != "accepted":
        held = words.state(score.state if score else "missing")
        earlier = score is not None and present(score.composite)
        found = "update.not_accepted_now" if earlier else "update.not_accepted"
        blocks.append(Paragraph(words(found, state=held)))
    if score is not None:
        blocks.append(_tiles(words, score))
    if trend := _trend(words, agency, quarter):
        first = Quarter.parse(trend.labels[0])
        blocks += [trend, definitions.changed_note(words, first, quarter)]
    blocks += main_figures.of_agency(words, agency, quarter)
    return section("standing", words("update.standing"), blocks, words("update.no_standing"))


def score_of(words: Words, agency: str, quarter: Quarter) -> Any | None:
    rows = words.snapshot.of("scores", agency=agency, quarter=quarter.key)
    return next(rows.itertuples(index=False), None)


def _tiles(words: Words, score: Any) -> Tiles:
    status, state = str(score.status), str(score.state)
    of = Scored(Held.COMPOSITE, score.agency, score.quarter)
    return Tiles(
        (
            Tile(
                words("composite"),
                words.score(score.composite),
                words("composite_note"),
                origin=of,
            ),
            Tile(
                words("status"), words.status_of(score), tone=status_tone(words, status), origin=of
            ),
            Tile(
                words("coverage"),
                words.percent(score.coverage),
                words("coverage_note"),
                origin=replace(of, what=Held.COVERAGE),
            ),
            Tile(
                words("update.state"),
                words.state(state),
                tone=STATE_TONES.get(state, Tone.WATCH),
            ),
        )
    )


def _trend(words: Words, agency: str, quarter: Quarter) -> Trend | None:
    rows = words.snapshot.of("scores", agency=agency)
    known = dict(zip(rows["quarter"], rows["composite"], strict=True))
    last = Quarter.range(quarter + (1 - TREND_QUARTERS), quarter)
    shown = [one for one in last if one.key in known]
    values = tuple(ratio(known[one.key]) for one in shown)
    if sum(value is not None for value in values) < 2:
        return None
    texts = tuple(words.score(known[one.key]) for one in shown)
    carried = tuple((agency, one.key) not in words.snapshot.accepted for one in shown)
    told = "; ".join(
        words("update.trend_carried" if old else "update.trend_value", quarter=quarter, value=text)
        for quarter, text, old in zip(map(words.months, shown), texts, carried, strict=True)
    )
    return Trend(
        words("update.trend_with_carried" if any(carried) else "update.trend"),
        words("update.trend_alternative", values=told),
        tuple(one.key for one in shown),
        (Series(words("composite"), values, texts, carried),),
        marks=_marks(words),
        low=True,
    )


def _marks(words: Words) -> tuple[Mark, ...]:
    """The composites from which statuses hold, and the end of the scale."""
    statuses = words.snapshot.framework.statuses.values()
    levels = {one.at_least for one in statuses if one.at_least is not None} | {1.0}
    return tuple(Mark(level, f"{level:.2f}") for level in sorted(levels))


def groups(words: Words, agency: str, quarter: Quarter) -> Bars | None:
    """Progress against target by group, the heaviest group first."""
    rows = words.snapshot.of("group_scores", agency=agency, quarter=quarter.key)
    known = {row.group: row.score for row in rows.itertuples(index=False) if present(row.score)}
    held = [one for one in words.snapshot.framework.groups.values() if one.code in known]
    if not held:
        return None
    bars = []
    for group in sorted(held, key=lambda one: -(one.weight or 0)):
        note = words.whole_percent(group.weight) if group.weight else words("update.not_weighed")
        label = words("update.group_weight", group=words.group(group.code), weight=note)
        value = known[group.code]
        of = Scored(Held.GROUP, agency, quarter.key, group.code)
        tone = _tone_of(words, value)
        bars.append(Bar(label, words.score(value), ratio(value), tone, origin=of))
    told = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Bars(
        words("update.groups"), words("update.groups_alternative", values=told), tuple(bars)
    )


def _tone_of(words: Words, value: float) -> Tone:
    for one in words.snapshot.framework.bounded_statuses:
        if value >= (one.at_least or 0.0):
            return status_tone(words, one.code)
    return Tone.PLAIN
