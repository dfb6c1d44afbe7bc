"""What agencies get wrong in the quarter at hand, so that every comparing rule has work to do.

Shares are of agencies, about what a year of returns shows: most updates are clean. One fault is
laid over another as it comes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpsa.checks.structure_rules import Key
from cpsa.framework.model import TOTAL, Framework, Indicator
from cpsa.scoring.quarter_figures import Array

MISSING_FIGURE = 0.04
PART_MISSING = 0.03
FAULTY_FIGURE = 0.02
PART_ABOVE_WHOLE = 0.01
JUMP = 0.02
FIRST_ZERO = 0.01
SECOND_ZERO = 0.03
MORE_THAN_THERE_IS = 0.005
SANCTION_FELL = 0.005
DONE_MORE = 0.02
NIL_RETURN = 0.01
NIL_WITH_FIGURES = 0.002
COPIED = 0.005


@dataclass(frozen=True)
class SubmittedFigures:
    """What was received for the quarter: shapes (A, C), and (A,) for agencies that ticked NIL."""

    values: Array  # NIL answered, faulty figures missing
    faulty: Array
    answered: Array  # which zeros are NIL's
    nil: Array


def add_faults(
    framework: Framework,
    indicators: tuple[Indicator, ...],
    columns: tuple[Key, ...],
    clean: Array,
    before: Array,
    generator: np.random.Generator,
) -> SubmittedFigures:
    """The figures of a quarter (A, C) as agencies send them."""
    values, place = clean.copy(), {key: column for column, key in enumerate(columns)}
    number = len(values)

    def draw_agencies(share: float) -> Array:
        return np.flatnonzero(generator.random(number) < share)

    def find_column(code: str, dimension: str = TOTAL) -> int:
        return place[code, dimension]

    totals = np.array([find_column(indicator.code) for indicator in indicators])
    parts = np.array([spot for spot, (_, dimension) in enumerate(columns) if dimension != TOTAL])
    wholes = np.array([find_column(columns[spot][0]) for spot in parts])

    rows = draw_agencies(COPIED)
    values[rows] = before[rows]
    rows = draw_agencies(JUMP)
    values[rows, generator.choice(totals, len(rows))] *= 8
    rows, chosen = draw_agencies(PART_ABOVE_WHOLE), generator.integers(0, len(parts), number)
    values[rows, parts[chosen[rows]]] = np.abs(values[rows, wholes[chosen[rows]]]) + 100
    for kind, share, side in (
        ("second_without_first", FIRST_ZERO, 0),
        ("first_without_second", SECOND_ZERO, 1),
    ):
        pairs = [
            pair for rule in framework.rules_of_kind(kind) for pair in rule.parameters["pairs"]
        ]
        for pair in pairs:
            if (pair[side], TOTAL) in place:
                values[draw_agencies(share / len(pairs)), find_column(pair[side])] = 0
    for rule in framework.rules_of_kind("to_date_above"):
        for limit, limited in rule.parameters["pairs"]:
            if {(limit, TOTAL), (limited, TOTAL)} <= set(place):
                values[draw_agencies(MORE_THAN_THERE_IS), find_column(limited)] *= 60
    if ("B1", TOTAL) in place:
        values[draw_agencies(SANCTION_FELL), find_column("B1")] *= 0.9
        rows = draw_agencies(DONE_MORE)
        values[rows, find_column("A2")] = values[rows, find_column("A1")] * 2
    rows = draw_agencies(PART_MISSING)
    values[rows, generator.choice(parts, len(rows))] = np.nan
    rows = draw_agencies(MISSING_FIGURE)
    values[rows, generator.choice(totals, len(rows))] = np.nan

    faulty = np.zeros(values.shape, dtype=bool)
    rows = draw_agencies(FAULTY_FIGURE)
    faulty[rows, generator.integers(0, len(columns), len(rows))] = True
    values[faulty] = np.nan
    return _tick_nil(np.round(values), faulty, indicators, columns, generator)


def _tick_nil(
    values: Array,
    faulty: Array,
    indicators: tuple[Indicator, ...],
    columns: tuple[Key, ...],
    generator: np.random.Generator,
) -> SubmittedFigures:
    """Tick NIL here and there, seldom beside figures; it answers every blank of a flow."""
    flows = {indicator.code for indicator in indicators if indicator.is_flow}
    of_flow = np.array([code in flows for code, _ in columns])
    blank = generator.random(len(values)) < NIL_RETURN
    untrue = generator.random(len(values)) < NIL_WITH_FIGURES
    values[np.ix_(blank, of_flow)] = np.nan
    nil = blank | untrue
    answered = nil[:, None] & of_flow & np.isnan(values) & ~faulty
    values[answered] = 0
    return SubmittedFigures(values, faulty, answered, nil)
