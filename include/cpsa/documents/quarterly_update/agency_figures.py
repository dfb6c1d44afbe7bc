"""Every figure of one agency: the quarter, to date against target and baseline, and of whom.

Those few that its first page shows are in ``main_figures``.
"""

from __future__ import annotations

from dataclasses import replace

from cpsa.calendar import Quarter
from cpsa.documents import period_sums, share_text, unconfirmed_section
from cpsa.documents.blocks import (
    UNCONFIRMED,
    code_cell,
    column,
    drop_empty_columns,
    figure_cell,
    limit_ratio,
    section,
    table,
    text_cell,
)
from cpsa.documents.content_model import Block, Paragraph, Rows, Section
from cpsa.documents.document_text import DocumentText
from cpsa.documents.quarterly_update.main_figures import FIRST_TARGET_COLUMN, map_baselines
from cpsa.framework.model import TOTAL
from cpsa.provenance.origin import AmountKind, AmountOrigin


def build_figures(words: DocumentText, agency: str, quarter: Quarter, *, new_page: bool) -> Section:
    """Every figure under its group."""
    form = words.snapshot.agencies[agency]["form"]
    now = _sum_agency(words, agency, quarter, quarter)
    to_date = _sum_agency(words, agency, quarter)
    baseline = map_baselines(words, agency)
    bodies = []
    for group in words.snapshot.framework.form_groups(form):
        rows = []
        for indicator in words.snapshot.framework.group_indicators(group.code):
            so_far = to_date.get((indicator.code, TOTAL), period_sums.NO_SUM)
            current = now.get((indicator.code, TOTAL), period_sums.NO_SUM)
            if so_far.actual is None and so_far.target is None:
                continue
            figure_origin = AmountOrigin(
                AmountKind.ACTUAL, indicator.code, agency=agency, until=quarter.key
            )
            rows.append(
                (
                    code_cell(indicator.code),
                    text_cell(words.indicator(indicator.code)),
                    figure_cell(
                        words.quantity(current.actual, indicator.unit),
                        mark=UNCONFIRMED if current.unconfirmed else "",
                        origin=replace(figure_origin, since=quarter.key),
                    ),
                    figure_cell(
                        words.quantity(so_far.actual, indicator.unit),
                        mark=UNCONFIRMED if so_far.unconfirmed else "",
                        origin=figure_origin,
                    ),
                    *share_text.make_share_cells(
                        words, indicator, so_far, figure_origin, of_many=False
                    ),
                    figure_cell(
                        words.quantity(baseline.get(indicator.code), indicator.unit),
                        origin=figure_origin.with_kind(AmountKind.BASELINE),
                    ),
                )
            )
        if rows:
            bodies.append(Rows(tuple(rows), words.group(group.code)))
    columns = (
        column(words("code"), 0.8),
        column(words("indicator"), 4.2),
        column(words("figures.quarter"), 1.7, figure=True),
        column(words("figures.to_date"), 1.8, figure=True),
        *share_text.make_share_columns(words, of_many=False),
        column(words("figures.baseline"), 1.7, figure=True),
    )
    blocks: list[Block] = []
    if bodies:
        blocks = [
            Paragraph(words("figures.explained"), note=True),
            drop_empty_columns(table("", columns, bodies=bodies, dense=True), FIRST_TARGET_COLUMN),
            *unconfirmed_section.build_agency_blocks(words, agency, quarter.key),
        ]
    nothing = words("figures.nothing")
    return section(
        "figures", words("figures.title"), blocks, nothing, new_page=new_page and bool(blocks)
    )


def _sum_agency(
    words: DocumentText, agency: str, last: Quarter, first: Quarter | None = None
) -> period_sums.Sums:
    return period_sums.sum_by_agency(words.snapshot, last, first).get(agency, {})


def build_dimensions(words: DocumentText, agency: str, quarter: Quarter) -> Section:
    form = words.snapshot.agencies[agency]["form"]
    now = _sum_agency(words, agency, quarter, quarter)
    to_date = _sum_agency(words, agency, quarter)
    bodies = []
    for dimension in words.snapshot.framework.dimension_labels:
        rows = []
        for indicator in words.snapshot.framework.form_indicators(form):
            part = to_date.get((indicator.code, dimension), period_sums.NO_SUM).actual
            whole = to_date.get((indicator.code, TOTAL), period_sums.NO_SUM).actual
            if dimension not in indicator.dimensions or part is None or not whole:
                continue
            current = now.get((indicator.code, dimension), period_sums.NO_SUM).actual
            figure_origin = AmountOrigin(
                AmountKind.ACTUAL, indicator.code, dimension, agency, until=quarter.key
            )
            whole_origin = replace(figure_origin, dimension=TOTAL)
            rows.append(
                (
                    code_cell(indicator.code),
                    text_cell(words.indicator(indicator.code)),
                    figure_cell(
                        words.quantity(current, indicator.unit),
                        origin=replace(figure_origin, since=quarter.key),
                    ),
                    figure_cell(words.quantity(part, indicator.unit), origin=figure_origin),
                    figure_cell(words.quantity(whole, indicator.unit), origin=whole_origin),
                    figure_cell(
                        words.percent(part / whole),
                        limit_ratio(part / whole),
                        origin=figure_origin.with_kind(AmountKind.PART),
                    ),
                )
            )
        if rows:
            bodies.append(Rows(tuple(rows), words.dimension(dimension)))
    columns = (
        column(words("code"), 0.8),
        column(words("indicator"), 4.5),
        column(words("dimensions.quarter"), 1.5, figure=True),
        column(words("dimensions.to_date"), 1.5, figure=True),
        column(words("dimensions.total"), 1.5, figure=True),
        column(words("dimensions.share"), 2.4, figure=True),
    )
    blocks = [table("", columns, bodies=bodies, dense=True)] if bodies else []
    return section("dimensions", words("dimensions.title"), blocks, words("dimensions.nothing"))
