"""Learning document: progress against the framework, and who could learn from whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cpsa.calendar import AnyPeriod
from cpsa.documents import period_sums, share_text, trend_charts, unconfirmed_section
from cpsa.documents.action_statuses import list_action_statuses
from cpsa.documents.blocks import (
    UNCONFIRMED,
    code_cell,
    column,
    figure_cell,
    limit_ratio,
    make_limited_note,
    section,
    table,
    text_cell,
)
from cpsa.documents.content_model import (
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
from cpsa.documents.document_text import DocumentText
from cpsa.documents.learning import learning_figures
from cpsa.documents.learning.twin_clusters import TwinClusters, suggest_twins
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.programme_sections import make_status_chart, reporting_trend
from cpsa.figures import NO_FIGURE
from cpsa.framework.model import TOTAL, Indicator
from cpsa.provenance import share_format
from cpsa.provenance.origin import AmountKind, AmountOrigin, ReportingOrigin, RowsOrigin
from cpsa.scoring.reporting_rates import compute_share
from cpsa.scoring.rollups import Sum

CHART_END = 1.5
"""Of the target: where a chart ends, so that a bar beyond the target is seen to pass it."""
CHARTED_GROUPS = ("outcome", "output", "facilitation", "bds")


def build_overview(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> Section:
    """The half at a glance: reporting, statuses, voices."""
    last = period.last_quarter
    scores = words.snapshot.select_rows("scores", quarter=last.key)
    reporting = words.snapshot.select_rows_in_quarters("reporting", period.quarters)
    entries = words.snapshot.select_rows_in_quarters("entries", period.quarters)
    within = {quarter.key for quarter in period.quarters}
    actions = [
        action_status
        for action_status in list_action_statuses(words.snapshot, last)
        if action_status.counts and action_status.action.quarter in within
    ]
    expected, accepted = int(reporting["expected"].sum()), int(reporting["accepted"].sum())
    tiles = Tiles(
        (
            Tile(
                words("learning.agencies"),
                words.number(len(scores)),
                origin=RowsOrigin("scores", tuple(scores.index)),
            ),
            Tile(
                words("reporting.accepted_rate"),
                words.percent(compute_share(accepted, expected)),
                words("reporting.of", part=accepted, whole=expected),
                origin=ReportingOrigin(
                    "accepted", "", period.first_quarter.key, period.last_quarter.key, rate=True
                ),
            ),
            Tile(
                words("learning.entries"),
                words.number(len(entries)),
                origin=RowsOrigin("entries", tuple(entries.index)),
            ),
            Tile(
                words("learning.actions"),
                words.number(len(actions)),
                origin=RowsOrigin(
                    "actions", tuple(action_status.action.number for action_status in actions)
                ),
            ),
        )
    )
    chart = make_status_chart(words, scores, words("learning.statuses", quarter=words.months(last)))
    blocks: tuple[Block | None, ...] = (
        tiles,
        chart,
        make_limited_note(words, scores),
        *learning_figures.build_movers(words, period, parameters),
        reporting_trend(words, last),
        trend_charts.build_spending_trend(words, last),
        *unconfirmed_section.build_spending_table(words, period),
    )
    shown_blocks = blocks if len(scores) else ()
    return section(
        "overview", words("learning.overview"), shown_blocks, words("learning.no_overview")
    )


def build_progress(words: DocumentText, period: AnyPeriod) -> Section:
    """The state's roll-up by indicator: actuals and targets summed, then divided."""
    within = period_sums.sum_of_state(words.snapshot, period.last_quarter, period.first_quarter)
    to_date = period_sums.sum_of_state(words.snapshot, period.last_quarter)
    blocks: list[Block] = [Paragraph(words("progress.explained"))]
    for form in words.snapshot.framework.scored_forms:
        bodies = [
            Rows(rows, words.group(group.code))
            for group in words.snapshot.framework.form_groups(form)
            if (rows := _make_progress_rows(words, group.code, period, within, to_date))
        ]
        if bodies:
            caption = words("progress.caption", form=words.form(form))
            blocks += _make_group_charts(words, form, period, within)
            blocks.append(table(caption, _make_columns(words), bodies=bodies, dense=True))
            if without := _confirmed_table(words, form, period):
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


def _make_columns(words: DocumentText) -> tuple[Any, ...]:
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


def _make_progress_rows(
    words: DocumentText,
    group: str,
    period: AnyPeriod,
    within: period_sums.Sums,
    to_date: period_sums.Sums,
) -> tuple[Any, ...]:
    rows = []
    for indicator in words.snapshot.framework.group_indicators(group):
        half = within.get((indicator.code, TOTAL), period_sums.NO_SUM)
        so_far = to_date.get((indicator.code, TOTAL), period_sums.NO_SUM)
        if half.actual is None and so_far.actual is None:
            continue
        all_time = AmountOrigin(AmountKind.ACTUAL, indicator.code, until=period.last_quarter.key)
        period_origin = replace(all_time, since=period.first_quarter.key)
        label = text_cell(words.indicator(indicator.code))
        rows.append(
            (
                code_cell(indicator.code),
                label,
                *_compare_sums(words, indicator, half, period_origin, so_far, all_time),
            )
        )
    return tuple(rows)


