"""A made-up national programme as arrays: registry, history and one quarter's submissions.

Seeded: the same arguments give the same programme. Every form's figures are drawn together, so
that thousands of agencies take seconds. What agencies get wrong is in ``faults``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.faults import SubmittedFigures, add_faults
from cpsa.calendar import Quarter
from cpsa.checks.examine_submissions import History
from cpsa.checks.structure_rules import Key, StructureResult, SubmissionFact
from cpsa.framework.loader import load_framework
from cpsa.framework.model import TOTAL, Framework, Indicator
from cpsa.scoring.quarter_figures import (
    Array,
    QuarterFigures,
    find_pair_positions,
    list_cells,
    number_keys,
    spread_figures,
)

FRAMEWORK = Path(__file__).resolve().parents[1] / "include" / "programme" / "framework"
# It has ended by the clock of the machine: Airflow closes no other.
AT_HAND = Quarter.parse("2025-26-Q4")

RUPEE, PIECE = 100, 100  # in hundredths
ACCEPTED_SHARE = 0.93  # of an agency's earlier quarters
LATE_STARTERS = 0.2  # of agencies, active since some quarter within the history
WEIGHTED = 0.1  # of agency and indicator pairs have a weight of their own
# The second of each pair happens within the first, so it is drawn as a part of it.
WITHIN = {"A2": "A1", "FA2": "FA1", "FA4": "FA3"}


@dataclass(frozen=True)
class HistoryFrames:
    """The history of one form's agencies, as rows.

    facts: agency, quarter, indicator, dimension, hundredths; counted: agency, quarter; targets: agency,
    indicator, quarter, hundredths; weights: agency, indicator, weight.
    """

    facts: pd.DataFrame
    counted: pd.DataFrame
    targets: pd.DataFrame
    weights: pd.DataFrame


@dataclass(frozen=True)
class FormData:
    """One form's agencies: frames of their history, and the submissions of the quarter at hand."""

    form: str
    quarters: tuple[str, ...]  # of the history, oldest first
    judged: tuple[StructureResult, ...]
    history: HistoryFrames
    due_quarters: Array  # quarters due so far, per agency

    def spread_history(self, framework: Framework) -> History:
        """The history as submissions are compared with it."""
        frames = self.history
        counted, facts = frames.counted, frames.facts
        cells = list_cells(framework.form_indicators(self.form))
        owners = number_keys(zip(counted["agency"], counted["quarter"], strict=True))
        rows = find_pair_positions(owners, facts["agency"], facts["quarter"])
        values = spread_figures(cells, facts, rows, len(counted))
        figures = QuarterFigures(counted["agency"].tolist(), counted["quarter"].tolist(), values)
        return History(self.quarters, figures, frames.targets, frames.weights)


@dataclass(frozen=True)
class Programme:
    """A country's quarter."""

    framework: Framework
    quarter: str
    forms: tuple[FormData, ...]

    @property
    def figures(self) -> int:
        """How many there are, history and quarter at hand."""
        return sum(
            len(data.history.facts) + sum(len(update.facts) for update in data.judged)
            for data in self.forms
        )


def make_programme(agencies: Mapping[str, int], quarters: int, seed: int) -> Programme:
    """So many agencies of each form, with so many quarters of history before the one at hand."""
    framework = load_framework(AT_HAND, FRAMEWORK)
    generator = np.random.default_rng(seed)
    forms = tuple(
        _make_form_data(framework, form, number, quarters, generator)
        for form, number in agencies.items()
    )
    return Programme(framework, AT_HAND.key, forms)


def _make_form_data(
    framework: Framework, form: str, number: int, before: int, generator: np.random.Generator
) -> FormData:
    indicators = framework.form_indicators(form)
    columns = list_cells(indicators)
    codes = tuple(f"{form}-{place:05d}" for place in range(number))
    quarters = tuple(quarter.key for quarter in Quarter.range(AT_HAND - before, AT_HAND))
    active = _draw_active(number, before, generator)
    counted = active & (generator.random(active.shape) < ACCEPTED_SHARE)

    usual = _draw_usual(indicators, number, generator)
    values = _draw_values(indicators, columns, usual, before + 1, generator)
    submitted = add_faults(framework, indicators, columns, values[:, -1], values[:, -2], generator)
    return FormData(
        form=form,
        quarters=quarters[:-1],
        judged=_make_judged(codes, columns, submitted),
        history=HistoryFrames(
            facts=_frame_facts(codes, quarters, columns, values[:, :-1], counted[:, :-1]),
            counted=_frame_counted(codes, quarters, counted[:, :-1]),
            targets=_frame_targets(codes, quarters, indicators, usual, active, generator),
            weights=_frame_weights(codes, indicators, generator),
        ),
        due_quarters=active.sum(axis=1),
    )


def _draw_active(number: int, before: int, generator: np.random.Generator) -> Array:
    """For which quarters an agency's update is due, the one at hand last: shape (A, Q)."""
    late = generator.random(number) < LATE_STARTERS
    first = np.where(late, generator.integers(0, before + 1, number), 0)
    return np.arange(before + 1) >= first[:, None]


