"""Quarterly update of an agency: its score, how it went over the quarters, and its main figures.

What must not go here: what the agency wrote or has to answer (``agency_brief``), every figure
(``agency_figures``).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from cpsa.calendar import Quarter
from cpsa.documents import definition_changes
from cpsa.documents.blocks import STATE_TONES, limit_ratio, section, status_tone
from cpsa.documents.content_model import (
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
from cpsa.documents.document_text import DocumentText
from cpsa.documents.quarterly_update import main_figures
from cpsa.provenance.origin import ScoreKind, ScoreOrigin
from cpsa.provenance.snapshot import Snapshot, has_value
from cpsa.submissions.state import ObligationState, SubmissionState

TREND_QUARTERS = 8


def build_scorecard(
    words: DocumentText, agency: str, quarter: Quarter, *, with_trend: bool = True
) -> Section:
    """Without the trend where the first page needs its room for the profile of a cluster."""
    score = find_score(words.snapshot, agency, quarter)
    blocks: list[Block | None] = []
    if score is None or score.state != SubmissionState.ACCEPTED:
        state = words.state(score.state if score else ObligationState.MISSING)
        earlier = score is not None and has_value(score.composite)
        key = "update.not_accepted_now" if earlier else "update.not_accepted"
        blocks.append(Paragraph(words(key, state=state)))
    if score is not None:
        blocks.append(_make_score_tiles(words, score))
    if with_trend:
        blocks += build_composite_trend(words, agency, quarter)
    blocks += main_figures.build_agency_main_figures(words, agency, quarter)
    return section("standing", words("update.scorecard"), blocks, words("update.no_score"))


def find_score(snapshot: Snapshot, agency: str, quarter: Quarter) -> Any | None:
    return _map_scores(snapshot, quarter.key).get(agency)


@lru_cache(maxsize=8)
def _map_scores(snapshot: Snapshot, quarter: str) -> dict[str, Any]:
    """A quarter's scores by agency, read once for the updates of all."""
    rows = snapshot.select_rows("scores", quarter=quarter)
    return {row.agency: row for row in rows.itertuples(index=False)}


def _make_score_tiles(words: DocumentText, score: Any) -> Tiles:
    status, state = str(score.status), str(score.state)
    composite_origin = ScoreOrigin(ScoreKind.COMPOSITE, score.agency, score.quarter)
    return Tiles(
        (
            Tile(
                words("composite"),
                words.score(score.composite),
                words("composite_note"),
                origin=composite_origin,
            ),
            Tile(
                words("status"),
                words.status_of(score),
                tone=status_tone(words, status),
                origin=composite_origin,
            ),
            Tile(
                words("coverage"),
                words.percent(score.coverage),
                words("coverage_note"),
                origin=replace(composite_origin, kind=ScoreKind.COVERAGE),
            ),
            Tile(
                words("update.state"),
                words.state(state),
                tone=STATE_TONES.get(state, Tone.WATCH),
            ),
        )
    )


def build_composite_trend(words: DocumentText, agency: str, quarter: Quarter) -> tuple[Block, ...]:
    """The composites by quarter, with a note where definitions changed within them."""
    trend = _composite_trend(words, agency, quarter)
    if trend is None:
        return ()
    first = Quarter.parse(trend.labels[0])
    note = definition_changes.make_change_note(words, first, quarter)
    return (trend, *filter(None, (note,)))


def _composite_trend(words: DocumentText, agency: str, quarter: Quarter) -> Trend | None:
    rows = words.snapshot.select_rows("scores", agency=agency)
    known = dict(zip(rows["quarter"], rows["composite"], strict=True))
    quarters = Quarter.range(quarter + (1 - TREND_QUARTERS), quarter)
    shown = [past_quarter for past_quarter in quarters if past_quarter.key in known]
    values = tuple(limit_ratio(known[past_quarter.key]) for past_quarter in shown)
    if sum(value is not None for value in values) < 2:
        return None
    texts = tuple(words.score(known[past_quarter.key]) for past_quarter in shown)
    carried = tuple(
        (agency, past_quarter.key) not in words.snapshot.accepted for past_quarter in shown
    )
    description = "; ".join(
        words("update.trend_carried" if old else "update.trend_value", quarter=quarter, value=text)
        for quarter, text, old in zip(map(words.months, shown), texts, carried, strict=True)
    )
    return Trend(
        words("update.trend_with_carried" if any(carried) else "update.trend"),
        words("update.trend_alternative", values=description),
        tuple(past_quarter.key for past_quarter in shown),
        (Series(words("composite"), values, texts, carried),),
        marks=_make_status_marks(words),
        low=True,
    )


def _make_status_marks(words: DocumentText) -> tuple[Mark, ...]:
    """The composites from which statuses hold, and the end of the scale."""
    statuses = words.snapshot.framework.statuses.values()
    levels = {status.at_least for status in statuses if status.at_least is not None} | {1.0}
    return tuple(Mark(level, f"{level:.2f}") for level in sorted(levels))


def build_group_bars(words: DocumentText, agency: str, quarter: Quarter) -> Bars | None:
    """Progress against target by group, the heaviest group first."""
    rows = words.snapshot.select_rows("group_scores", agency=agency, quarter=quarter.key)
    known = {row.group: row.score for row in rows.itertuples(index=False) if has_value(row.score)}
    scored_groups = [
        candidate
        for candidate in words.snapshot.framework.groups.values()
        if candidate.code in known
    ]
    if not scored_groups:
        return None
    bars = []
    for group in sorted(scored_groups, key=lambda candidate: -(candidate.weight or 0)):
        note = words.whole_percent(group.weight) if group.weight else words("update.not_weighed")
        label = words("update.group_weight", group=words.group(group.code), weight=note)
        value = known[group.code]
        group_origin = ScoreOrigin(ScoreKind.GROUP, agency, quarter.key, group.code)
        tone = _find_tone(words, value)
        bars.append(Bar(label, words.score(value), limit_ratio(value), tone, origin=group_origin))
    description = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Bars(
        words("update.groups"), words("update.groups_alternative", values=description), tuple(bars)
    )


def _find_tone(words: DocumentText, value: float) -> Tone:
    for status in words.snapshot.framework.bounded_statuses:
        if value >= (status.at_least or 0.0):
            return status_tone(words, status.code)
    return Tone.PLAIN
