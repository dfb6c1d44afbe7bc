"""Check + score of a country's quarter: the package's arrays against a plain loop, and the limit.

Both must find the same; what they find is compared before anything is timed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench import plain_agency, plain_loop
from bench.plain_loop import Outcome
from bench.programme import FormData, Programme
from bench.rounds import Times, Work, interleaved, repeated
from cpsa.check.case import Case
from cpsa.check.examine import breaches_as_findings, build_case
from cpsa.check.finding import Finding
from cpsa.score import Scores, score

ARRAYS, LOOP, PASS = "arrays", "loop", "pass"
FROM_FRAMES, LOOP_FROM_FRAMES = "arrays from frames", "loop from frames"
PASSES = 10
TOLERANCE = 1e-9  # of scores: the two add up in another order


@dataclass(frozen=True)
class Measured:
    """What was found, where the two readings differ, and how long each took."""

    findings: Counter[str]
    mismatches: tuple[str, ...]
    times: dict[str, Times]


def measure(
    programme: Programme, rounds: int, with_frames: bool, progress: Callable[[str], None]
) -> Measured:
    """Compare both readings once, then time them in turn."""
    progress("reading both ways")
    cases = [_case(programme, data) for data in programme.forms]
    gathered = [plain_agency.gather(data) for data in programme.forms]

    def arrays() -> list[tuple[list[Finding], Scores]]:
        return [
            _by_arrays(programme, data, _fresh(case))
            for data, case in zip(programme.forms, cases, strict=True)
        ]

    def loop() -> list[Outcome]:
        return [
            plain_loop.run(programme.framework, data.form, programme.quarter, agencies)
            for data, agencies in zip(programme.forms, gathered, strict=True)
        ]

    rivals: dict[str, Work] = {
        ARRAYS: arrays,
        LOOP: loop,
        PASS: repeated(lambda: [_one_pass(case) for case in cases], PASSES),
    }
    if with_frames:
        rivals[FROM_FRAMES] = lambda: [
            _by_arrays(programme, data, _case(programme, data)) for data in programme.forms
        ]
        rivals[LOOP_FROM_FRAMES] = lambda: [
            plain_loop.run(
                programme.framework, data.form, programme.quarter, plain_agency.gather(data)
            )
            for data in programme.forms
        ]
    found, plainly = arrays(), loop()
    mismatches = tuple(
        line
        for (findings, scores), outcome in zip(found, plainly, strict=True)
        for line in differences(findings, scores, outcome)
    )
    times = interleaved(rivals, rounds, progress)
    times[PASS] = Times(tuple(seconds / PASSES for seconds in times[PASS].seconds))
    return Measured(
        findings=Counter(one.rule for findings, _ in found for one in findings),
        mismatches=mismatches,
        times=times,
    )


def differences(findings: Sequence[Finding], scores: Scores, outcome: Outcome) -> list[str]:
    """Where the package's findings and scores are not those of the plain loop, one line each."""
    return [*_other_findings(findings, outcome), *_other_scores(scores, outcome)]


def _case(programme: Programme, data: FormData) -> Case:
    return build_case(programme.framework, data.form, programme.quarter, data.judged, data.history)


def _by_arrays(programme: Programme, data: FormData, case: Case) -> tuple[list[Finding], Scores]:
    places = [one.places for one in data.judged]
    findings = breaches_as_findings(case, programme.framework, programme.quarter, places)
    return findings, score(case.panel, data.owed)


def _fresh(case: Case) -> Case:
    """The same arrays without anything that an earlier round worked out."""
    return replace(case, panel=replace(case.panel))


def _one_pass(case: Case) -> float:
    """Every figure that the rules may look at, touched once."""
    panel = case.panel
    return panel.values.sum() + panel.targets.sum() + panel.weights.sum() + case.given.sum()


def _other_findings(findings: Sequence[Finding], outcome: Outcome) -> list[str]:
    by_arrays = Counter(
        (
            one.rule,
            one.severity,
            one.agency,
            one.indicator,
            one.dimension,
            one.observed,
            one.expected,
            one.place,
        )
        for one in findings
    )
    by_loop = Counter(outcome.findings)
    return [
        *(f"only by arrays: {row}" for row in by_arrays - by_loop),
        *(f"only by the loop: {row}" for row in by_loop - by_arrays),
    ]


def _other_scores(scores: Scores, outcome: Outcome) -> list[str]:
    differing = []
    for row, agency in enumerate(scores.agencies):
        plain = outcome.scores[agency]
        figures = (*scores.group_scores[row], scores.composite[row], scores.coverage[row])
        others = (*plain.groups.values(), plain.composite, plain.coverage)
        same = all(_equal(one, other) for one, other in zip(figures, others, strict=True))
        if not same or scores.status[row] != plain.status:
            differing.append(f"scores of {agency}: {figures} against {others}")
    return differing


def _equal(figure: float, other: float | None) -> bool:
    if other is None or figure != figure:
        return other is None and figure != figure
    return abs(figure - other) < TOLERANCE