def _draw_usual(
    indicators: tuple[Indicator, ...], number: int, generator: np.random.Generator
) -> Array:
    """What an agency does in a usual quarter, in units: shape (A, I)."""
    middle = np.array([400_000.0 if indicator.unit == "inr" else 60.0 for indicator in indicators])
    return np.exp(generator.normal(np.log(middle), 0.6, (number, len(indicators))))


def _draw_values(
    indicators: tuple[Indicator, ...],
    columns: tuple[Key, ...],
    usual: Array,
    quarters: int,
    generator: np.random.Generator,
) -> Array:
    """Figures in hundredths, shape (A, Q, C): flows vary, stocks grow, parts stay within."""
    number, flat = len(usual), (len(usual), quarters)
    totals: dict[str, Array] = {}
    for place, indicator in enumerate(indicators):
        flow = usual[:, [place]] * np.exp(generator.normal(0, 0.2, flat))
        within = totals.get(WITHIN.get(indicator.code, ""))
        if within is not None:
            flow = within / 100 * generator.uniform(0.75, 1.0, flat)
        if indicator.signed:
            flow *= np.where(generator.random(flat) < 0.03, -0.1, 1)
        totals[indicator.code] = _round_units(
            np.cumsum(flow, axis=1) if not indicator.is_flow else flow, indicator
        )
    if "B1" in totals:  # the sanction covers what is spent, with room to spare
        room = np.cumsum(totals["B2"], axis=1)[:, [-1]] * 1.3
        totals["B1"] = np.broadcast_to(np.round(room / RUPEE) * RUPEE, flat)
    values = np.empty((number, quarters, len(columns)))
    for place, (code, dimension) in enumerate(columns):
        share = generator.uniform(0.1, 0.5, flat) if dimension != TOTAL else 1.0
        values[:, :, place] = np.floor(np.abs(totals[code]) / PIECE * share) * PIECE
        if dimension == TOTAL:
            values[:, :, place] = totals[code]
    return values


def _round_units(units: Array, indicator: Indicator) -> Array:
    """Hundredths: rupees to the paisa, counts whole."""
    return np.round(units * RUPEE) if indicator.unit == "inr" else np.round(units) * PIECE


def _make_judged(
    codes: tuple[str, ...], columns: tuple[Key, ...], submitted: SubmittedFigures
) -> tuple[StructureResult, ...]:
    lines = {key: f"line {place}" for place, key in enumerate(columns, start=2)}
    return tuple(
        StructureResult(
            agency=agency,
            quarter=AT_HAND.key,
            facts={
                key: SubmissionFact(int(value), "nil" if answered else "reported", lines[key])
                for key, value, answered in zip(columns, values, answered_by_nil, strict=True)
                if value == value
            },
            faulty=frozenset(columns[place] for place in np.flatnonzero(wrong)),
            nil=bool(nil),
            places=lines,
        )
        for agency, values, wrong, answered_by_nil, nil in zip(
            codes,
            submitted.values,
            submitted.faulty,
            submitted.answered,
            submitted.nil,
            strict=True,
        )
    )


def _frame_facts(
    codes: tuple[str, ...],
    quarters: tuple[str, ...],
    columns: tuple[Key, ...],
    values: Array,
    counted: Array,
) -> pd.DataFrame:
    rows, times = np.nonzero(counted)
    wide = len(columns)
    figures = values[rows, times].reshape(-1)
    frame = pd.DataFrame(
        {
            "agency": np.repeat(np.array(codes, dtype=object)[rows], wide),
            "quarter": np.repeat(np.array(quarters, dtype=object)[times], wide),
            "indicator": np.tile(np.array([code for code, _ in columns], dtype=object), len(rows)),
            "dimension": np.tile(
                np.array([dimension for _, dimension in columns], dtype=object), len(rows)
            ),
        }
    )
    frame["hundredths"] = figures.astype("int64")
    return frame


def _frame_counted(
    codes: tuple[str, ...], quarters: tuple[str, ...], counted: Array
) -> pd.DataFrame:
    rows, times = np.nonzero(counted)
    return pd.DataFrame({"agency": np.array(codes)[rows], "quarter": np.array(quarters)[times]})


def _frame_targets(
    codes: tuple[str, ...],
    quarters: tuple[str, ...],
    indicators: tuple[Indicator, ...],
    usual: Array,
    active: Array,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """A target for every targeted indicator and active quarter, a little above what is usual."""
    targeted = np.array([indicator.targeted for indicator in indicators])
    ambition = generator.uniform(0.9, 1.5, usual.shape)
    targets = np.round(usual * ambition) * RUPEE
    rows, times, places = np.nonzero(active[:, :, None] & targeted[None, None, :])
    return pd.DataFrame(
        {
            "agency": np.array(codes)[rows],
            "indicator": np.array([indicator.code for indicator in indicators])[places],
            "quarter": np.array(quarters)[times],
            "hundredths": targets[rows, places].astype("int64"),
        }
    )


def _frame_weights(
    codes: tuple[str, ...], indicators: tuple[Indicator, ...], generator: np.random.Generator
) -> pd.DataFrame:
    chosen = generator.random((len(codes), len(indicators))) < WEIGHTED
    rows, places = np.nonzero(chosen)
    return pd.DataFrame(
        {
            "agency": np.array(codes)[rows],
            "indicator": np.array([indicator.code for indicator in indicators])[places],
            "weight": generator.choice([0.5, 2.0, 3.0], len(rows)),
        }
    )
