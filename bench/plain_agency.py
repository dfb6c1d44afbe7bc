"""One agency as plain dicts, gathered row by row from the same frames and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bench.programme import FormData

Key = tuple[str, str]  # indicator and dimension, blank for the total


@dataclass
class PlainAgency:
    """One agency as plain dicts. Figures are hundredths."""

    code: str
    due_quarters: int
    values: dict[Key, int]  # submitted, NIL answered
    given: dict[Key, int]  # submitted, before NIL answered
    faulty: frozenset[Key]
    nil: bool
    places: Mapping[Key, str]
    history: dict[str, dict[Key, int]] = field(default_factory=dict)  # accepted quarters
    targets: dict[tuple[str, str], int] = field(default_factory=dict)  # by indicator and quarter
    weights: dict[str, float] = field(default_factory=dict)


def gather_agencies(data: FormData) -> list[PlainAgency]:
    """Frames and judged files into one object per agency, row by row."""
    agencies = {
        update.agency: PlainAgency(
            code=update.agency,
            due_quarters=int(due_quarters),
            values={key: fact.hundredths for key, fact in update.facts.items()},
            given={
                key: fact.hundredths
                for key, fact in update.facts.items()
                if fact.origin == "reported"
            },
            faulty=update.faulty,
            nil=update.nil,
            places=update.places,
        )
        for update, due_quarters in zip(data.judged, data.due_quarters, strict=True)
    }
    for row in data.history.counted.itertuples(index=False):
        agencies[row.agency].history[row.quarter] = {}
    for row in data.history.facts.itertuples(index=False):
        key = row.indicator, row.dimension
        agencies[row.agency].history[row.quarter][key] = row.hundredths
    for row in data.history.targets.itertuples(index=False):
        agencies[row.agency].targets[row.indicator, row.quarter] = row.hundredths
    for row in data.history.weights.itertuples(index=False):
        agencies[row.agency].weights[row.indicator] = row.weight
    return list(agencies.values())


def cut_history(agency: PlainAgency, quarter: str, due_quarters: int) -> PlainAgency:
    """The agency as it was in a quarter that was accepted; places are left out."""
    if quarter in agency.history:
        values = agency.history[quarter]
        current: dict[str, Any] = {
            "values": values,
            "given": values,
            "faulty": frozenset(),
            "nil": False,
        }
    else:
        current = {}
    before = {key: figures for key, figures in agency.history.items() if key < quarter}
    return replace(agency, **current, due_quarters=due_quarters, places={}, history=before)
