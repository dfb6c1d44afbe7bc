"""What became of the figures named as evidence in an action: before its decision and after it.

Pure: actions, decisions and facts in, rows out. What must not go here: which indicators speak to an
action (the caller says), any statement that the decision was the cause, or wording.

Before are the quarters that ended by the quarter of the decision, that one not included; after are
those that follow it. Flows are summed per accepted quarter, so that one quarter more or less does
not look like an effect; of stocks the latest value counts. No row where either side has no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cpsa.actions.decision import Decision
from cpsa.calendar import IST, Quarter
from cpsa.framework import TOTAL, Indicator

EFFECTIVE = frozenset((Decision.ACCEPTED, Decision.DONE))
"""Decisions after which something may have changed for the agency."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One indicator of one action; ``before`` and ``after`` in hundredths, a quarter's mean of a
    flow, the latest value of a stock."""

    action: Any
    decision: str
    decided_in: str
    indicator: str
    before: int
    after: int
    quarters_before: int
    quarters_after: int


def effects(
    actions: pd.DataFrame,
    decisions: pd.DataFrame,
    facts: pd.DataFrame,
    evidence: Callable[[Any], Sequence[Indicator]],
    last: Quarter,
    span: int,
) -> tuple[Effect, ...]:
    """The effects that can be seen up to a quarter, over at most ``span`` quarters on either side.

    ``decisions`` in the order of recording; the first of an action's newest run of decisions that
    may have an effect dates it. ``evidence`` names the indicators of an action.
    """
    totals = facts[facts["dimension"] == TOTAL]
    of_agency = dict(iter(totals.groupby("agency", sort=False)))
    rows: list[Effect] = []
    for action in actions.sort_values("number", kind="stable").itertuples(index=False):
        own = decisions[decisions["number"] == action.number]
        found = _effective(own.itertuples(index=False))
        held = of_agency.get(action.agency)
        if found is None or held is None:
            continue
        decided = Quarter.containing(found.decided_at.astimezone(IST).date())
        for indicator in evidence(action):
            figures = held[held["indicator"] == indicator.code]
            before = _side(figures, decided - span, decided - 1, indicator)
            after = _side(figures, decided + 1, min(decided + span, last), indicator)
            if before and after:
                rows.append(
                    Effect(
                        action,
                        str(found.decision),
                        decided.key,
                        indicator.code,
                        before[0],
                        after[0],
                        before[1],
                        after[1],
                    )
                )
    return tuple(rows)


def _effective(decisions: Iterable[Any]) -> Any | None:
    """The decision that dates an effect; None where the newest has none."""
    dated = None
    for one in decisions:
        if one.decision not in EFFECTIVE:
            dated = None
        elif dated is None:
            dated = one
    return dated


def _side(
    figures: pd.DataFrame, first: Quarter, last: Quarter, indicator: Indicator
) -> tuple[int, int] | None:
    """A figure and over how many quarters it is; None where there is none."""
    rows = figures[(figures["quarter"] >= first.key) & (figures["quarter"] <= last.key)]
    if rows.empty:
        return None
    values = rows.sort_values("quarter")["hundredths"].astype(int)
    if not indicator.is_flow:
        return int(values.iloc[-1]), len(values)
    return round(int(values.sum()) / len(values)), len(values)
