"""The programme's own page: the road map's roll-out plan and budget, against what was counted.

Source: the road map, Chapter 5 and Table 5. What this system does not count or is not told is said
to be so. The money is in ``rollout_money`` and beside it, the counting in ``rollout_counts``.
"""

from __future__ import annotations

from cpsa import figures
from cpsa.calendar import AnyPeriod
from cpsa.documents import rollout_counts, rollout_given, rollout_money, rollout_spending
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import (
    Cell,
    CellKind,
    Content,
    Paragraph,
    Rows,
    Section,
    Tile,
    Tiles,
    Tone,
)
from cpsa.documents.parts import column, document, number, plain, section, share, table
from cpsa.documents.rollout_counts import Count
from cpsa.documents.words import NONE, Words
from cpsa.reference import Outcome, Per, Stage


def content(key: DocumentKey, words: Words) -> Content:
    period = key.period
    return document(
        words,
        key,
        words("state.subject"),
        (
            _summary(words, period),
            _outcomes(words, period),
            rollout_money.budget(words, period),
            rollout_given.departments(words, period),
        ),
        own_page=False,
    )


def _counts(words: Words, period: AnyPeriod, stage: str = "") -> list[Count]:
    snapshot = words.snapshot
    return [
        count
        for outcome in snapshot.reference.rollout.values()
        if stage in ("", outcome.stage)
        for count in rollout_counts.counts(snapshot, outcome, period)
    ]


def _summary(words: Words, period: AnyPeriod) -> Section:
    held = _counts(words, period)
    known = [one for one in held if one.counted is not None]
    total = words.snapshot.reference.budget_total()
    used = rollout_spending.spent_in_all(words, period)
    tiles = Tiles(
        (
            Tile(
                words("rollout.counted_here"),
                words("rollout.of", part=len(known), whole=len(held)),
                words("rollout.targets"),
            ),
            Tile(
                words("rollout.reached"),
                words("rollout.of", part=sum(one.reached for one in known), whole=len(known)),
                words("rollout.of_counted"),
            ),
            Tile(
                words("rollout.budgeted"),
                words("rollout.crore", amount=figures.crore(total)),
                words("rollout.table_5"),
            ),
            Tile(
                words("rollout.spent"),
                words("rollout.not_reported")
                if used is None
                else words("rollout.crore", amount=figures.crore(used)),
                ""
                if used is None
                else words("rollout.of_budget", share=words.percent(share(used, total))),
            ),
        )
    )
    stages = table(
        words("rollout.stages"),
        (
            column(words("rollout.stage"), 2.4),
            column(words("rollout.term"), 4.2),
            column(words("status"), 0),
            column(words("rollout.outcomes_count"), 1.2, figure=True),
            column(words("rollout.targets"), 1.2, figure=True),
            column(words("rollout.counted_here"), 1.3, figure=True),
            column(words("rollout.reached"), 1.2, figure=True),
        ),
        (_stage(words, period, one) for one in words.snapshot.reference.stages.values()),
    )
    told = Paragraph(words("rollout.told"))
    over = all(_is_over(one, period) for one in words.snapshot.reference.stages.values())
    late = (Paragraph(words("rollout.all_over"), note=True),) if over else ()
    return Section("summary", words("rollout.summary"), (told, tiles, *late, stages))


def _is_over(stage: Stage, period: AnyPeriod) -> bool:
    return period.last_quarter >= stage.ends.last_quarter


def _stage(words: Words, period: AnyPeriod, stage: Stage) -> tuple[Cell, ...]:
    held = _counts(words, period, stage.code)
    known = [one for one in held if one.counted is not None]
    first, last = stage.begins.first_quarter.first_day, stage.ends.last_quarter.last_day
    return (
        plain(stage.name.in_(words.language)),
        plain(words("rollout.from_to", first=words.day(first), last=words.day(last))),
        _term(words, period, stage),
        number(words.number(len(words.snapshot.reference.outcomes_of(stage.code)))),
        number(words.number(len(held))),
        number(words.number(len(known))),
        number(words.number(sum(one.reached for one in known))),
    )


