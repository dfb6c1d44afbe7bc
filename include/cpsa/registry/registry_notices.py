"""What a registry says that contradicts itself or the budget: loaded all the same, with a notice.

What belongs here: comparing the figures of a registry with one another. What must not: refusing a
file (``registry_files``), and comparing a registry with the one before it (the services).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import pandas as pd

from cpsa.errors import RequestError
from cpsa.figures import quantity, rupees
from cpsa.framework.model import Framework

SECOND_ABOVE_FIRST = "to_date_above"
SECOND_BELOW_FIRST = "second_below_first"
"""Kinds of rules whose pairs hold for targets as well as for figures."""


class BudgetLimit(Protocol):
    """What targets need to know of a row of the budget."""

    @property
    def spent_by(self) -> str | None: ...
    @property
    def total_paise(self) -> int: ...
    @property
    def source(self) -> str: ...


def list_contradictions(
    targets: pd.DataFrame, framework: Framework, budget: Iterable[BudgetLimit]
) -> tuple[RequestError, ...]:
    """One notice per agency and pair of targets, and per budget row that targets go beyond.

    ``budget``: rows of the budget whose spending an indicator reports.
    """
    by_agency = targets.pivot_table(
        index=["agency", "quarter"], columns="indicator", values="hundredths", aggfunc="sum"
    ).sort_index()
    notices: list[RequestError] = []
    for first, second in _list_pairs(framework, SECOND_ABOVE_FIRST, by_agency):
        own = by_agency[[first, second]]
        # As the rule on figures: both summed up to the quarter; where one is never set, nothing
        # is compared.
        is_set = own.notna().groupby(level="agency").transform("any").all(axis="columns")
        sums = own.fillna(0).groupby(level="agency").cumsum()
        above = is_set & own[second].notna() & (sums[second] > sums[first])
        notices += _list_notices_by_agency("registry.targets_above", sums[above], framework)
    for first, second in _list_pairs(framework, SECOND_BELOW_FIRST, by_agency):
        own = by_agency[[first, second]]
        notices += _list_notices_by_agency(
            "registry.targets_below", own[own[second] < own[first]], framework
        )
    return (*notices, *_list_budget_excesses(targets, budget))


def _list_pairs(
    framework: Framework, kind: str, targets: pd.DataFrame
) -> Iterator[tuple[str, str]]:
    """The pairs of a kind of rule of which both have targets."""
    for rule in framework.rules.values():
        if rule.kind == kind:
            yield from (
                (first, second)
                for first, second in rule.parameters["pairs"]
                if {first, second} <= set(targets.columns)
            )


def _list_notices_by_agency(
    key: str, rows: pd.DataFrame, framework: Framework
) -> Iterator[RequestError]:
    """A notice per agency: the first quarter of these rows, and in how many quarters it is so."""
    first, second = rows.columns
    unit = framework.by_code[second].unit
    for agency, own in rows.groupby(level="agency", sort=False):
        _, quarter = own.index[0]
        values = own.iloc[0].astype("int64")
        yield RequestError(
            key,
            agency=agency,
            quarter=quarter,
            count=len(own),
            first=first,
            second=second,
            first_value=quantity(values[first], unit),
            second_value=quantity(values[second], unit),
        )


def _list_budget_excesses(
    targets: pd.DataFrame, budget: Iterable[BudgetLimit]
) -> Iterator[RequestError]:
    for row in budget:
        total = int(targets.loc[targets["indicator"] == row.spent_by, "hundredths"].sum())
        if row.spent_by and total > row.total_paise:
            yield RequestError(
                "registry.targets_above_budget",
                indicator=row.spent_by,
                total=rupees(total),
                budget=rupees(row.total_paise),
                source=row.source,
            )