def _compare_sums(
    words: DocumentText,
    indicator: Indicator,
    half: period_sums.Sum,
    period_origin: AmountOrigin,
    so_far: period_sums.Sum,
    all_time: AmountOrigin,
) -> Iterator[Cell]:
    """A period's sum and its share of target, and both to date; with marks for what is unconfirmed."""
    in_sum = UNCONFIRMED if half.unconfirmed else ""
    in_share = UNCONFIRMED if share_text.is_unconfirmed(indicator, half) else ""
    compared = None if half.target is None else half.actual_with_target or 0
    yield figure_cell(
        words.quantity(half.actual, indicator.unit), mark=in_sum, origin=period_origin
    )
    yield figure_cell(
        words.quantity(compared, indicator.unit),
        mark=UNCONFIRMED if half.unconfirmed_with_target else "",
        origin=period_origin.with_kind(AmountKind.WITH_TARGET),
    )
    yield figure_cell(
        words.quantity(half.target, indicator.unit),
        origin=period_origin.with_kind(AmountKind.TARGET),
    )
    yield figure_cell(
        share_format.format_share(words, indicator, half, lines=True),
        mark=in_share,
        origin=period_origin.with_kind(AmountKind.SHARE),
    )
    if not period_origin.confirmed:
        without = (
            share_format.format_without_target(words, half) if indicator.targeted else NO_FIGURE
        )
        yield figure_cell(without, origin=period_origin.with_kind(AmountKind.WITHOUT_TARGET))
    yield figure_cell(
        words.quantity(so_far.actual, indicator.unit),
        mark=UNCONFIRMED if so_far.unconfirmed else "",
        origin=all_time,
    )
    yield figure_cell(
        share_format.format_share(words, indicator, so_far, lines=True),
        mark=UNCONFIRMED if share_text.is_unconfirmed(indicator, so_far) else "",
        origin=all_time.with_kind(AmountKind.SHARE),
    )


def _confirmed_table(words: DocumentText, form: str, period: AnyPeriod) -> Table | None:
    """The sums that contain a figure to be confirmed, without it."""
    first, last = period.first_quarter, period.last_quarter
    within = period_sums.sum_of_state(words.snapshot, last, first)
    to_date = period_sums.sum_of_state(words.snapshot, last)
    confirmed = period_sums.sum_confirmed_of_state(words.snapshot, last, first)
    confirmed_to_date = period_sums.sum_confirmed_of_state(words.snapshot, last)
    rows = []
    for indicator in words.snapshot.framework.form_indicators(form):
        place = indicator.code, TOTAL
        figures = within.get(place, period_sums.NO_SUM), to_date.get(place, period_sums.NO_SUM)
        if not any(
            figure.unconfirmed or share_text.is_unconfirmed(indicator, figure) for figure in figures
        ):
            continue
        all_time = AmountOrigin(AmountKind.ACTUAL, indicator.code, until=last.key, confirmed=True)
        period_origin = replace(all_time, since=first.key)
        half = confirmed.get(place, period_sums.NO_SUM)
        so_far = confirmed_to_date.get(place, period_sums.NO_SUM)
        label = text_cell(words.indicator(indicator.code))
        rows.append(
            (
                code_cell(indicator.code),
                label,
                *_compare_sums(words, indicator, half, period_origin, so_far, all_time),
            )
        )
    if not rows:
        return None
    columns = [*_make_columns(words)]
    del columns[6]
    caption = words("unconfirmed.without", mark=UNCONFIRMED, form=words.form(form))
    return table(caption, columns, rows, dense=True)


def _make_group_charts(
    words: DocumentText, form: str, period: AnyPeriod, within: period_sums.Sums
) -> list[Block]:
    charts: list[Block] = []
    first, last = period.first_quarter.key, period.last_quarter.key
    for group in words.snapshot.framework.form_groups(form):
        if group.code not in CHARTED_GROUPS:
            continue
        bars = tuple(
            Bar(
                words.indicator(indicator.code),
                share_format.format_share(words, indicator, figure)
                + (UNCONFIRMED if share_text.is_unconfirmed(indicator, figure) else ""),
                _scale_achievement(indicator, figure),
                origin=AmountOrigin(AmountKind.SHARE, indicator.code, since=first, until=last),
            )
            for indicator in words.snapshot.framework.group_indicators(group.code)
            if share_text.has_share(
                indicator, figure := within.get((indicator.code, TOTAL), period_sums.NO_SUM)
            )
        )
        if bars:
            description = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
            caption = words("progress.chart", group=words.group(group.code))
            charts.append(
                Bars(
                    caption,
                    words("progress.chart_alternative", values=description),
                    bars,
                    target=limit_ratio(1 / CHART_END),
                )
            )
    return charts


def _scale_achievement(indicator: Indicator, figure: Sum) -> float | None:
    """How long a bar is that reaches the target at its mark, up to the end of the chart."""
    achievement = share_text.compute_achievement(indicator, figure)
    return None if achievement is None else limit_ratio(achievement / CHART_END)


def build_twin_suggestions(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> Section:
    """Clusters of one sector with complementary strengths."""
    found = suggest_twins(words.snapshot, period.last_quarter, parameters.twinning_gap)
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
                (_twin_row(words, twin) for twin in found),
            ),
        )
    return section("twinning", words("twinning.title"), blocks, words("twinning.nothing"))


def _twin_row(words: DocumentText, twin: TwinClusters) -> tuple[Any, ...]:
    def describe_scores(groups: tuple[tuple[str, float, float], ...]) -> str:
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
        text_cell(words.sector(twin.sector)),
        text_cell(_describe_twin(words, twin.first)),
        text_cell(_describe_twin(words, twin.second)),
        text_cell(describe_scores(twin.gives)),
        text_cell(describe_scores(twin.takes)),
    )


def _describe_twin(words: DocumentText, agency: str) -> str:
    """The cluster's name, with enterprises and jobs where its register has both."""
    cluster = words.snapshot.find_cluster(agency)
    if cluster is None or cluster.units is None or cluster.jobs is None:
        return words.agency(agency)
    size = {"units": words.number(cluster.units), "jobs": words.number(cluster.jobs)}
    return words("twinning.size", name=words.agency(agency), **size)
