"""How a share of target is printed: like with like, beside the sum of all.

What belongs here: the words for a ``Sum`` of ``scoring.rollups``. What must not: any sum of its own.
"""

from __future__ import annotations

from cpsa.documents.blocks import UNCONFIRMED, column, figure_cell
from cpsa.documents.content_model import Cell, Column
from cpsa.documents.document_text import DocumentText
from cpsa.framework.model import Indicator
from cpsa.provenance.origin import AmountKind, AmountOrigin
from cpsa.provenance.share_format import format_compared, format_share, format_with_target
from cpsa.scoring.rollups import Sum


def has_share(indicator: Indicator, figure: Sum) -> bool:
    return (figure.share if indicator.rate_of is None else figure.rate) is not None


def compute_achievement(indicator: Indicator, figure: Sum) -> float | None:
    """How much of the target was reached; of a rate, how much of the target rate."""
    if indicator.rate_of is None:
        return figure.share
    return None if figure.rate is None else figure.rate / (indicator.rate_target or 1.0)


def is_unconfirmed(indicator: Indicator, figure: Sum) -> bool:
    """Whether the share contains a figure that is to be confirmed."""
    if indicator.rate_of is None:
        return figure.unconfirmed_with_target > 0
    return figure.unconfirmed_in_rate > 0


def format_sentence(
    words: DocumentText, indicator: Indicator, figure: Sum, *, of_many: bool
) -> str:
    """All of it in running words, such as "119 in all; 57 of 72 (79.2 %) where a target is set;
    1 of 2 agencies has none"; of one agency without counting it."""
    actual = words.quantity(figure.actual, indicator.unit)
    if not has_share(indicator, figure):
        return actual
    if indicator.rate_of is not None:
        compared = format_share(words, indicator, figure)
    else:
        pair = format_with_target(words, indicator, figure)
        compared = words("share.compared", pair=pair, share=words.percent(figure.share))
    if figure.is_like_for_like:
        return compared
    if not of_many:
        return "; ".join(
            (
                words("share.in_all", actual=actual),
                words("share.in_quarters", compared=compared),
            )
        )
    parts = [words("share.in_all", actual=actual), words("share.where_set", compared=compared)]
    if none := figure.agencies_without_target:
        key = "share.none.one" if none == 1 else "share.none.many"
        part, whole = words.number(none), words.number(figure.agencies)
        parts.append(words(key, part=part, whole=whole))
    if partly := figure.agencies_partly_without_target:
        key = "share.some.one" if partly == 1 else "share.some.many"
        parts.append(words(key, number=words.number(partly)))
    return "; ".join(parts)


def format_brief(words: DocumentText, indicator: Indicator, figure: Sum) -> str:
    """Its code, its sum and, where it has one, its share."""
    actual = words.quantity(figure.actual, indicator.unit)
    if not has_share(indicator, figure):
        return f"{indicator.code} {actual}"
    share_ = words.percent(figure.share if indicator.rate_of is None else figure.rate)
    return words("share.brief", code=indicator.code, actual=actual, share=share_)


def format_labelled(
    words: DocumentText, indicator: Indicator, figure: Sum, *, of_many: bool
) -> str:
    """The sentence after the indicator's name and code, with a mark where it is to be confirmed."""
    doubtful = figure.unconfirmed or is_unconfirmed(indicator, figure)
    text = format_sentence(words, indicator, figure, of_many=of_many)
    return words(
        "share.labelled",
        label=words.indicator(indicator.code),
        code=indicator.code,
        figures=words("share.unconfirmed", figures=text) if doubtful else text,
    )


def make_share_cells(
    words: DocumentText, indicator: Indicator, figure: Sum, amount: AmountOrigin, *, of_many: bool
) -> tuple[Cell, ...]:
    """What a share compares, and the share."""
    mark = UNCONFIRMED if is_unconfirmed(indicator, figure) else ""
    if of_many or not figure.is_like_for_like:
        target, kind = (
            format_compared(words, indicator, figure, of_many=of_many),
            AmountKind.COMPARED,
        )
    else:
        target, kind = words.quantity(figure.target, indicator.unit), AmountKind.TARGET
    return (
        figure_cell(target, origin=amount.with_kind(kind)),
        figure_cell(
            format_share(words, indicator, figure, lines=True),
            mark=mark,
            origin=amount.with_kind(AmountKind.SHARE),
        ),
    )


def make_share_columns(words: DocumentText, *, of_many: bool) -> tuple[Column, ...]:
    """The headings of ``make_share_cells``."""
    if not of_many:
        return (
            column(words("figures.target"), 2.0, figure=True),
            column(words("figures.share"), 1.35, figure=True),
        )
    return (
        column(words("share.of_target_set"), 2.4, figure=True),
        column(words("figures.share"), 1.8, figure=True),
    )
