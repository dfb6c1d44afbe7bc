"""Programme page: what is reported as spent, and how its money is printed.

Amounts are whole paise until they are printed. What must not go here: which tables there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cpsa import figures
from cpsa.calendar import AnyPeriod
from cpsa.documents import period_sums
from cpsa.documents.blocks import UNCONFIRMED, figure_cell
from cpsa.documents.content_model import Cell
from cpsa.documents.document_text import DocumentText
from cpsa.documents.rollout.reporting_gaps import describe_gap
from cpsa.provenance.origin import AmountKind, AmountOrigin, Origin
from cpsa.reference.budget import SpendingReport


def sum_spending(
    words: DocumentText, period: AnyPeriod, reports: Iterable[SpendingReport]
) -> int | None:
    """Paise reported as spent up to the period's end; None where nobody reported any of it."""
    amounts = [sum_actual(words, period, report.indicator) for report in reports]
    known = [paise for paise in amounts if paise is not None]
    return sum(known) if known else None


def list_reports(
    words: DocumentText, stage: str = "", source: str = ""
) -> tuple[SpendingReport, ...]:
    """The indicators by which spending is reported: all, or those of one stage or source alone."""
    return tuple(
        report
        for item in words.snapshot.reference.budget.values()
        for report in item.reports
        if stage in ("", report.stage) and source in ("", report.fund_source)
    )


def list_undivided_reports(words: DocumentText) -> tuple[SpendingReport, ...]:
    """Those of several stages: what is spent on them is not divided among these."""
    return tuple(report for report in list_reports(words) if report.stage is None)


def sum_actual(words: DocumentText, period: AnyPeriod, indicator: str) -> int | None:
    return period_sums.sum_of_indicator(words.snapshot, indicator, period.last_quarter).actual


def mark_unconfirmed(
    words: DocumentText, period: AnyPeriod, indicators: Iterable[str | None]
) -> str:
    """The mark of sums that contain a figure to be confirmed."""
    sums = (
        period_sums.sum_of_indicator(words.snapshot, code, period.last_quarter)
        for code in indicators
        if code
    )
    return UNCONFIRMED if any(figure.unconfirmed for figure in sums) else ""


def find_spending_origin(reports: Sequence[SpendingReport], period: AnyPeriod) -> Origin | None:
    """The origin of the spending, where it is one indicator."""
    indicators = {report.indicator for report in reports}
    return make_spending_amount(indicators.pop(), period) if len(indicators) == 1 else None


def make_spending_amount(indicator: str, period: AnyPeriod) -> AmountOrigin:
    return AmountOrigin(AmountKind.ACTUAL, indicator, until=period.last_quarter.key)


def make_crore_cell(paise: int) -> Cell:
    return figure_cell(figures.crore(paise))


def make_reported_cell(
    words: DocumentText, period: AnyPeriod, reports: Sequence[SpendingReport]
) -> Cell:
    """What was reported as spent; else why nothing was."""
    paise = sum_spending(words, period, reports)
    if paise is None:
        gaps = dict.fromkeys(describe_gap(words, report.indicator, period) for report in reports)
        return figure_cell("; ".join(gaps) or words("rollout.not_reported"))
    marked = mark_unconfirmed(words, period, (report.indicator for report in reports))
    return figure_cell(
        figures.crore(paise), mark=marked, origin=find_spending_origin(reports, period)
    )
