"""Programme page: the budget by purpose and stage against what agencies report as spent.

What the road map gives to others to spend is not reported to this system, and is marked as such;
nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpsa import figures
from cpsa.calendar import AnyPeriod
from cpsa.documents import period_sums
from cpsa.documents.blocks import (
    UNCONFIRMED,
    column,
    figure_cell,
    limit_ratio,
    section,
    table,
    text_cell,
)
from cpsa.documents.content_model import Bar, Bars, Cell, Paragraph, Section
from cpsa.documents.document_text import DocumentText
from cpsa.documents.rollout import rollout_contributions, rollout_spending
from cpsa.documents.rollout.reporting_gaps import describe_late_start
from cpsa.framework.model import ABOVE_BUDGET_KIND
from cpsa.reference.budget import BudgetItem
from cpsa.scoring.reporting_rates import compute_share
from cpsa.submissions.finding import describe_finding


def build_budget(words: DocumentText, period: AnyPeriod) -> Section:
    """By purpose: what was planned for each stage, and what was spent so far."""
    reference = words.snapshot.reference
    stages = tuple(reference.stages)

    def row(item: BudgetItem) -> tuple[Cell, ...]:
        used = rollout_spending.sum_spending(words, period, item.reports)
        purpose = item.purpose.in_(words.language)
        codes = ", ".join(report.indicator for report in item.reports)
        return (
            text_cell(words("rollout.with_code", label=purpose, code=codes) if codes else purpose),
            *(
                rollout_spending.make_crore_cell(
                    reference.budget_total(purpose=item.code, stage=stage)
                )
                for stage in stages
            ),
            rollout_spending.make_crore_cell(item.total_paise),
            rollout_spending.make_reported_cell(words, period, item.reports),
            figure_cell(
                words.percent(None if used is None else compute_share(used, item.total_paise))
            ),
        )

    reports = rollout_spending.list_reports(words)
    total, used = reference.budget_total(), rollout_spending.sum_spending(words, period, reports)
    indicators = dict.fromkeys(report.indicator for report in reports)
    intro = words("rollout.budget_explained", indicators=", ".join(indicators))
    return section(
        "budget",
        words("rollout.budget"),
        (
            Paragraph(intro, note=True),
            table(
                words("rollout.by_purpose"),
                (
                    column(words("rollout.purpose"), 4.4),
                    *(
                        column(stage.name.in_(words.language), 1.35, figure=True)
                        for stage in reference.stages.values()
                    ),
                    column(words("total"), 1.1, figure=True),
                    column(words("rollout.spent"), 1.9, figure=True),
                    column(words("rollout.share"), 1.1, figure=True),
                ),
                map(row, reference.budget.values()),
                total=(
                    text_cell(words("total")),
                    *(
                        rollout_spending.make_crore_cell(reference.budget_total(stage=stage))
                        for stage in stages
                    ),
                    rollout_spending.make_crore_cell(total),
                    rollout_spending.make_reported_cell(words, period, reports),
                    figure_cell(
                        words.percent(None if used is None else compute_share(used, total))
                    ),
                ),
            ),
            _build_stage_chart(words, period),
            *_make_undivided_note(words, period),
            rollout_contributions.build_fund_sources(words, period),
            *([_make_full_amount_note(words, used)] if used is not None else ()),
            *_make_late_start_notes(words),
            *_list_amounts_above_budget(words, period),
            *_make_confirmed_note(words, period),
        ),
        intro,
    )


def _build_stage_chart(words: DocumentText, period: AnyPeriod) -> Bars:
    """Budget and spending of each stage, drawn to the largest budget."""
    reference = words.snapshot.reference
    planned = reference.budget_by_stage()
    most = max(planned.values())
    reports = rollout_spending.list_undivided_reports(words)
    is_by_row = rollout_spending.sum_spending(words, period, reports) is not None
    undivided = words("rollout.by_row_only" if is_by_row else "rollout.not_reported")
    bars = []
    for code, stage in reference.stages.items():
        name, used = (
            stage.name.in_(words.language),
            rollout_spending.sum_spending(
                words, period, rollout_spending.list_reports(words, stage=code)
            ),
        )
        spent_text = undivided if used is None else _format_crore(words, used)
        bars += [
            Bar(
                words("rollout.bar_budget", stage=name),
                _format_crore(words, planned[code]),
                limit_ratio(planned[code] / most),
            ),
            Bar(
                words("rollout.bar_spent", stage=name),
                spent_text,
                None if used is None else limit_ratio(used / most),
                origin=rollout_spending.find_spending_origin(
                    rollout_spending.list_reports(words, stage=code), period
                ),
            ),
        ]
    values = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Bars(
        words("rollout.by_stage"), words("rollout.by_stage_alternative", values=values), tuple(bars)
    )


def _make_undivided_note(words: DocumentText, period: AnyPeriod) -> tuple[Paragraph, ...]:
    """What was spent on rows of several stages, which the chart does not show."""
    reports = rollout_spending.list_undivided_reports(words)
    spent = rollout_spending.sum_spending(words, period, reports)
    if spent is None:
        return ()
    codes = ", ".join(report.indicator for report in reports)
    note = words("rollout.undivided", amount=_format_crore(words, spent), indicators=codes)
    return (Paragraph(note, note=True),)


def _make_late_start_notes(words: DocumentText) -> tuple[Paragraph, ...]:
    """From when spending is reported, where that is later than the programme's first quarter."""
    reports = rollout_spending.list_reports(words)
    notes = dict.fromkeys(describe_late_start(words, report.indicator) for report in reports)
    return tuple(Paragraph(note, note=True) for note in notes if note)


def _list_amounts_above_budget(words: DocumentText, period: AnyPeriod) -> Iterator[Paragraph]:
    """What the newest closing found above the budget, in the words of its rules."""
    framework = words.snapshot.framework
    found = words.snapshot.select_rows("findings", quarter=period.last_quarter.key)
    rules = {rule.id for rule in framework.rules_of_kind(ABOVE_BUDGET_KIND)}
    for row in found[found["rule"].isin(rules)].to_dict("records"):
        finding = {str(name): value for name, value in row.items()}
        yield Paragraph(describe_finding(finding, framework, words.language))


def _make_full_amount_note(words: DocumentText, used: int) -> Paragraph:
    return Paragraph(words("rollout.in_full", amount=words.in_full(used, "inr")), note=True)


def _make_confirmed_note(words: DocumentText, period: AnyPeriod) -> tuple[Paragraph, ...]:
    """The marked sums without the figures that are to be confirmed."""
    sources = words.snapshot.reference.fund_sources.values()
    codes = [
        *(report.indicator for report in rollout_spending.list_reports(words)),
        *(source.contributed_by for source in sources),
    ]
    texts = []
    for code in dict.fromkeys(filter(None, codes)):
        if rollout_spending.mark_unconfirmed(words, period, [code]):
            amount = period_sums.sum_of_indicator(
                words.snapshot, code, period.last_quarter, confirmed=True
            ).actual
            texts.append(f"{words.indicator(code)} ({code}): {words.in_full(amount, 'inr')}")
    if not texts:
        return ()
    marked = words("unconfirmed.marked", mark=UNCONFIRMED)
    without = words("unconfirmed.without_short", figures="; ".join(texts))
    return (Paragraph(" ".join((marked, without)), note=True),)


def _format_crore(words: DocumentText, paise: int) -> str:
    return words("rollout.crore", amount=figures.crore(paise))
