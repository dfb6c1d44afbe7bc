"""The few figures on the first page of an update, of an agency or of the state.

Which they are is set in the framework (``main``). What must not go here: every figure (``agency_figures``), or what agencies wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cpsa.calendar import Quarter
from cpsa.documents import period_sums, share_text, unconfirmed_section
from cpsa.documents.blocks import (
    UNCONFIRMED,
    code_cell,
    column,
    drop_empty_columns,
    figure_cell,
    table,
    text_cell,
)
from cpsa.documents.content_model import Block, Cell, Table
from cpsa.documents.document_text import DocumentText
from cpsa.framework.model import TOTAL, Indicator
from cpsa.provenance.baselines import list_baselines
from cpsa.provenance.origin import AmountKind, AmountOrigin
from cpsa.scoring.reporting_rates import compute_share

FIRST_TARGET_COLUMN = 4
"""Behind code, name, quarter and to date come columns that an agency may have nothing for."""


def build_agency_main_figures(
    words: DocumentText, agency: str, quarter: Quarter
) -> tuple[Block, ...]:
    """Against target and baseline, with the shares of whom they are about."""
    snapshot = words.snapshot
    form = snapshot.agencies[agency]["form"]
    shown = _main_table(
        words,
        AmountOrigin(AmountKind.ACTUAL, "", agency=agency, until=quarter.key),
        snapshot.framework.form_indicators(form),
        period_sums.sum_by_agency(snapshot, quarter, quarter).get(agency, {}),
        period_sums.sum_by_agency(snapshot, quarter).get(agency, {}),
        map_baselines(words, agency),
    )
    if shown is None:
        return ()
    marked = any(cell.mark for body in shown.bodies for row in body.rows for cell in row)
    # On a page that is full a note has no room of its own.
    caption = words("update.main_marked", mark=UNCONFIRMED) if marked else shown.caption
    return (replace(shown, caption=caption),)


def build_state_main_figures(words: DocumentText, quarter: Quarter) -> tuple[Block, ...]:
    """Over all agencies, against target; baselines are kept by agency and are not added up."""
    shown = _main_table(
        words,
        AmountOrigin(AmountKind.ACTUAL, "", until=quarter.key),
        words.snapshot.framework.indicators,
        period_sums.sum_of_state(words.snapshot, quarter, quarter),
        period_sums.sum_of_state(words.snapshot, quarter),
        None,
    )
    return _add_note(words, shown, _describe_confirmed_sums(words, quarter))


def _describe_confirmed_sums(words: DocumentText, quarter: Quarter) -> str:
    """The sums to date that contain a figure to be confirmed, without it, in one line."""
    to_date = period_sums.sum_of_state(words.snapshot, quarter)
    descriptions = []
    for indicator in words.snapshot.framework.indicators:
        figure = to_date.get((indicator.code, TOTAL), period_sums.NO_SUM)
        if indicator.main and (figure.unconfirmed or share_text.is_unconfirmed(indicator, figure)):
            confirmed = period_sums.sum_confirmed_of_state(words.snapshot, quarter)
            descriptions.append(
                share_text.format_brief(
                    words, indicator, confirmed.get((indicator.code, TOTAL), period_sums.NO_SUM)
                )
            )
    return "; ".join(descriptions)


def _add_note(words: DocumentText, shown: Table | None, without: str) -> tuple[Block, ...]:
    """The table, and what its mark means."""
    if shown is None:
        return ()
    cells = [cell for body in shown.bodies for row in body.rows for cell in row]
    note = unconfirmed_section.make_unconfirmed_note(words, cells, without)
    return (shown, note) if note else (shown,)


def map_baselines(words: DocumentText, agency: str) -> dict[str, int]:
    """Hundredths by indicator, from before the programme."""
    found = list_baselines(words.snapshot, agency)
    return {baseline.indicator: baseline.hundredths for baseline in found}


def _main_table(
    words: DocumentText,
    base_origin: AmountOrigin,
    indicators: Sequence[Indicator],
    now: period_sums.Sums,
    to_date: period_sums.Sums,
    baseline: Mapping[str, int] | None,
) -> Table | None:
    shown = [
        indicator
        for indicator in indicators
        if indicator.main and (indicator.code, TOTAL) in to_date
    ]
    if not shown:
        return None
    labels = words.snapshot.framework.dimension_labels
    dimensions = [
        code for code in labels if any(code in indicator.dimensions for indicator in shown)
    ]

    def row(indicator: Indicator) -> tuple[Cell, ...]:
        so_far = to_date.get((indicator.code, TOTAL), period_sums.NO_SUM)
        current = now.get((indicator.code, TOTAL), period_sums.NO_SUM)
        row_origin = replace(base_origin, indicator=indicator.code)
        before = () if baseline is None else (baseline.get(indicator.code),)
        return (
            code_cell(indicator.code),
            text_cell(words.indicator(indicator.code)),
            figure_cell(
                words.quantity(current.actual, indicator.unit),
                mark=UNCONFIRMED if current.unconfirmed else "",
                origin=replace(row_origin, since=base_origin.until),
            ),
            figure_cell(
                words.quantity(so_far.actual, indicator.unit),
                mark=UNCONFIRMED if so_far.unconfirmed else "",
                origin=row_origin,
            ),
            *share_text.make_share_cells(
                words, indicator, so_far, row_origin, of_many=baseline is None
            ),
            *(
                figure_cell(
                    words.quantity(value, indicator.unit),
                    origin=row_origin.with_kind(AmountKind.BASELINE),
                )
                for value in before
            ),
            *(
                _part_cell(words, to_date, indicator, replace(row_origin, dimension=dimension))
                for dimension in dimensions
            ),
        )

    whole = table(
        words("update.main" if baseline is not None else "state.main"),
        (
            column(words("code"), 0.85),
            column(words("indicator"), 3.65),
            column(words("figures.quarter"), 1.8, figure=True),
            column(words("figures.to_date"), 1.8, figure=True),
            *share_text.make_share_columns(words, of_many=baseline is None),
            *(
                (column(words("figures.baseline"), 1.9, figure=True),)
                if baseline is not None
                else ()
            ),
            *(column(words.dimension(dimension), 1.6, figure=True) for dimension in dimensions),
        ),
        map(row, shown),
        dense=True,
    )
    return drop_empty_columns(whole, FIRST_TARGET_COLUMN)


def _part_cell(
    words: DocumentText,
    to_date: period_sums.Sums,
    indicator: Indicator,
    figure_origin: AmountOrigin,
) -> Cell:
    """The share of a dimension in all to date; blank where the indicator is not about it."""
    if figure_origin.dimension not in indicator.dimensions:
        return figure_cell("")
    part = to_date.get((indicator.code, figure_origin.dimension), period_sums.NO_SUM).actual
    whole = to_date.get((indicator.code, TOTAL), period_sums.NO_SUM).actual
    part_share = compute_share(part, whole) if part is not None and whole else None
    return figure_cell(words.percent(part_share), origin=figure_origin.with_kind(AmountKind.PART))
