"""Programme page: what agencies report as spent, and how its money is printed.

Amounts are whole paise until they are printed. What must not go here: which tables there are.
"""

from __future__ import annotations

from collections.abc import Iterable

from cpsa import figures
from cpsa.calendar import AnyPeriod
from cpsa.documents import period_sums
from cpsa.documents.blocks import UNCONFIRMED, figure_cell
from cpsa.documents.content_model import Cell
from cpsa.documents.document_text import DocumentText
from cpsa.framework.model import TOTAL
from cpsa.provenance.origin import AmountKind, AmountOrigin, Origin
from cpsa.reference.budget import BudgetItem


def sum_spending(words: DocumentText, period: AnyPeriod, item: BudgetItem) -> int | None:
    """Paise reported as spent on an item up to the period's end; None where nobody reports it."""
    if item.spent_by is None:
        return None
    return sum_actual(words, period, item.spent_by)


def sum_all_spending(
    words: DocumentText, period: AnyPeriod, stage: str = "", source: str = ""
) -> int | None:
    """What was reported as spent on all items, or on those of one stage or source."""
    amounts = [
        sum_spending(words, period, item) for item in list_reported_items(words, stage, source)
    ]
    known = [paise for paise in amounts if paise is not None]
    return sum(known) if known else None


def list_reported_items(words: DocumentText, stage: str = "", source: str = "") -> list[BudgetItem]:
    """The items whose spending is reported, each of one stage and source."""
    return [
        item
        for item in words.snapshot.reference.budget.values()
        if item.spent_by
        and stage in ("", item.lines[0].stage)
        and source in ("", item.lines[0].fund_source)
    ]


def sum_actual(words: DocumentText, period: AnyPeriod, indicator: str) -> int | None:
    totals = period_sums.sum_of_state(words.snapshot, period.last_quarter)
    return totals.get((indicator, TOTAL), period_sums.NO_SUM).actual


def mark_unconfirmed(
    words: DocumentText, period: AnyPeriod, indicators: Iterable[str | None]
) -> str:
    """The mark of sums that contain a figure to be confirmed."""
    totals = period_sums.sum_of_state(words.snapshot, period.last_quarter)
    figures_ = (totals.get((code, TOTAL), period_sums.NO_SUM) for code in indicators if code)
    return UNCONFIRMED if any(figure.unconfirmed for figure in figures_) else ""


def find_spending_origin(items: list[BudgetItem], period: AnyPeriod) -> Origin | None:
    """The origin of the spending on items, where it is one indicator."""
    indicators = {item.spent_by for item in items if item.spent_by}
    return make_spending_amount(indicators.pop(), period) if len(indicators) == 1 else None


def make_spending_amount(indicator: str, period: AnyPeriod) -> AmountOrigin:
    return AmountOrigin(AmountKind.ACTUAL, indicator, until=period.last_quarter.key)


def make_crore_cell(paise: int) -> Cell:
    return figure_cell(figures.crore(paise))


def make_reported_cell(
    words: DocumentText, paise: int | None, period: AnyPeriod, items: list[BudgetItem]
) -> Cell:
    """What was reported as spent on items."""
    if paise is None:
        return figure_cell(words("rollout.not_reported"))
    marked = mark_unconfirmed(words, period, (item.spent_by for item in items))
    return figure_cell(
        figures.crore(paise), mark=marked, origin=find_spending_origin(items, period)
    )
