"""Programme page: what sources were to give, and what departments and schemes have given.

Which contribution is whose stands in ``include/reference/budget.yaml``; each is counted once.
"""

from __future__ import annotations

import pandas as pd

from cpsa.calendar import AnyPeriod
from cpsa.documents import rollout_spending as spending
from cpsa.documents.action_tables import not_in_sums
from cpsa.documents.model import Cell, Section, Table
from cpsa.documents.origin import Listed, Measure
from cpsa.documents.parts import column, number, plain, said, section, table
from cpsa.documents.words import Words
from cpsa.reference import FundSource


def by_source(words: Words, period: AnyPeriod) -> Table:
    """What each source was to give, what was spent of it, and what it contributed besides."""
    reference = words.snapshot.reference
    rows, others = [], convergence(words, period, accepted=True)
    for code, source in reference.fund_sources.items():
        held = _from(words, others, source)
        others = others.drop(held.index)
        rows.append(
            (
                plain(source.name.in_(words.language)),
                spending.crore_cell(reference.budget_total(source=code)),
                spending.reported_cell(
                    words,
                    spending.spent_in_all(words, period, source=code),
                    period,
                    spending.reported_items(words, source=code),
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


def convergence(words: Words, period: AnyPeriod, *, accepted: bool) -> pd.DataFrame:
    """What departments and schemes gave up to the period's end, as updates say that were accepted
    or that were not."""
    rows = words.snapshot.entries
    rows = rows[(rows["kind"] == "convergence") & (rows["quarter"] <= period.last_quarter.key)]
    return rows[words.snapshot.is_accepted(rows) == accepted]


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
    held = spending.actual(words, period, source.contributed_by)
    if held is None:
        return number(words("rollout.not_reported"))
    marked = spending.mark(words, period, [source.contributed_by])
    origin = spending.amount(source.contributed_by, period)
    return number(words.in_full(held, "inr"), mark=marked, origin=origin)


def _given(words: Words, rows: pd.DataFrame) -> Cell:
    amount = int(rows["amount"].fillna(0).sum())
    return number(
        words.in_full(amount, "inr"),
        origin=Listed("entries", tuple(rows.index), Measure.AMOUNT),
    )


def departments(words: Words, period: AnyPeriod) -> Section:
    """Convergence so far by department: how often, how much, for how many people."""
    rows = convergence(words, period, accepted=True)

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
    others = convergence(words, period, accepted=False)
    blocks = (found, not_in_sums(words, others) if len(others) else None)
    return section(
        "convergence", words("rollout.convergence"), blocks, words("convergence.nothing")
    )
