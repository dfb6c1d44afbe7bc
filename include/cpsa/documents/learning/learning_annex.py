"""Learning document, annexes: every score and every figure of the period, by agency."""

from __future__ import annotations

from dataclasses import replace

from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents import period_sums
from cpsa.documents.blocks import (
    code_cell,
    column,
    figure_cell,
    make_limited_note,
    section,
    state_cell,
    status_cell,
    table,
    text_cell,
)
from cpsa.documents.content_model import Block, Cell, Paragraph, Rows, Section
from cpsa.documents.document_text import DocumentText
from cpsa.framework.model import TOTAL
from cpsa.provenance.origin import AmountKind, AmountOrigin, ScoreKind, ScoreOrigin


def build_score_annex(words: DocumentText, period: AnyPeriod) -> Section:
    """State, composite and group scores of every agency in the period's last quarter."""
    quarter = period.last_quarter
    by_group = {
        (row.agency, row.group): row.score
        for row in words.snapshot.select_rows("group_scores", quarter=quarter.key).itertuples(
            index=False
        )
    }
    blocks: list[Block] = []
    for form in words.snapshot.framework.scored_forms:
        groups = [
            group
            for group in words.snapshot.framework.form_groups(form)
            if any(key[1] == group.code for key in by_group)
        ]
        rows = [
            row
            for row in words.snapshot.select_rows("scores", quarter=quarter.key).itertuples(
                index=False
            )
            if words.snapshot.agencies[row.agency]["form"] == form
        ]
        if not rows:
            continue
        columns = (
            column(words("code"), 1.1),
            column(words("update.state"), 0),
            column(words("composite"), 1, figure=True),
            column(words("status"), 0),
            column(words("coverage_column"), 1, figure=True),
            *(column(words.group(group.code), 1.1, figure=True) for group in groups),
        )
        blocks.append(
            table(
                words.form(form),
                columns,
                (
                    (
                        code_cell(row.agency),
                        state_cell(words, row.state),
                        figure_cell(
                            words.score(row.composite),
                            origin=ScoreOrigin(ScoreKind.COMPOSITE, row.agency, quarter.key),
                        ),
                        status_cell(words, row),
                        figure_cell(
                            words.percent(row.coverage),
                            origin=ScoreOrigin(ScoreKind.COVERAGE, row.agency, quarter.key),
                        ),
                        *(
                            figure_cell(
                                words.score(by_group.get((row.agency, group.code))),
                                origin=ScoreOrigin(
                                    ScoreKind.GROUP, row.agency, quarter.key, group.code
                                ),
                            )
                            for group in groups
                        ),
                    )
                    for row in rows
                ),
                dense=True,
            )
        )
    limited = make_limited_note(words, words.snapshot.select_rows("scores", quarter=quarter.key))
    return section(
        "annex-scores",
        words("annex.scores", quarter=words.months(quarter)),
        [*blocks, limited] if limited else blocks,
        words("annex.no_scores"),
        new_page=True,
        wide=bool(blocks),
    )


def build_figure_annex(words: DocumentText, period: AnyPeriod) -> Section:
    """Every accepted figure of the period, agency by agency, with its targets."""
    quarters = period.quarters
    by_quarter = [
        period_sums.sum_by_agency(words.snapshot, accepted_quarter, accepted_quarter)
        for accepted_quarter in quarters
    ]
    whole = period_sums.sum_by_agency(words.snapshot, period.last_quarter, period.first_quarter)
    blocks: list[Block] = []
    for form in words.snapshot.framework.scored_forms:
        bodies = []
        for agency, registered in words.snapshot.agencies.items():
            if registered["form"] != form or not whole.get(agency):
                continue
            columns = [quarter_sums.get(agency, {}) for quarter_sums in by_quarter]
            agency_origin = AmountOrigin(
                AmountKind.ACTUAL,
                "",
                agency=agency,
                since=period.first_quarter.key,
                until=period.last_quarter.key,
            )
            if rows := _make_figure_rows(
                words, form, agency_origin, dict(zip(quarters, columns, strict=True)), whole[agency]
            ):
                bodies.append(Rows(rows, words.agency_with_code(agency)))
        if bodies:
            heads = (
                column(words("code"), 0.7),
                column(words("indicator"), 4.2),
                *(column(words.months(quarter), 1.5, figure=True) for quarter in quarters),
                column(words("annex.period"), 1.6, figure=True),
                column(words("annex.target"), 1.6, figure=True),
            )
            blocks.append(table(words.form(form), heads, bodies=bodies, dense=True))
    if blocks:
        blocks.insert(0, Paragraph(words("annex.explained"), note=True))
    return section(
        "annex-figures",
        words("annex.figures", period=words.period(period)),
        blocks,
        words("annex.no_figures"),
        new_page=True,
    )


def _make_figure_rows(
    words: DocumentText,
    form: str,
    agency_origin: AmountOrigin,
    by_quarter: dict[Quarter, period_sums.Sums],
    whole: period_sums.Sums,
) -> tuple[tuple[Cell, ...], ...]:
    rows = []
    for indicator in words.snapshot.framework.form_indicators(form):
        for dimension in (TOTAL, *indicator.dimensions):
            place = (indicator.code, dimension)
            period_sum = whole.get(place, period_sums.NO_SUM)
            if period_sum.actual is None:
                continue
            figure_origin = replace(agency_origin, indicator=indicator.code, dimension=dimension)
            label = words.indicator(indicator.code)
            if dimension != TOTAL:
                label = words("annex.of_which", dimension=words.dimension(dimension))
            rows.append(
                (
                    code_cell(indicator.code if dimension == TOTAL else ""),
                    text_cell(label),
                    *(
                        figure_cell(
                            words.in_full(
                                figures.get(place, period_sums.NO_SUM).actual, indicator.unit
                            ),
                            origin=replace(figure_origin, since=quarter.key, until=quarter.key),
                        )
                        for quarter, figures in by_quarter.items()
                    ),
                    figure_cell(
                        words.in_full(period_sum.actual, indicator.unit), origin=figure_origin
                    ),
                    figure_cell(
                        words.in_full(period_sum.target, indicator.unit)
                        if dimension == TOTAL
                        else "",
                        origin=figure_origin.with_kind(AmountKind.TARGET),
                    ),
                )
            )
    return tuple(rows)
