"""Learning document: progress against the framework, and who could learn from whom."""

from __future__ import annotations

from dataclasses import replace

from cpsa.calendar import AnyPeriod
from cpsa.documents import learning_figures, sums, trends
from cpsa.documents.model import Bar, Bars, Block, Paragraph, Rows, Section, Tile, Tiles
from cpsa.documents.origin import Amount, Listed, Reporting, What
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import (
    code,
    column,
    number,
    plain,
    ratio,
    section,
    share,
    status_tone,
    table,
)
from cpsa.documents.programme_parts import reporting_trend
from cpsa.documents.twinning import Twin, suggestions
from cpsa.documents.words import Words
from cpsa.framework import TOTAL

CHARTED_GROUPS = ("outcome", "output", "facilitation", "bds")


def overview(words: Words, period: AnyPeriod, parameters: Parameters) -> Section:
    """The half at a glance: reporting, statuses, voices."""
    last = period.last_quarter
    scores = words.snapshot.of("scores", quarter=last.key)
    reporting = words.snapshot.during("reporting", period.quarters)
    entries = words.snapshot.during("entries", period.quarters)
    actions = words.snapshot.during("actions", period.quarters)
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
                origin=Listed("actions", tuple(actions["number"])),
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
        learning_figures.movers(words, period, parameters),
        reporting_trend(words, last),
        trends.budget_against_activity(words, last),
    )
    told = blocks if len(scores) else ()
    return section("overview", words("learning.overview"), told, words("learning.no_overview"))


def progress(words: Words, period: AnyPeriod) -> Section:
    """The state's roll-up by indicator: actuals and targets summed, then divided."""
    within = sums.of_state(words.snapshot, period.last_quarter, period.first_quarter)
    to_date = sums.of_state(words.snapshot, period.last_quarter)
    behind = sums.reporting_agencies(words.snapshot, period.last_quarter, period.first_quarter)
    blocks: list[Block] = [Paragraph(words("progress.explained"))]
    for form in words.snapshot.framework.forms:
        bodies = [
            Rows(rows, words.group(group.code))
            for group in words.snapshot.framework.form_groups(form)
            if (rows := _rows(words, group.code, period, within, to_date, behind))
        ]
        if bodies:
            caption = words("progress.caption", form=words.form(form))
            blocks += _charts(words, form, period, within)
            blocks.append(table(caption, _columns(words), bodies=bodies, dense=True))
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
        column(words("indicator"), 4),
        column(words("progress.agencies"), 1, figure=True),
        column(words("progress.actual"), 1.6, figure=True),
        column(words("progress.target"), 1.6, figure=True),
        column(words("progress.share"), 1.2, figure=True),
        column(words("figures.to_date"), 1.7, figure=True),
        column(words("progress.share_to_date"), 1.2, figure=True),
    )


def _rows(
    words: Words,
    group: str,
    period: AnyPeriod,
    within: sums.Sums,
    to_date: sums.Sums,
    behind: dict[str, int],
) -> tuple:
    rows = []
    for one in words.snapshot.framework.group_indicators(group):
        half = within.get((one.code, TOTAL), sums.NONE)
        so_far = to_date.get((one.code, TOTAL), sums.NONE)
        if half.actual is None and so_far.actual is None:
            continue
        all_time = Amount(What.ACTUAL, one.code, until=period.last_quarter.key)
        of = replace(all_time, since=period.first_quarter.key)
        rows.append(
            (
                code(one.code),
                plain(words.indicator(one.code)),
                number(words.number(behind.get(one.code, 0)), origin=of.as_(What.REPORTERS)),
                number(words.quantity(half.actual, one.unit), origin=of),
                number(words.quantity(half.target, one.unit), origin=of.as_(What.TARGET)),
                number(words.percent(half.share), origin=of.as_(What.SHARE)),
                number(words.quantity(so_far.actual, one.unit), origin=all_time),
                number(words.percent(so_far.share), origin=all_time.as_(What.SHARE)),
            )
        )
    return tuple(rows)


def _charts(words: Words, form: str, period: AnyPeriod, within: sums.Sums) -> list[Block]:
    charts: list[Block] = []
    first, last = period.first_quarter.key, period.last_quarter.key
    for group in words.snapshot.framework.form_groups(form):
        if group.code not in CHARTED_GROUPS:
            continue
        bars = tuple(
            Bar(
                words.indicator(one.code),
                words.percent(figure.share),
                ratio(figure.share),
                origin=Amount(What.SHARE, one.code, since=first, until=last),
            )
            for one in words.snapshot.framework.group_indicators(group.code)
            if (figure := within.get((one.code, TOTAL), sums.NONE)).share is not None
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
