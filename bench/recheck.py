"""Twenty quarters checked and scored again, oldest first, as after a change of the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bench import plain_agency, plain_loop
from bench.check_and_score import LOOP, check_by_arrays, require_agreement
from bench.lines import Line, Progress, Size, compare_speed
from bench.plain_agency import PlainAgency
from bench.programme import FormData, make_programme
from bench.rounds import measure_rivals
from cpsa.checks.comparison import Comparison
from cpsa.checks.examine_submissions import build_comparison
from cpsa.framework.model import Framework
from cpsa.scoring.quarter_figures import Array

TIMES_AS_FAST = 20
MAX_AGENCIES = 1000  # the loop's dicts of twenty quarters would not fit beside each other
QuarterCases = list[tuple[str, Comparison, list[PlainAgency], Array]]


def lines(size: Size, progress: Progress) -> list[Line]:
    """Every accepted quarter against those before it: arrays sliced, dicts sliced."""
    limited = Size(min(size.agencies, MAX_AGENCIES), size.quarters, size.rounds, size.seed)
    progress("making a programme up")
    programme = make_programme(limited.forms, limited.quarters, limited.seed)
    framework = programme.framework
    forms = [
        (data.form, _list_quarters(programme.quarter, framework, data)) for data in programme.forms
    ]

    def arrays() -> list[Any]:
        return [
            check_by_arrays(framework, replace(case, panel=replace(case.panel)), due_quarters)
            for _, quarters in forms
            for _, case, _, due_quarters in quarters
        ]

    def loop() -> list[Any]:
        return [
            plain_loop.run_loop(framework, form, quarter, agencies)
            for form, quarters in forms
            for quarter, _, agencies, _ in quarters
        ]

    require_agreement(arrays(), loop())
    times = measure_rivals({"arrays": arrays, LOOP: loop}, limited.rounds, progress)
    stage = f"recheck of {limited.quarters + 1} quarters, {limited.agencies:,} agencies"
    return [compare_speed(stage, times["arrays"], LOOP, times[LOOP], TIMES_AS_FAST)]


def _list_quarters(at_hand: str, framework: Framework, data: FormData) -> QuarterCases:
    """Each quarter's accepted updates, as arrays and as dicts, with the quarters due by then."""
    case = build_comparison(
        framework, data.form, at_hand, data.judged, data.spread_history(framework)
    )
    plain = plain_agency.gather_agencies(data)
    quarters = (*data.quarters, at_hand)
    found: QuarterCases = []
    for place, quarter in enumerate(quarters):
        rows = np.flatnonzero(case.panel.counted[:, place])
        if not len(rows):
            continue
        due_quarters = np.maximum(data.due_quarters[rows] - (len(quarters) - 1 - place), 1)
        agencies = [
            plain_agency.cut_history(plain[row], quarter, int(number))
            for row, number in zip(rows, due_quarters, strict=True)
        ]
        found.append((quarter, _slice_case(case, rows, place), agencies, due_quarters))
    return found


def _slice_case(case: Comparison, rows: Array, place: int) -> Comparison:
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
        return Comparison(then, case.given[rows], case.faulty[rows], case.nil[rows])
    nothing = np.zeros(len(rows), dtype=bool)
    return Comparison(then, then.now, np.zeros(then.now.shape, dtype=bool), nothing)
