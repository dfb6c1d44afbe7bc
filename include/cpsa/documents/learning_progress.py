"""Learning document: progress against the framework, and who could learn from whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cpsa.calendar import AnyPeriod
from cpsa.documents import learning_figures, shares, sums, trends, unconfirmed
from cpsa.documents.model import (
    Bar,
    Bars,
    Block,
    Cell,
    Paragraph,
    Rows,
    Section,
    Table,
    Tile,
    Tiles,
)
from cpsa.documents.origin import Amount, Listed, Reporting, What
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import (
    UNCONFIRMED,
    code,
    column,
    limited_statuses,
    number,
    plain,
    ratio,
    section,
    share,
    status_tone,
    table,
)
from cpsa.documents.programme_parts import reporting_trend
from cpsa.documents.standing import standings
from cpsa.documents.twinning import Twin, suggestions
from cpsa.documents.words import NONE, Words
from cpsa.framework import TOTAL, Indicator

CHARTED_GROUPS = ("outcome", "output", "facilitation", "bds")


def overview(words: Words, period: AnyPeriod, parameters: Parameters) -> Section:
    """The half at a glance: reporting, statuses, voices."""
    last = period.last_quarter
    scores = words.snapshot.of("scores", quarter=last.key)
    reporting = words.snapshot.during("reporting", period.quarters)
    entries = words.snapshot.during("entries", period.quarters)
    within = {quarter.key for quarter in period.quarters}
    actions = [
        one
        for one in standings(words.snapshot, last)
        if one.counts and one.action.quarter in within
    ]
    expected, accepted = int(reporting["expected"].sum()), int(reporting["accepted"].sum())
    counts = scores["status"].value_counts()
    tiles = Tiles(
        (
            Tile(
                words("learning.agencies"),
                words.number(len(scores)),
                origin=Listed("scores", tuple(scores.index)),
            ),
            Tile(
                words("reporting.accepted_rate"),
                words.percent(share(accepted, expected)),
                words("reporting.of", part=accepted, whole=expected),
                origin=Reporting(
                    "accepted", "", period.first_quarter.key, period.last_quarter.key, rate=True
                ),
            ),
            Tile(
                words("learning.entries"),
                words.number(len(entries)),
                origin=Listed("entries", tuple(entries.index)),
            ),
            Tile(
                words("learning.actions"),
                words.number(len(actions)),
                origin=Listed("actions", tuple(one.action.number for one in actions)),
            ),
        )
    )
    bars = tuple(
        Bar(
            words.status(status),
            words.counted("n.agencies", int(counts.get(status, 0))),
            ratio(share(int(counts.get(status, 0)), len(scores))),
            status_tone(words, status),
            origin=Listed("scores", tuple(scores.index[scores["status"] == status])),
        )
        for status in words.snapshot.framework.statuses
    )
    values = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    chart = Bars(
        words("learning.statuses", quarter=words.months(last)),
        words("state.statuses_alternative", values=values),
        bars,
    )
    blocks: tuple[Block | None, ...] = (
        tiles,
        chart,
        limited_statuses(words, scores),
        *learning_figures.movers(words, period, parameters),
        reporting_trend(words, last),
        trends.budget_against_activity(words, last),
        *unconfirmed.spending_table(words, period),
    )
    told = blocks if len(scores) else ()
    return section("overview", words("learning.overview"), told, words("learning.no_overview"))


def progress(words: Words, period: AnyPeriod) -> Section:
    """The state's roll-up by indicator: actuals and targets summed, then divided."""
    within = sums.of_state(words.snapshot, period.last_quarter, period.first_quarter)
    to_date = sums.of_state(words.snapshot, period.last_quarter)
    blocks: list[Block] = [Paragraph(words("progress.explained"))]
    for form in words.snapshot.framework.forms:
        bodies = [
            Rows(rows, words.group(group.code))
            for group in words.snapshot.framework.form_groups(form)
            if (rows := _rows(words, group.code, period, within, to_date))
        ]
        if bodies:
            caption = words("progress.caption", form=words.form(form))
            blocks += _charts(words, form, period, within)
            blocks.append(table(caption, _columns(words), bodies=bodies, dense=True))
            if without := _without_unconfirmed(words, form, period):
                blocks += [
                    Paragraph(words("unconfirmed.marked", mark=UNCONFIRMED), note=True),
                    without,
                ]
    if len(blocks) == 1:
        blocks = []
    return section(
        "progress",
        words("progress.title"),
        blocks,
        words("progress.nothing"),
    )


def _columns(words: Words) -> tuple:
    return (
        column(words("code"), 0.7),
        column(words("indicator"), 2.9),
        column(words("share.in_all_head"), 1.75, figure=True),
        column(words("share.with_target"), 1.75, figure=True),
        column(words("progress.target"), 1.75, figure=True),
        column(words("progress.share"), 1.4, figure=True),
        column(words("share.without_target"), 1.1, figure=True),
        column(words("share.to_date"), 1.75, figure=True),
        column(words("progress.share_to_date"), 1.4, figure=True),
    )


def _rows(
    words: Words,
    group: str,
    period: AnyPeriod,
    within: sums.Sums,
    to_date: sums.Sums,
) -> tuple:
    rows = []
    for one in words.snapshot.framework.group_indicators(group):
        half = within.get((one.code, TOTAL), sums.NONE)
        so_far = to_date.get((one.code, TOTAL), sums.NONE)
        if half.actual is None and so_far.actual is None:
            continue
        all_time = Amount(What.ACTUAL, one.code, until=period.last_quarter.key)
        of = replace(all_time, since=period.first_quarter.key)
        label = plain(words.indicator(one.code))
        rows.append((code(one.code), label, *_compared(words, one, half, of, so_far, all_time)))
    return tuple(rows)


