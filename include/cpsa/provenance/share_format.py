"""How the two figures of a share of target and the share itself are printed: like with like.

Documents print them so, and a derivation is compared with what they print. What belongs here: the
words for a ``Sum`` of ``scoring.rollups``. What must not: any sum of its own, cells or sentences.
"""

from __future__ import annotations

from cpsa.figures import NO_FIGURE
from cpsa.framework.model import Indicator
from cpsa.i18n import catalogue
from cpsa.scoring.rollups import Sum
from cpsa.translator import Translator

MAX_LINE_CHARACTERS = 10


def format_share(
    formats: Translator, indicator: Indicator, figure: Sum, *, lines: bool = False
) -> str:
    """The share of the target; of an indicator that answers another one the rate with its two
    figures and its target, in a table below one another."""
    if indicator.rate_of is None:
        return formats.percent(figure.share)
    if figure.rate is None:
        return NO_FIGURE
    return _text(
        formats,
        "share.rate_lines" if lines else "share.rate",
        part=formats.quantity(figure.actual_with_target or 0, indicator.unit),
        whole=formats.quantity(figure.rate_of_sum, indicator.unit),
        rate=formats.percent(figure.rate),
        aim=formats.whole_percent(indicator.rate_target or 0),
    )


def format_with_target(
    formats: Translator, indicator: Indicator, figure: Sum, *, lines: bool = False
) -> str:
    """What was given where a target is set, and that target; where that is long, in a table, in
    two lines."""
    if figure.target is None:
        return NO_FIGURE
    part = formats.quantity(figure.actual_with_target or 0, indicator.unit)
    whole = formats.quantity(figure.target, indicator.unit)
    if not lines:
        return _text(formats, "share.of", part=part, whole=whole)
    short = len(part) + len(whole) <= MAX_LINE_CHARACTERS
    return _text(formats, "share.agencies" if short else "share.of_lines", part=part, whole=whole)


def format_without_target(formats: Translator, figure: Sum) -> str:
    """How many of the agencies that gave a figure have no target, or one for some quarters only."""
    text = _text(
        formats,
        "share.agencies",
        part=formats.number(figure.agencies_without_target),
        whole=formats.number(figure.agencies),
    )
    if not figure.agencies_partly_without_target:
        return text
    partly = formats.number(figure.agencies_partly_without_target)
    return _text(formats, "share.partly", agencies=text, partly=partly)


def format_compared(
    formats: Translator, indicator: Indicator, figure: Sum, *, of_many: bool
) -> str:
    """The two figures of a share and, of many agencies where some have no target, how many."""
    text = format_with_target(formats, indicator, figure, lines=True)
    if not of_many or figure.is_like_for_like:
        return text
    without = _text(formats, "share.without_line", agencies=format_without_target(formats, figure))
    return without if text == NO_FIGURE else f"{text}\n{without}"


def _text(formats: Translator, key: str, **params: object) -> str:
    return catalogue.text(f"documents.{key}", formats.language, **params)
