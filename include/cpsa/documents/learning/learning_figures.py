"""Learning document: what the figures say by rule: far beyond and far below a target, and who moved.

Every row shows the figures its rule looked at. What must not go here: what agencies wrote
(``learning_quotes``), also of a figure (``shortfall_reasons``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents import definition_changes, period_sums, share_text
from cpsa.documents.blocks import CARRIED, code_cell, column, figure_cell, table, text_cell
from cpsa.documents.content_model import Block, Cell, Paragraph, Subheading, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.learning import shortfall_reasons
from cpsa.documents.parameters import DocumentParameters
from cpsa.framework.model import TOTAL, Indicator
from cpsa.provenance import share_format
from cpsa.provenance.origin import AmountKind, AmountOrigin, ScoreKind, ScoreOrigin
from cpsa.provenance.snapshot import has_value
from cpsa.scoring.rollups import Sum


def build_high_achievements(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> list[Block]:
    """Figures well beyond targets worth having, the highest first; none that is unconfirmed."""
    least = parameters.achievement_share
    found = _list_achievements(
        words, period, parameters, lambda share: share >= least, highest=True
    )
    if not found:
        return []
    rule = words("worked.rule", **_describe_limits(words, parameters, least))
    return [
        Subheading(words("worked.achievements")),
        Paragraph(rule, note=True),
        _achievements_table(words, period, found),
    ]


def build_shortfalls(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> list[Block]:
    """Figures far below targets worth having, the lowest first; none that is unconfirmed.

    Behind them, figure by figure, what the agency says of it and what it requested.
    """
    most = parameters.shortfall_share
    found = _list_achievements(words, period, parameters, lambda share: share < most, highest=False)
    if not found:
        return []
    rule = words("behind.rule", **_describe_limits(words, parameters, most))
    return [
        Subheading(words("behind.achievements")),
        Paragraph(rule, note=True),
        _achievements_table(words, period, found),
        Paragraph(words("behind.reasons_rule"), note=True),
        shortfall_reasons.build_reasons_table(
            words,
            period,
            [
                (agency, indicator, _share_cell(words, period, agency, indicator, figure))
                for agency, indicator, figure in found
            ],
        ),
    ]


def _describe_limits(
    words: DocumentText, parameters: DocumentParameters, share: float
) -> dict[str, str]:
    floor = parameters.achievement_floor
    return {
        "share": words.whole_percent(share),
        "count": words.quantity(floor["count"], "count"),
        "rupees": words.quantity(floor["inr"], "inr"),
    }


def _list_achievements(
    words: DocumentText,
    period: AnyPeriod,
    parameters: DocumentParameters,
    is_counted: Callable[[float], bool],
    *,
    highest: bool,
) -> list[tuple[str, Indicator, Sum]]:
    """The figures that are shown, each with its agency and indicator, the furthest away first."""
    within = period_sums.sum_by_agency(words.snapshot, period.last_quarter, period.first_quarter)
    found = []
    for agency in words.snapshot.agencies:
        for shown_indicator in words.snapshot.framework.indicators:
            figure = within.get(agency, {}).get((shown_indicator.code, TOTAL), period_sums.NO_SUM)
            achieved_share = share_text.compute_achievement(shown_indicator, figure)
            if (
                achieved_share is None
                or not is_counted(achieved_share)
                or share_text.is_unconfirmed(shown_indicator, figure)
            ):
                continue
            measure = figure.target if shown_indicator.rate_of is None else figure.rate_of_sum
            if (measure or 0) >= parameters.achievement_floor[shown_indicator.unit]:
                place = -achieved_share if highest else achieved_share
                found.append((place, agency, shown_indicator.code, shown_indicator, figure))
    found.sort(key=itemgetter(0, 1, 2))
    shown = found[: parameters.achievements_shown]
    return [(agency, indicator, figure) for _, agency, _, indicator, figure in shown]


def _make_origin(period: AnyPeriod, kind: AmountKind, agency: str, indicator: str) -> AmountOrigin:
    first, last = period.first_quarter.key, period.last_quarter.key
    return AmountOrigin(kind, indicator, agency=agency, since=first, until=last)


def _share_cell(
    words: DocumentText, period: AnyPeriod, agency: str, indicator: Indicator, figure: Sum
) -> Cell:
    return figure_cell(
        share_format.format_share(words, indicator, figure, lines=True),
        origin=_make_origin(period, AmountKind.SHARE, agency, indicator.code),
    )


def _achievements_table(
    words: DocumentText, period: AnyPeriod, found: Sequence[tuple[str, Indicator, Sum]]
) -> Table:
    return table(
        "",
        (
            column(words("actions.agency"), 3),
            column(words("code"), 0.8),
            column(words("indicator"), 3.6),
            column(words("progress.actual"), 1.6, figure=True),
            column(words("progress.target"), 1.6, figure=True),
            column(words("progress.share"), 1.7, figure=True),
        ),
        (
            (
                text_cell(words.agency(agency)),
                code_cell(indicator.code),
                text_cell(words.indicator(indicator.code)),
                figure_cell(
                    words.quantity(figure.actual_with_target, indicator.unit),
                    origin=_make_origin(period, AmountKind.WITH_TARGET, agency, indicator.code),
                ),
                figure_cell(
                    words.quantity(figure.target, indicator.unit),
                    origin=_make_origin(period, AmountKind.TARGET, agency, indicator.code),
                ),
                _share_cell(words, period, agency, indicator, figure),
            )
            for agency, indicator, figure in found
        ),
    )


def list_movers(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> list[tuple[float, str, Any, Any]]:
    """The changes of composites that are shown, the greatest first: by how much, whose, the row of
    scores before and after. Of agencies that had an update accepted in the period."""
    before, after = period.first_quarter - 1, period.last_quarter
    earlier = {
        row.agency: row
        for row in words.snapshot.select_rows("scores", quarter=before.key).itertuples()
    }
    within = {quarter.key for quarter in period.quarters}
    accepted = {agency for agency, quarter in words.snapshot.accepted if quarter in within}
    moved = []
    for current in words.snapshot.select_rows("scores", quarter=after.key).itertuples():
        previous = earlier.get(current.agency)
        if current.agency not in accepted or previous is None:
            continue
        if has_value(previous.composite) and has_value(current.composite):
            moved.append(
                (current.composite - previous.composite, current.agency, previous, current)
            )
    far = [move for move in moved if round(abs(move[0]), 4) >= parameters.moved_least]
    far.sort(key=lambda move: (-abs(move[0]), move[1]))
    return far[: parameters.movers_shown]


def build_movers(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> tuple[Block, ...]:
    """Agencies whose composite changed most since before the period, the greatest gain first.

    All that had an update accepted in the period; a score carried over from an earlier quarter is
    marked.
    """
    before, after = period.first_quarter - 1, period.last_quarter
    far = list_movers(words, period, parameters)
    shown = sorted(far, key=lambda move: (-move[0], move[1]))
    if not shown:
        return ()

    def score(row: Any, quarter: Quarter) -> Cell:
        mark = "" if (row.agency, quarter.key) in words.snapshot.accepted else CARRIED
        origin = ScoreOrigin(ScoreKind.COMPOSITE, row.agency, quarter.key)
        return figure_cell(words.score(row.composite), mark=mark, origin=origin)

    found = table(
        words(
            "movers.caption", quarter=words.months(before), least=f"{parameters.moved_least:.2f}"
        ),
        (
            column(words("actions.agency"), 4),
            column(words.months(before), 1.6, figure=True),
            column(words.months(after), 1.6, figure=True),
        ),
        (
            (
                text_cell(words.agency_with_code(agency)),
                score(previous, before),
                score(current, after),
            )
            for _, agency, previous, current in shown
        ),
    )
    carried = any(cell.mark for body in found.bodies for row in body.rows for cell in row)
    notes = [
        Paragraph(words("movers.carried", mark=CARRIED), note=True) if carried else None,
        definition_changes.make_change_note(words, before, after),
    ]
    return (found, *(note for note in notes if note))