def _compared(
    words: Words,
    indicator: Indicator,
    half: sums.Sum,
    of: Amount,
    so_far: sums.Sum,
    all_time: Amount,
) -> Iterator[Cell]:
    """A period's sum and its share of target, and both to date; with marks for what is unconfirmed."""
    in_sum = UNCONFIRMED if half.unconfirmed else ""
    in_share = UNCONFIRMED if shares.is_unconfirmed(indicator, half) else ""
    compared = None if half.target is None else half.actual_with_target or 0
    yield number(words.quantity(half.actual, indicator.unit), mark=in_sum, origin=of)
    yield number(
        words.quantity(compared, indicator.unit),
        mark=UNCONFIRMED if half.unconfirmed_with_target else "",
        origin=of.as_(What.WITH_TARGET),
    )
    yield number(words.quantity(half.target, indicator.unit), origin=of.as_(What.TARGET))
    yield number(
        shares.share(words, indicator, half, lines=True), mark=in_share, origin=of.as_(What.SHARE)
    )
    if not of.confirmed:
        without = shares.without_target(words, half) if indicator.targeted else NONE
        yield number(without, origin=of.as_(What.WITHOUT_TARGET))
    yield number(
        words.quantity(so_far.actual, indicator.unit),
        mark=UNCONFIRMED if so_far.unconfirmed else "",
        origin=all_time,
    )
    yield number(
        shares.share(words, indicator, so_far, lines=True),
        mark=UNCONFIRMED if shares.is_unconfirmed(indicator, so_far) else "",
        origin=all_time.as_(What.SHARE),
    )


def _without_unconfirmed(words: Words, form: str, period: AnyPeriod) -> Table | None:
    """The sums that contain a figure to be confirmed, without it."""
    first, last = period.first_quarter, period.last_quarter
    within = sums.of_state(words.snapshot, last, first)
    to_date = sums.of_state(words.snapshot, last)
    confirmed = sums.confirmed_of_state(words.snapshot, last, first)
    confirmed_to_date = sums.confirmed_of_state(words.snapshot, last)
    rows = []
    for one in words.snapshot.framework.form_indicators(form):
        place = one.code, TOTAL
        figures = within.get(place, sums.NONE), to_date.get(place, sums.NONE)
        if not any(each.unconfirmed or shares.is_unconfirmed(one, each) for each in figures):
            continue
        all_time = Amount(What.ACTUAL, one.code, until=last.key, confirmed=True)
        of = replace(all_time, since=first.key)
        half = confirmed.get(place, sums.NONE)
        so_far = confirmed_to_date.get(place, sums.NONE)
        label = plain(words.indicator(one.code))
        rows.append((code(one.code), label, *_compared(words, one, half, of, so_far, all_time)))
    if not rows:
        return None
    columns = [*_columns(words)]
    del columns[6]
    caption = words("unconfirmed.without", mark=UNCONFIRMED, form=words.form(form))
    return table(caption, columns, rows, dense=True)


def _charts(words: Words, form: str, period: AnyPeriod, within: sums.Sums) -> list[Block]:
    charts: list[Block] = []
    first, last = period.first_quarter.key, period.last_quarter.key
    for group in words.snapshot.framework.form_groups(form):
        if group.code not in CHARTED_GROUPS:
            continue
        bars = tuple(
            Bar(
                words.indicator(one.code),
                shares.share(words, one, figure)
                + (UNCONFIRMED if shares.is_unconfirmed(one, figure) else ""),
                ratio(figure.share if one.rate_of is None else figure.rate),
                origin=Amount(What.SHARE, one.code, since=first, until=last),
            )
            for one in words.snapshot.framework.group_indicators(group.code)
            if shares.has_share(one, figure := within.get((one.code, TOTAL), sums.NONE))
        )
        if bars:
            told = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
            caption = words("progress.chart", group=words.group(group.code))
            charts.append(Bars(caption, words("progress.chart_alternative", values=told), bars))
    return charts


def twinning(words: Words, period: AnyPeriod, parameters: Parameters) -> Section:
    """Clusters of one sector with complementary strengths."""
    found = suggestions(words.snapshot, period.last_quarter, parameters.twinning_gap)
    blocks: tuple[Block, ...] = ()
    if found:
        blocks = (
            Paragraph(words("twinning.rule", gap=f"{parameters.twinning_gap:.2f}"), note=True),
            table(
                "",
                (
                    column(words("cover.sector"), 1.6),
                    column(words("twinning.first"), 2.4),
                    column(words("twinning.second"), 2.4),
                    column(words("twinning.gives"), 2.6),
                    column(words("twinning.takes"), 2.6),
                ),
                (_twin(words, twin) for twin in found),
            ),
        )
    return section("twinning", words("twinning.title"), blocks, words("twinning.nothing"))


def _twin(words: Words, twin: Twin) -> tuple:
    def told(groups: tuple[tuple[str, float, float], ...]) -> str:
        return "; ".join(
            words(
                "twinning.scores",
                group=words.group(group),
                first=words.score(first),
                second=words.score(second),
            )
            for group, first, second in groups
        )

    return (
        plain(words.sector(twin.sector)),
        plain(words.agency(twin.first)),
        plain(words.agency(twin.second)),
        plain(told(twin.gives)),
        plain(told(twin.takes)),
    )
