"""Programme page: Table 5's budget against what agencies report as spent and contributed.

Amounts are whole paise until they are printed. What the road map gives to others to spend is not
reported to this system, and is said to be so; nothing is estimated.
"""

from __future__ import annotations

import pandas as pd

from cpsa import figures
from cpsa.calendar import AnyPeriod
from cpsa.documents import sums
from cpsa.documents.model import Bar, Bars, Cell, Paragraph, Section, Table
from cpsa.documents.origin import Amount, Listed, Measure, Origin, What
from cpsa.documents.parts import column, number, plain, ratio, said, section, share, table
from cpsa.documents.words import Words
from cpsa.framework import TOTAL
from cpsa.reference import BudgetItem, FundSource


def budget(words: Words, period: AnyPeriod) -> Section:
    """By purpose: what was planned for each stage, and what was spent so far."""
    reference = words.snapshot.reference
    stages = tuple(reference.stages)

    def row(item: BudgetItem) -> tuple[Cell, ...]:
        used = spent(words, period, item)
        return (
            plain(item.purpose.in_(words.language)),
            *(_crore(reference.budget_total(purpose=item.code, stage=one)) for one in stages),
            _crore(item.total_paise),
            _reported(words, used, _spending([item], period)),
            number(words.percent(None if used is None else share(used, item.total_paise))),
        )

    total, used = reference.budget_total(), spent_in_all(words, period)
    indicators = dict.fromkeys(item.spent_by or "" for item in _told_of(words))
    told = words("rollout.budget_told", indicators=", ".join(indicators))
    return section(
        "budget",
        words("rollout.budget"),
        (
            Paragraph(told, note=True),
            table(
                words("rollout.by_purpose"),
                (
                    column(words("rollout.purpose"), 4.6),
                    *(
                        column(stage.name.in_(words.language), 1.4, figure=True)
                        for stage in reference.stages.values()
                    ),
                    column(words("total"), 1.1, figure=True),
                    column(words("rollout.spent"), 1.5, figure=True),
                    column(words("rollout.share"), 1.1, figure=True),
                ),
                map(row, reference.budget.values()),
                total=(
                    plain(words("total")),
                    *(_crore(reference.budget_total(stage=one)) for one in stages),
                    _crore(total),
                    _reported(words, used, _spending(_told_of(words), period)),
                    number(words.percent(None if used is None else share(used, total))),
                ),
            ),
            _by_stage(words, period),
            _by_source(words, period),
            *([_in_full(words, used)] if used is not None else ()),
        ),
        told,
    )


def spent(words: Words, period: AnyPeriod, item: BudgetItem) -> int | None:
    """Paise reported as spent on an item up to the period's end; None where nobody reports it."""
    if item.spent_by is None:
        return None
    return _actual(words, period, item.spent_by)


def spent_in_all(words: Words, period: AnyPeriod, stage: str = "", source: str = "") -> int | None:
    """What was reported as spent on all items, or on those of one stage or source."""
    held = [spent(words, period, item) for item in _told_of(words, stage, source)]
    known = [one for one in held if one is not None]
    return sum(known) if known else None


def _told_of(words: Words, stage: str = "", source: str = "") -> list[BudgetItem]:
    """The items whose spending is reported, each of one stage and source."""
    return [
        item
        for item in words.snapshot.reference.budget.values()
        if item.spent_by
        and stage in ("", item.lines[0].stage)
        and source in ("", item.lines[0].fund_source)
    ]


def _actual(words: Words, period: AnyPeriod, indicator: str) -> int | None:
    held = sums.of_state(words.snapshot, period.last_quarter)
    return held.get((indicator, TOTAL), sums.NONE).actual


def _spending(items: list[BudgetItem], period: AnyPeriod) -> Origin | None:
    """What the spending on items rests on, where it is one indicator."""
    indicators = {item.spent_by for item in items if item.spent_by}
    return _amount(indicators.pop(), period) if len(indicators) == 1 else None


def _amount(indicator: str, period: AnyPeriod) -> Amount:
    return Amount(What.ACTUAL, indicator, until=period.last_quarter.key)


def _by_stage(words: Words, period: AnyPeriod) -> Bars:
    """Budget and spending of each stage, drawn to the largest budget."""
    reference = words.snapshot.reference
    planned = reference.budget_by_stage()
    most = max(planned.values())
    bars = []
    for code, stage in reference.stages.items():
        name, used = stage.name.in_(words.language), spent_in_all(words, period, stage=code)
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
                origin=_spending(_told_of(words, stage=code), period),
            ),
        ]
    values = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Bars(
        words("rollout.by_stage"), words("rollout.by_stage_alternative", values=values), tuple(bars)
    )


