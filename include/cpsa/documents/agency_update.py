"""The quarterly update of one agency: where it stands, its figures, what it was asked and said.

Source: domain.md, "Documents" 1. Scores come from the snapshot; figures to date from ``sums``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cpsa.calendar import Quarter
from cpsa.documents import agency_figures
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import (
    Bar,
    Bars,
    Block,
    Content,
    Mark,
    Paragraph,
    Quote,
    Quotes,
    Section,
    Series,
    Subheading,
    Table,
    Tile,
    Tiles,
    Tone,
    Trend,
)
from cpsa.documents.parts import (
    STATE_TONES,
    STATUS_TONES,
    code,
    column,
    document,
    findings_of,
    findings_table,
    in_order_of_weight,
    own_words,
    plain,
    present,
    ratio,
    said,
    section,
    table,
    urgency,
)
from cpsa.documents.words import Words

TREND_QUARTERS = 8
OWN_ENTRIES = ("success", "challenge", "lesson", "suggestion")


def content(key: DocumentKey, words: Words) -> Content:
    agency, quarter = key.subject, key.period
    assert isinstance(quarter, Quarter)
    row = words.snapshot.agencies[agency]
    facts = [(words("cover.agency_code"), agency)]
    if present(row["sector"]):
        facts.append((words("cover.sector"), words.sector(row["sector"])))
    return document(
        words,
        key,
        words.agency_in_full(agency),
        (
            _standing(words, agency, quarter),
            agency_figures.figures(words, agency, quarter),
            agency_figures.dimensions(words, agency, quarter),
            _findings(words, agency, quarter),
            _entries(words, agency, quarter),
            _actions(words, agency, quarter),
        ),
        facts=facts,
        own_page=False,
    )


def _standing(words: Words, agency: str, quarter: Quarter) -> Section:
    score = _score(words, agency, quarter)
    blocks: list[Block] = []
    if score is None or score.state != "accepted":
        held = words.state(score.state if score else "missing")
        blocks.append(Paragraph(words("update.not_accepted", state=held)))
    if score is not None:
        blocks.append(_tiles(words, score))
    if score is not None and present(score.composite) and score.state != "accepted":
        blocks.append(Paragraph(words("update.from_earlier"), note=True))
    blocks.extend(block for block in (_trend(words, agency, quarter),) if block)
    blocks.extend(block for block in (_groups(words, agency, quarter),) if block)
    return section("standing", words("update.standing"), blocks, words("update.no_standing"))


def _score(words: Words, agency: str, quarter: Quarter) -> Any | None:
    rows = words.snapshot.of("scores", agency=agency, quarter=quarter.key)
    return next(rows.itertuples(index=False), None)


def _tiles(words: Words, score: Any) -> Tiles:
    status, state = str(score.status), str(score.state)
    return Tiles(
        (
            Tile(words("composite"), words.score(score.composite), words("composite_note")),
            Tile(words("status"), words.status(status), tone=STATUS_TONES[status]),
            Tile(words("coverage"), words.percent(score.coverage), words("coverage_note")),
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
    shown = [one for one in _last_quarters(quarter) if one.key in known]
    values = tuple(ratio(known[one.key]) for one in shown)
    if sum(value is not None for value in values) < 2:
        return None
    texts = tuple(words.score(known[one.key]) for one in shown)
    told = "; ".join(f"{words.months(one)}: {text}" for one, text in zip(shown, texts, strict=True))
    return Trend(
        words("update.trend"),
        words("update.trend_alternative", values=told),
        tuple(one.key for one in shown),
        (Series(words("composite"), values, texts),),
        marks=_marks(words),
    )


def _last_quarters(quarter: Quarter) -> tuple[Quarter, ...]:
    return Quarter.range(quarter + (1 - TREND_QUARTERS), quarter)


def _marks(words: Words) -> tuple[Mark, ...]:
    """The composites from which statuses hold, and the end of the scale."""
    statuses = words.snapshot.framework.statuses.values()
    levels = {one.at_least for one in statuses if one.at_least is not None} | {1.0}
    return tuple(Mark(level, f"{level:.2f}") for level in sorted(levels))


def _groups(words: Words, agency: str, quarter: Quarter) -> Bars | None:
    rows = words.snapshot.of("group_scores", agency=agency, quarter=quarter.key)
    known = {row.group: row.score for row in rows.itertuples(index=False) if present(row.score)}
    groups = [one for one in words.snapshot.framework.groups.values() if one.code in known]
    if not groups:
        return None
    bars = []
    for group in sorted(groups, key=lambda one: -(one.weight or 0)):
        note = words.whole_percent(group.weight) if group.weight else words("update.not_weighed")
        label = words("update.group_weight", group=words.group(group.code), weight=note)
        value = known[group.code]
        bars.append(Bar(label, words.score(value), ratio(value), _tone_of(words, value)))
    told = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Bars(
        words("update.groups"), words("update.groups_alternative", values=told), tuple(bars)
    )


def _tone_of(words: Words, value: float) -> Tone:
    for one in words.snapshot.framework.statuses.values():
        if one.at_least is not None and value >= one.at_least:
            return STATUS_TONES.get(one.code, Tone.PLAIN)
    return Tone.PLAIN


def _findings(words: Words, agency: str, quarter: Quarter) -> Section:
    score = _score(words, agency, quarter)
    accepted = score is not None and score.state == "accepted"
    rows = in_order_of_weight(words, findings_of(words, agency, quarter.key))
    explained = [row for row in rows if present(row.explanation)]
    unanswered = [row for row in rows if not present(row.explanation) and not row.waived]
    if accepted:
        unanswered = [row for row in unanswered if row.severity == "warning"]
    found = findings_table(words, unanswered)
    blocks: list[Block] = []
    if found:
        asked = "findings.open" if accepted else "findings.returned"
        blocks += [Paragraph(words(asked)), found]
    if explained:
        blocks.append(_explanations(words, explained))
    return section("findings", words("findings.title"), blocks, words("findings.nothing"))


def _explanations(words: Words, rows: list[Any]) -> Table:
    return table(
        words("findings.explained"),
        (
            column(words("findings.rule"), 0),
            column(words("findings.on"), 2),
            column(words("findings.explanation"), 5),
        ),
        ((code(row.rule), plain(row.indicator), own_words(row.explanation)) for row in rows),
    )


def _entries(words: Words, agency: str, quarter: Quarter) -> Section:
    rows = words.snapshot.of("entries", agency=agency, quarter=quarter.key)
    return section("entries", words("entries.title"), _said(words, rows), words("entries.nothing"))


def _said(words: Words, rows: Any) -> Iterator[Block]:
    for kind in OWN_ENTRIES:
        entries = list(rows[rows["kind"] == kind].itertuples(index=False))
        if entries:
            yield Subheading(words(f"entries.{kind}"))
            yield Quotes(tuple(Quote(said(row.text), words.theme(row.theme)) for row in entries))


def _actions(words: Words, agency: str, quarter: Quarter) -> Section:
    rows = words.snapshot.of("actions", agency=agency, quarter=quarter.key)
    columns = (
        column(words("actions.number"), 0),
        column(words("actions.department"), 2.2),
        column(words("actions.text"), 4),
        column(words("actions.urgency"), 0),
    )
    blocks = []
    if len(rows):
        blocks = [
            table(
                "",
                columns,
                (
                    (
                        code(row.number),
                        plain(words.department(row.department)),
                        own_words(row.text),
                        urgency(words, row.urgency),
                    )
                    for row in rows.itertuples(index=False)
                ),
            )
        ]
    return section("actions", words("update.actions"), blocks, words("update.no_actions"))
