"""What a quarter costs as agencies and quarters grow: collect, check and close, each fitted.

Wall seconds of the bare stages in a process of their own over PostgreSQL, from CSVs in the inbox to a closed
quarter. An exponent is the slope of cost over size on logarithms: 1 is as fast as the programme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np

from bench.filled_stores import FilledStores
from bench.floor import run_quarter
from bench.lines import Line, Progress, Size
from bench.rounds import Times
from bench.targets import hold_to
from bench.versions import OWN

TIMES_AS_MANY = (0.01, 0.1, 1, 10)  # of the agencies with which the benchmark is run
MIN_AGENCIES = 10
QUARTERS = (1, 5, 20)
FIXED_QUARTERS = 3  # while agencies grow
FIXED_AGENCIES = 500  # while quarters grow
QUICK_AGENCIES = 500  # agencies that are done so soon that each round measures them
Costs = Mapping[int, Mapping[str, Sequence[float]]]  # seconds by size and stage


def lines(size: Size, progress: Progress, stores: FilledStores) -> list[Line]:
    """A line for agencies, which has the target, and one for quarters."""
    few = min(FIXED_AGENCIES, size.agencies)
    by_agencies = {
        number: _measure_costs(number, FIXED_QUARTERS, size, progress, stores)
        for number in list_sizes(size.agencies)
    }
    by_quarters = {
        number: _measure_costs(few, number, size, progress, stores) for number in QUARTERS
    }
    return [
        hold_to(
            "growth", _make_line(f"agencies, {FIXED_QUARTERS} quarters of history", by_agencies)
        ),
        _make_line(f"quarters of history, {few:,} agencies", by_quarters),
    ]


def list_sizes(agencies: int) -> list[int]:
    """Programmes from a hundredth to ten times as large: 70 to 70,000 agencies for 7,000."""
    return [max(MIN_AGENCIES, round(agencies * times)) for times in TIMES_AS_MANY]


def fit_exponent(costs: Mapping[int, float]) -> float:
    """The slope of a straight line through the logarithms."""
    slope, _ = np.polyfit(np.log(list(costs)), np.log(list(costs.values())), 1)
    return float(slope)


def _make_line(dimension: str, costs: Costs) -> Line:
    """Its ratio is the fitted cost of ten times as many, then that of each step."""
    whole = {
        number: median(map(sum, zip(*stages.values(), strict=True)))
        for number, stages in costs.items()
    }
    slope = fit_exponent(whole)
    stages = next(iter(costs.values()))
    slopes = {
        name: fit_exponent(
            {number: median(stage_seconds[name]) for number, stage_seconds in costs.items()}
        )
        for name in stages
    }
    totals = ", ".join(f"{number:,}: {seconds:.2f} s" for number, seconds in whole.items())
    fitted = ", ".join(f"{name} {value:.2f}" for name, value in slopes.items())
    return Line(
        f"growth with {dimension} (wall)",
        Times(tuple(whole.values())),
        "",
        Times((10**slope,)),
        "times the cost for ten times as many, fitted",
        note=f"{totals}; exponents: the whole {slope:.2f}, {fitted}",
    )


def _measure_costs(
    agencies: int, quarters: int, size: Size, progress: Progress, stores: FilledStores
) -> Mapping[str, Sequence[float]]:
    """Seconds of each stage; small programmes in every round, large ones once."""
    rounds = size.rounds if agencies <= QUICK_AGENCIES else 1
    grown = Size(agencies, quarters, rounds, size.seed)
    runs = []
    for _ in range(rounds):
        with stores.copy(OWN, grown, progress) as copy:
            progress(f"{agencies:,} agencies, {quarters} quarters")
            runs.append(run_quarter(OWN, copy))
    if (agencies, quarters) != (size.agencies, size.quarters):
        stores.drop(OWN, grown)
    return {name: [run[name] for run in runs] for name in runs[0]}
