"""Programme page: Table 5's budget by purpose and stage against what agencies report as spent.

What the road map gives to others to spend is not reported to this system, and is said to be so;
nothing is estimated.
"""

from __future__ import annotations

from cpsa import figures
from cpsa.calendar import AnyPeriod
from cpsa.documents import rollout_given, sums
from cpsa.documents import rollout_spending as spending
from cpsa.documents.model import Bar, Bars, Cell, Paragraph, Section
from cpsa.documents.parts import UNCONFIRMED, column, number, plain, ratio, section, share, table
from cpsa.documents.words import Words
from cpsa.framework import TOTAL
from cpsa.reference import BudgetItem


def budget(words: Words, period: AnyPeriod) -> Section:
    """By purpose: what was planned for each stage, and what was spent so far."""
    reference = words.snapshot.reference
    stages = tuple(reference.stages)

    def row(item: BudgetItem) -> tuple[Cell, ...]:
        used = spending.spent(words, period, item)
        return (
            plain(item.purpose.in_(words.language)),
            *(
                spending.crore_cell(reference.budget_total(purpose=item.code, stage=one))
                for one in stages
            ),
            spending.crore_cell(item.total_paise),
            spending.reported_cell(words, used, period, [item]),
            number(words.percent(None if used is None else share(used, item.total_paise))),
        )

    total, used = reference.budget_total(), spending.spent_in_all(words, period)
    indicators = dict.fromkeys(item.spent_by or "" for item in spending.reported_items(words))
    told = words("rollout.budget_told", indicators=", ".join(indicators))
    return section(
        "budget",
        words("rollout.budget"),
        (
            Paragraph(told, note=True),
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
                    plain(words("total")),
                    *(spending.crore_cell(reference.budget_total(stage=one)) for one in stages),
                    spending.crore_cell(total),
                    spending.reported_cell(words, used, period, spending.reported_items(words)),
                    number(words.percent(None if used is None else share(used, total))),
                ),
            ),
            _by_stage(words, period),
            rollout_given.by_source(words, period),
            *([_in_full(words, used)] if used is not None else ()),
            *_without_unconfirmed(words, period),
        ),
        told,
    )


def _by_stage(words: Words, period: AnyPeriod) -> Bars:
    """Budget and spending of each stage, drawn to the largest budget."""
    reference = words.snapshot.reference
    planned = reference.budget_by_stage()
    most = max(planned.values())
    bars = []
    for code, stage in reference.stages.items():
        name, used = (
            stage.name.in_(words.language),
            spending.spent_in_all(words, period, stage=code),
        )
        told = words("rollout.not_reported") if used is None else _told(words, used)
        bars += [
            Bar(
                words("rollout.bar_budget", stage=name),
                _told(words, planned[code]),
                ratio(planned[code] / most),
            ),
            Bar(
                words("rollout.bar_spent", stage=name),
                told,
                None if used is None else ratio(used / most),
                origin=spending.resting_on(spending.reported_items(words, stage=code), period),
            ),
        ]
    values = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Bars(
        words("rollout.by_stage"), words("rollout.by_stage_alternative", values=values), tuple(bars)
    )


def _in_full(words: Words, used: int) -> Paragraph:
    return Paragraph(words("rollout.in_full", amount=words.in_full(used, "inr")), note=True)


def _without_unconfirmed(words: Words, period: AnyPeriod) -> tuple[Paragraph, ...]:
    """The marked sums without the figures that are to be confirmed."""
    sources = words.snapshot.reference.fund_sources.values()
    codes = [
        *(item.spent_by for item in spending.reported_items(words)),
        *(source.contributed_by for source in sources),
    ]
    confirmed = sums.confirmed_of_state(words.snapshot, period.last_quarter)
    told = []
    for code in dict.fromkeys(filter(None, codes)):
        if spending.mark(words, period, [code]):
            amount = confirmed.get((code, TOTAL), sums.NONE).actual
            told.append(f"{words.indicator(code)} ({code}): {words.in_full(amount, 'inr')}")
    if not told:
        return ()
    marked = words("unconfirmed.marked", mark=UNCONFIRMED)
    without = words("unconfirmed.without_short", figures="; ".join(told))
    return (Paragraph(" ".join((marked, without)), note=True),)


def _told(words: Words, paise: int) -> str:
    return words("rollout.crore", amount=figures.crore(paise))