def _term(words: Words, period: AnyPeriod, stage: Stage) -> Cell:
    """Whether a stage's term, as the road map plans it, has begun or is over."""
    if period.last_quarter < stage.begins.first_quarter:
        return Cell(words("rollout.not_begun"), CellKind.STATUS, Tone.MUTED)
    if not _is_over(stage, period):
        return Cell(words("rollout.running"), CellKind.STATUS, Tone.GOOD)
    return Cell(words("rollout.over"), CellKind.STATUS, Tone.PLAIN)


def _outcomes(words: Words, period: AnyPeriod) -> Section:
    reference = words.snapshot.reference
    bodies = [
        Rows(
            tuple(
                row
                for outcome in reference.outcomes_of(stage.code)
                for row in _outcome(words, period, outcome)
            ),
            stage.name.in_(words.language),
        )
        for stage in reference.stages.values()
    ]
    measures = dict.fromkeys(
        one.target.counted_by for one in _counts(words, period) if one.target.counted_by
    )
    return section(
        "outcomes",
        words("rollout.outcomes"),
        (
            Paragraph(words("rollout.outcomes_told"), note=True),
            table(
                "",
                (
                    column(words("rollout.outcome"), 4.6),
                    column(words("rollout.target"), 3.4),
                    column(words("rollout.planned"), 1.2, figure=True),
                    column(words("rollout.counted"), 1, figure=True),
                    column(words("status"), 2.4),
                ),
                bodies=bodies,
            ),
            table(
                words("rollout.measures"),
                (column(words("rollout.target"), 3), column(words("rollout.counted_as"), 5)),
                (
                    (
                        plain("; ".join(_labels(words, measure))),
                        plain(words(f"rollout.measure.{measure}", period=words.period(period))),
                    )
                    for measure in measures
                ),
            ),
        ),
        words("rollout.outcomes_told"),
    )


def _labels(words: Words, measure: str) -> dict[str, None]:
    """The targets a measure counts, each once."""
    outcomes = words.snapshot.reference.rollout.values()
    targets = (target for outcome in outcomes for target in outcome.targets)
    return dict.fromkeys(
        target.label.in_(words.language) for target in targets if target.counted_by == measure
    )


def _outcome(words: Words, period: AnyPeriod, outcome: Outcome) -> tuple[tuple[Cell, ...], ...]:
    """A row for each count the road map names; one that says so where it names none."""
    bodies = words.snapshot.reference.body_name
    title = words(
        "rollout.who",
        outcome=outcome.title.in_(words.language),
        who="; ".join(bodies(one).in_(words.language) for one in outcome.responsible),
    )
    held = rollout_counts.counts(words.snapshot, outcome, period)
    if not held:
        nothing = (number(NONE), number(NONE), plain(words("rollout.no_count")))
        return ((plain(title), plain(NONE), *nothing),)
    return tuple(
        (plain(title if place == 0 else ""), *_count(words, one)) for place, one in enumerate(held)
    )


def _count(words: Words, one: Count) -> tuple[Cell, ...]:
    target = one.target
    label = target.label.in_(words.language)
    if target.per is not Per.STAGE:
        label = words(f"rollout.each.{target.per}", label=label)
    planned = words.number(one.planned)
    if target.at_least:
        planned = words("rollout.at_least", number=planned)
    if one.counted is None:
        counted, status = number(NONE), Cell(words("rollout.not_counted"), tone=Tone.MUTED)
    else:
        counted = number(words.number(one.counted), origin=one.origin)
        short = words.number(one.planned - one.counted)
        status = (
            Cell(words("rollout.reached"), CellKind.STATUS, Tone.GOOD)
            if one.reached
            else Cell(words("rollout.short", number=short), CellKind.STATUS, Tone.WATCH)
        )
    return plain(label), number(planned), counted, status
