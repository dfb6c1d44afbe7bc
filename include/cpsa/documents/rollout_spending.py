"""Programme page: what agencies report as spent, and how its money is printed.

Amounts are whole paise until they are printed. What must not go here: which tables there are.
"""

from __future__ import annotations

from collections.abc import Iterable

from cpsa import figures
from cpsa.calendar import AnyPeriod
from cpsa.documents import sums
from cpsa.documents.model import Cell
from cpsa.documents.origin import Amount, Origin, What
from cpsa.documents.parts import UNCONFIRMED, number
from cpsa.documents.words import Words
from cpsa.framework import TOTAL
from cpsa.reference import BudgetItem


def spent(words: Words, period: AnyPeriod, item: BudgetItem) -> int | None:
    """Paise reported as spent on an item up to the period's end; None where nobody reports it."""
    if item.spent_by is None:
        return None
    return actual(words, period, item.spent_by)


def spent_in_all(words: Words, period: AnyPeriod, stage: str = "", source: str = "") -> int | None:
    """What was reported as spent on all items, or on those of one stage or source."""
    held = [spent(words, period, item) for item in reported_items(words, stage, source)]
    known = [one for one in held if one is not None]
    return sum(known) if known else None


def reported_items(words: Words, stage: str = "", source: str = "") -> list[BudgetItem]:
    """The items whose spending is reported, each of one stage and source."""
    return [
        item
        for item in words.snapshot.reference.budget.values()
        if item.spent_by
        and stage in ("", item.lines[0].stage)
        and source in ("", item.lines[0].fund_source)
    ]


def actual(words: Words, period: AnyPeriod, indicator: str) -> int | None:
    held = sums.of_state(words.snapshot, period.last_quarter)
    return held.get((indicator, TOTAL), sums.NONE).actual


def mark(words: Words, period: AnyPeriod, indicators: Iterable[str | None]) -> str:
    """The mark of sums that contain a figure to be confirmed."""
    held = sums.of_state(words.snapshot, period.last_quarter)
    figures_ = (held.get((code, TOTAL), sums.NONE) for code in indicators if code)
    return UNCONFIRMED if any(figure.unconfirmed for figure in figures_) else ""


def resting_on(items: list[BudgetItem], period: AnyPeriod) -> Origin | None:
    """What the spending on items rests on, where it is one indicator."""
    indicators = {item.spent_by for item in items if item.spent_by}
    return amount(indicators.pop(), period) if len(indicators) == 1 else None


def amount(indicator: str, period: AnyPeriod) -> Amount:
    return Amount(What.ACTUAL, indicator, until=period.last_quarter.key)


def crore_cell(paise: int) -> Cell:
    return number(figures.crore(paise))


def reported_cell(
    words: Words, paise: int | None, period: AnyPeriod, items: list[BudgetItem]
) -> Cell:
    """What was reported as spent on items."""
    if paise is None:
        return number(words("rollout.not_reported"))
    marked = mark(words, period, (item.spent_by for item in items))
    return number(figures.crore(paise), mark=marked, origin=resting_on(items, period))
