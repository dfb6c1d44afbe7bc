"""One agency as a plain loop holds it, gathered row by row from the same frames and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bench.programme import FormData

Key = tuple[str, str]  # indicator and dimension, blank for the total


@dataclass
class Agency:
    """One agency as a plain loop holds it. Figures are hundredths."""

    code: str
    owed: int
    values: dict[Key, int]  # submitted, NIL answered
    given: dict[Key, int]  # submitted, before NIL answered
    faulty: frozenset[Key]
    nil: bool
    places: Mapping[Key, str]
    history: dict[str, dict[Key, int]] = field(default_factory=dict)  # accepted quarters
    targets: dict[tuple[str, str], int] = field(default_factory=dict)  # by indicator and quarter
    weights: dict[str, float] = field(default_factory=dict)


def gather(data: FormData) -> list[Agency]:
    """Frames and judged files into one object per agency, row by row."""
    agencies = {
        one.agency: Agency(
            code=one.agency,
            owed=int(owed),
            values={key: fact.hundredths for key, fact in one.facts.items()},
            given={
                key: fact.hundredths for key, fact in one.facts.items() if fact.origin == "reported"
            },
            faulty=one.faulty,
            nil=one.nil,
            places=one.places,
        )
        for one, owed in zip(data.judged, data.owed, strict=True)
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


def as_of(agency: Agency, quarter: str, owed: int) -> Agency:
    """The agency as it stood in a quarter that was accepted; places are left out."""
    if quarter in agency.history:
        values = agency.history[quarter]
        said = {"values": values, "given": values, "faulty": frozenset(), "nil": False}
    else:
        said = {}
    before = {key: held for key, held in agency.history.items() if key < quarter}
    return replace(agency, **said, owed=owed, places={}, history=before)