def _by_source(words: Words, period: AnyPeriod) -> Table:
    """What each source was to give, what was spent of it, and what it contributed besides."""
    reference = words.snapshot.reference
    rows, others = [], convergence(words, period)
    for code, source in reference.fund_sources.items():
        held = _from(words, others, source)
        others = others.drop(held.index)
        rows.append(
            (
                plain(source.name.in_(words.language)),
                _crore(reference.budget_total(source=code)),
                _reported(
                    words,
                    spent_in_all(words, period, source=code),
                    _spending(_told_of(words, source=code), period),
                ),
                _contributed(words, period, source, held),
            )
        )
    rows.append(
        (
            plain(words("rollout.other_sources")),
            number(words("rollout.not_planned")),
            number(words("rollout.not_reported")),
            _given(words, others),
        )
    )
    return table(
        words("rollout.by_source"),
        (
            column(words("rollout.source"), 3.4),
            column(words("rollout.budgeted"), 1.4, figure=True),
            column(words("rollout.spent"), 1.6, figure=True),
            column(words("rollout.contributed"), 2.4, figure=True),
        ),
        rows,
    )


def convergence(words: Words, period: AnyPeriod) -> pd.DataFrame:
    """What departments and schemes gave up to the period's end."""
    rows = words.snapshot.entries
    return rows[(rows["kind"] == "convergence") & (rows["quarter"] <= period.last_quarter.key)]


def _from(words: Words, rows: pd.DataFrame, source: FundSource) -> pd.DataFrame:
    by_scheme = [
        bool(said(one)) and words.snapshot.reference.scheme_named(said(one)) is not None
        for one in rows["scheme"]
    ]
    scheme = pd.Series(by_scheme, index=rows.index, dtype=bool)
    of_department = rows["department"].isin(source.departments)
    return rows[(scheme & source.schemes) | (~scheme & of_department)]


def _contributed(words: Words, period: AnyPeriod, source: FundSource, rows: pd.DataFrame) -> Cell:
    if source.contributed_by is None:
        return _given(words, rows)
    held = _actual(words, period, source.contributed_by)
    if held is None:
        return number(words("rollout.not_reported"))
    return number(words.in_full(held, "inr"), origin=_amount(source.contributed_by, period))


def _given(words: Words, rows: pd.DataFrame) -> Cell:
    amount = int(rows["amount"].fillna(0).sum())
    return number(
        words.in_full(amount, "inr"),
        origin=Listed("entries", tuple(rows.index), Measure.AMOUNT),
    )


def departments(words: Words, period: AnyPeriod) -> Section:
    """Convergence so far by department: how often, how much, for how many people."""
    rows = convergence(words, period)

    def row(name: str, held: pd.DataFrame) -> tuple[Cell, ...]:
        people = int(held["people"].fillna(0).sum())
        listed = tuple(held.index)
        return (
            plain(name),
            number(words.number(len(held)), origin=Listed("entries", listed)),
            _given(words, held),
            number(words.number(people), origin=Listed("entries", listed, Measure.PEOPLE)),
        )

    groups = {
        code: rows[rows["department"] == code] for code in words.snapshot.reference.departments
    }
    known = rows["department"].isin(groups)
    named = [row(words.department(code), held) for code, held in groups.items() if len(held)]
    if len(rows[~known]):
        named.append(row(words("rollout.no_department"), rows[~known]))
    found = None
    if named:
        found = table(
            "",
            (
                column(words("actions.department"), 4.4),
                column(words("rollout.times"), 1.2, figure=True),
                column(words("convergence.amount"), 2, figure=True),
                column(words("convergence.people"), 1.2, figure=True),
            ),
            named,
            total=row(words("total"), rows),
        )
    return section(
        "convergence", words("rollout.convergence"), (found,), words("convergence.nothing")
    )


def _in_full(words: Words, used: int) -> Paragraph:
    return Paragraph(words("rollout.in_full", amount=words.in_full(used, "inr")), note=True)


def _crore(paise: int) -> Cell:
    return number(figures.crore(paise))


def _told(words: Words, paise: int) -> str:
    return words("rollout.crore", amount=figures.crore(paise))


def _reported(words: Words, paise: int | None, origin: Origin | None) -> Cell:
    if paise is None:
        return number(words("rollout.not_reported"))
    return number(figures.crore(paise), origin=origin)
