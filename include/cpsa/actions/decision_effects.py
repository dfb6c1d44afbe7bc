"""Compares the figures named as evidence in an action: before its decision and after it.

Pure: actions, decisions and facts in, rows out. What must not go here: which indicators belong to an
action (the caller says), any statement that the decision was the cause, or wording.

Before are the quarters that ended by the quarter of the decision, that one not included; after are
those that follow it. Flows are summed per accepted quarter, so that one quarter more or less does
not look like an effect; of stocks the latest value counts. No row where either side has no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cpsa.actions.decision import Decision
from cpsa.calendar import IST, Quarter
from cpsa.framework.model import TOTAL, Indicator

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


def compute_effects(
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
    dated = _find_dating_decisions(decisions)
    dated_actions = actions[actions["number"].isin(dated)].sort_values("number", kind="stable")
    totals = _group_totals(facts[facts["agency"].isin(dated_actions["agency"])])
    rows: list[Effect] = []
    for action in dated_actions.itertuples(index=False):
        found = dated[action.number]
        decided = Quarter.containing(found.decided_at.astimezone(IST).date())
        for indicator in evidence(action):
            figures = totals.get((action.agency, indicator.code), ())
            before = _summarise_side(figures, decided - span, decided - 1, indicator)
            after = _summarise_side(figures, decided + 1, min(decided + span, last), indicator)
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


def _find_dating_decisions(decisions: pd.DataFrame) -> dict[str, Any]:
    """By action, the decision that dates its effect; not those whose newest has none."""
    dated: dict[str, Any] = {}
    for decision in decisions.itertuples(index=False):
        if decision.decision not in EFFECTIVE:
            dated.pop(decision.number, None)
        else:
            dated.setdefault(decision.number, decision)
    return dated


def _group_totals(facts: pd.DataFrame) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """Totals with their quarters, oldest first, by agency and indicator."""
    rows = facts[facts["dimension"] == TOTAL].sort_values("quarter", kind="stable")
    names = ("agency", "indicator", "quarter", "hundredths")
    totals: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for agency, code, quarter, value in zip(*(rows[name] for name in names), strict=True):
        totals.setdefault((agency, code), []).append((quarter, int(value)))
    return totals


def _summarise_side(
    figures: Sequence[tuple[str, int]], first: Quarter, last: Quarter, indicator: Indicator
) -> tuple[int, int] | None:
    """A figure and over how many quarters it is; None where there is none."""
    values = [value for quarter, value in figures if first.key <= quarter <= last.key]
    if not values:
        return None
    if not indicator.is_flow:
        return values[-1], len(values)
    return round(sum(values) / len(values)), len(values)
