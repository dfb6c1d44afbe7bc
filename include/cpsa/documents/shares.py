"""How a share of target is printed: like with like, beside the sum of all.

What belongs here: the words for a ``Sum`` of ``score.rollups``. What must not: any sum of its own.
"""

from __future__ import annotations

from cpsa.documents.model import Cell, Column
from cpsa.documents.origin import Amount, What
from cpsa.documents.parts import UNCONFIRMED, column, number
from cpsa.documents.words import NONE, Words
from cpsa.framework import Indicator
from cpsa.score.rollups import Sum

MOST_ON_A_LINE = 10


def share(words: Words, indicator: Indicator, figure: Sum, *, lines: bool = False) -> str:
    """The share of the target; of an indicator that answers another one the rate with its two
    figures and its aim, in a table below one another."""
    if indicator.rate_of is None:
        return words.percent(figure.share)
    if figure.rate is None:
        return NONE
    return words(
        "share.rate_lines" if lines else "share.rate",
        part=words.quantity(figure.actual_with_target or 0, indicator.unit),
        whole=words.quantity(figure.rate_of_sum, indicator.unit),
        rate=words.percent(figure.rate),
        aim=words.whole_percent(indicator.rate_target or 0),
    )


def has_share(indicator: Indicator, figure: Sum) -> bool:
    return (figure.share if indicator.rate_of is None else figure.rate) is not None


def reached(indicator: Indicator, figure: Sum) -> float | None:
    """How much of its aim was reached: of a rate, of the rate aimed at."""
    if indicator.rate_of is None:
        return figure.share
    return None if figure.rate is None else figure.rate / (indicator.rate_target or 1.0)


def is_unconfirmed(indicator: Indicator, figure: Sum) -> bool:
    """Whether the share contains a figure that is to be confirmed."""
    if indicator.rate_of is None:
        return figure.unconfirmed_with_target > 0
    return figure.unconfirmed_in_rate > 0


def with_target(words: Words, indicator: Indicator, figure: Sum, *, lines: bool = False) -> str:
    """What was given where a target is set, and that target; where that is long, in a table, in
    two lines."""
    if figure.target is None:
        return NONE
    part = words.quantity(figure.actual_with_target or 0, indicator.unit)
    whole = words.quantity(figure.target, indicator.unit)
    if not lines:
        return words("share.of", part=part, whole=whole)
    short = len(part) + len(whole) <= MOST_ON_A_LINE
    return words("share.agencies" if short else "share.of_lines", part=part, whole=whole)


def without_target(words: Words, figure: Sum) -> str:
    """How many of the agencies that gave a figure have no target, or one for some quarters only."""
    text = words(
        "share.agencies",
        part=words.number(figure.agencies_without_target),
        whole=words.number(figure.agencies),
    )
    if not figure.agencies_partly_without_target:
        return text
    partly = words.number(figure.agencies_partly_without_target)
    return words("share.partly", agencies=text, partly=partly)


def sentence(words: Words, indicator: Indicator, figure: Sum, *, of_many: bool) -> str:
    """All of it in running words, such as "119 in all; 57 of 72 (79.2 %) where a target is set;
    1 of 2 agencies has none"; of one agency without counting it."""
    actual = words.quantity(figure.actual, indicator.unit)
    if not has_share(indicator, figure):
        return actual
    if indicator.rate_of is not None:
        compared = share(words, indicator, figure)
    else:
        of = with_target(words, indicator, figure)
        compared = words("share.compared", of=of, share=words.percent(figure.share))
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


def brief(words: Words, indicator: Indicator, figure: Sum) -> str:
    """Its code, its sum and, where it has one, its share."""
    actual = words.quantity(figure.actual, indicator.unit)
    if not has_share(indicator, figure):
        return f"{indicator.code} {actual}"
    share_ = words.percent(figure.share if indicator.rate_of is None else figure.rate)
    return words("share.brief", code=indicator.code, actual=actual, share=share_)


def labelled(words: Words, indicator: Indicator, figure: Sum, *, of_many: bool) -> str:
    """The sentence after the indicator's name and code, with a mark where it is to be confirmed."""
    doubtful = figure.unconfirmed or is_unconfirmed(indicator, figure)
    text = sentence(words, indicator, figure, of_many=of_many)
    return words(
        "share.labelled",
        label=words.indicator(indicator.code),
        code=indicator.code,
        figures=words("share.unconfirmed", figures=text) if doubtful else text,
    )


def cells(
    words: Words, indicator: Indicator, figure: Sum, of: Amount, *, of_many: bool
) -> tuple[Cell, ...]:
    """What a share compares, and the share."""
    mark = UNCONFIRMED if is_unconfirmed(indicator, figure) else ""
    if of_many or not figure.is_like_for_like:
        target, what = compared(words, indicator, figure, of_many=of_many), What.COMPARED
    else:
        target, what = words.quantity(figure.target, indicator.unit), What.TARGET
    return (
        number(target, origin=of.as_(what)),
        number(share(words, indicator, figure, lines=True), mark=mark, origin=of.as_(What.SHARE)),
    )


def compared(words: Words, indicator: Indicator, figure: Sum, *, of_many: bool) -> str:
    """The two figures of a share and, of many agencies where some have no target, how many."""
    text = with_target(words, indicator, figure, lines=True)
    if not of_many or figure.is_like_for_like:
        return text
    without = words("share.without_line", agencies=without_target(words, figure))
    return without if text == NONE else f"{text}\n{without}"


def columns(words: Words, *, of_many: bool) -> tuple[Column, ...]:
    """The heads of ``cells``."""
    if not of_many:
        return (
            column(words("figures.target"), 2.0, figure=True),
            column(words("figures.share"), 1.35, figure=True),
        )
    return (
        column(words("share.of_target_set"), 2.4, figure=True),
        column(words("figures.share"), 1.8, figure=True),
    )
