"""Check + score of a country's quarter: the package's arrays against a plain loop, and the limit.

Both must find the same; what they find is compared before anything is timed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench import by_pandera, plain_agency, plain_loop, sampled
from bench.lines import DisagreementError, Line, Progress, Size, faster, longer
from bench.plain_loop import Outcome
from bench.programme import FormData, Programme, make
from bench.rounds import Times, Work, interleaved, repeated
from cpsa.check.case import Case
from cpsa.check.examine import KINDS, breaches_as_findings, build_case
from cpsa.framework import Framework
from cpsa.score import Scores, score
from cpsa.score.panel import Array
from cpsa.submissions.finding import Finding

ARRAYS, LOOP, PASS = "arrays", "a plain loop over the rows", "one bare pass over the arrays"
TIMES_AS_FAST, PASSES_AT_MOST = 18, 40
PANDERA = f"pandera, {len(by_pandera.KINDS)} of {len(KINDS)} kinds of rules and no scores"
PASSES = 10
TOLERANCE = 1e-9  # of scores: the two add up in another order


def lines(size: Size, progress: Progress) -> list[Line]:
    """A country's quarter in memory; both readings are compared before anything is timed."""
    progress("making a programme up")
    programme = make(size.forms, size.quarters, size.seed)
    progress("reading both ways")
    cases = [_case(programme, data) for data in programme.forms]
    gathered = [plain_agency.gather(data) for data in programme.forms]

    def arrays() -> list[tuple[list[Finding], Scores]]:
        return [
            by_arrays(programme.framework, programme.quarter, fresh(case), _places(data), data.owed)
            for data, case in zip(programme.forms, cases, strict=True)
        ]

    def loop() -> list[Outcome]:
        return [
            plain_loop.run(programme.framework, data.form, programme.quarter, agencies)
            for data, agencies in zip(programme.forms, gathered, strict=True)
        ]

    found = arrays()
    require_agreement(found, loop())
    rivals: dict[str, Work] = {
        ARRAYS: arrays,
        LOOP: loop,
        PASS: repeated(lambda: [_one_pass(case) for case in cases], PASSES),
    }
    if pandera := _pandera(programme.framework, cases, found):
        rivals[PANDERA] = pandera
    times = interleaved(rivals, size.rounds, progress)
    one_pass = Times(tuple(seconds / PASSES for seconds in times[PASS].seconds))
    number = sum(len(findings) for findings, _ in found)
    note = f"{programme.figures:,} figures, {number:,} findings, the same by both readings"
    stage = "check and score, a quarter in memory"
    return [
        replace(faster(stage, times[ARRAYS], LOOP, times[LOOP], TIMES_AS_FAST), note=note),
        longer(stage, times[ARRAYS], PASS, one_pass, PASSES_AT_MOST),
        *_against_pandera(stage, times),
        sampled.line(programme, size.seed, progress),
    ]


def _pandera(
    framework: Framework, cases: Sequence[Case], found: Sequence[tuple[list[Finding], Scores]]
) -> Work | None:
    """Its checks of the same submissions, compared before; None where it is not installed."""
    check = by_pandera.checker(framework)
    if check is None:
        return None
    frames = [by_pandera.rows(case, framework) for case in cases]
    said = sum((check(frame) for frame in frames), Counter())
    rules = {one.id for one in framework.rules.values() if one.kind in by_pandera.KINDS}
    ours = Counter(one.rule for findings, _ in found for one in findings if one.rule in rules)
    if said != ours:
        raise DisagreementError([f"pandera: {dict(said)}", f"arrays: {dict(ours)}"])
    return lambda: [check(frame) for frame in frames]


def _against_pandera(stage: str, times: Mapping[str, Times]) -> list[Line]:
    if PANDERA not in times:
        return [Line(stage, times[ARRAYS], note=by_pandera.NOT_THERE)]
    return [faster(stage, times[ARRAYS], PANDERA, times[PANDERA], None)]


def require_agreement(
    found: Sequence[tuple[list[Finding], Scores]], plainly: Sequence[Outcome]
) -> None:
    """DisagreementError where the package and the plain loop do not find the same."""
    if mismatches := [
        line
        for (findings, scores), outcome in zip(found, plainly, strict=True)
        for line in differences(findings, scores, outcome)
    ]:
        raise DisagreementError(mismatches)


def differences(findings: Sequence[Finding], scores: Scores, outcome: Outcome) -> list[str]:
    """Where the package's findings and scores are not those of the plain loop, one line each."""
    return [*_other_findings(findings, outcome), *_other_scores(scores, outcome)]


def _case(programme: Programme, data: FormData) -> Case:
    return build_case(programme.framework, data.form, programme.quarter, data.judged, data.history)


def by_arrays(
    framework: Framework, quarter: str, case: Case, places: Sequence[Mapping], owed: Array
) -> tuple[list[Finding], Scores]:
    """The package's rules and scores over arrays that are ready."""
    return breaches_as_findings(case, framework, quarter, places), score(case.panel, owed)


def _places(data: FormData) -> list[Mapping]:
    return [one.places for one in data.judged]


def fresh(case: Case) -> Case:
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
