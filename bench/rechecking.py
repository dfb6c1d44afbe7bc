"""Twenty quarters checked and scored anew, oldest first, as after a change of the rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench import plain_agency, plain_loop
from bench.check_and_score import LOOP, by_arrays, require_agreement
from bench.lines import Line, Progress, Size, faster
from bench.plain_agency import Agency
from bench.programme import FormData, make
from bench.rounds import interleaved
from cpsa.check.case import Case
from cpsa.check.examine import build_case
from cpsa.score.panel import Array

TIMES_AS_FAST = 20
AGENCIES_AT_MOST = 1000  # the loop's dicts of twenty quarters would not fit beside each other
Quarterly = list[tuple[str, Case, list[Agency], Array]]


def lines(size: Size, progress: Progress) -> list[Line]:
    """Every accepted quarter against those before it: arrays sliced, dicts sliced."""
    some = Size(min(size.agencies, AGENCIES_AT_MOST), size.quarters, size.rounds, size.seed)
    progress("making a programme up")
    programme = make(some.forms, some.quarters, some.seed)
    framework = programme.framework
    forms = [
        (data.form, _quarterly(programme.quarter, framework, data)) for data in programme.forms
    ]

    def arrays():
        return [
            by_arrays(framework, quarter, replace(case, panel=replace(case.panel)), (), owed)
            for _, quarters in forms
            for quarter, case, _, owed in quarters
        ]

    def loop():
        return [
            plain_loop.run(framework, form, quarter, agencies)
            for form, quarters in forms
            for quarter, _, agencies, _ in quarters
        ]

    require_agreement(arrays(), loop())
    times = interleaved({"arrays": arrays, LOOP: loop}, some.rounds, progress)
    stage = f"recheck of {some.quarters + 1} quarters, {some.agencies:,} agencies"
    return [faster(stage, times["arrays"], LOOP, times[LOOP], TIMES_AS_FAST)]


def _quarterly(at_hand: str, framework, data: FormData) -> Quarterly:
    """Each quarter's accepted updates, as arrays and as dicts, with what was owed by then."""
    case = build_case(framework, data.form, at_hand, data.judged, data.history)
    plain = plain_agency.gather(data)
    quarters = (*data.quarters, at_hand)
    found: Quarterly = []
    for place, quarter in enumerate(quarters):
        rows = np.flatnonzero(case.panel.counted[:, place])
        if not len(rows):
            continue
        owed = np.maximum(data.owed[rows] - (len(quarters) - 1 - place), 1)
        agencies = [
            plain_agency.as_of(plain[row], quarter, int(number))
            for row, number in zip(rows, owed, strict=True)
        ]
        found.append((quarter, _sliced(case, rows, place), agencies, owed))
    return found


def _sliced(case: Case, rows: Array, place: int) -> Case:
    """The case as it was in a quarter, with the agencies that reported in it."""
    panel, last = case.panel, place + 1
    at_hand = last == len(panel.quarters)
    then = replace(
        panel,
        agencies=tuple(panel.agencies[row] for row in rows),
        quarters=panel.quarters[:last],
        values=np.asfortranarray(panel.values[rows, :last]),
        counted=np.asfortranarray(panel.counted[rows, :last]),
        targets=np.asfortranarray(panel.targets[rows, :last]),
        weights=panel.weights[rows],
    )
    if at_hand:
        return Case(then, case.given[rows], case.faulty[rows], case.nil[rows])
    nothing = np.zeros(len(rows), dtype=bool)
    return Case(then, then.now, np.zeros(then.now.shape, dtype=bool), nothing)
