"""Check + score of a country's quarter: the package's arrays against a plain loop, and the limit.

Both must find the same; what they find is compared before anything is timed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench import independent_sample, pandera_checks, plain_agency, plain_loop
from bench.lines import DisagreementError, Line, Progress, Size, compare_duration, compare_speed
from bench.plain_loop import Outcome
from bench.programme import FormData, Programme, make_programme
from bench.rounds import Times, Work, measure_rivals, repeat_work
from bench.targets import hold_to
from cpsa.checks.comparison import Comparison
from cpsa.checks.examine_submissions import build_comparison
from cpsa.checks.rule_kinds import apply_rules, list_kinds
from cpsa.framework.model import Framework
from cpsa.scoring.achievement import Scores, score_panel
from cpsa.scoring.quarter_figures import Array
from cpsa.submissions.finding import Finding

ARRAYS, LOOP, PASS = "arrays", "a plain loop over the rows", "one bare pass over the arrays"
TIMES_AS_FAST = 18
PANDERA = f"pandera, {len(pandera_checks.KINDS)} of {len(list_kinds(Comparison))} kinds of rules and no scores"
PASSES = 10
TOLERANCE = 1e-9  # of scores: the two add up in another order


def lines(size: Size, progress: Progress) -> list[Line]:
    """A country's quarter in memory; both readings are compared before anything is timed."""
    progress("making a programme up")
    programme = make_programme(size.forms, size.quarters, size.seed)
    progress("reading both ways")
    cases = [_build_case(programme, data) for data in programme.forms]
    gathered = [plain_agency.gather_agencies(data) for data in programme.forms]

    def arrays() -> list[tuple[list[Finding], Scores]]:
        return [
            check_by_arrays(
                programme.framework,
                copy_fresh_case(case),
                data.due_quarters,
            )
            for data, case in zip(programme.forms, cases, strict=True)
        ]

    def loop() -> list[Outcome]:
        return [
            plain_loop.run_loop(programme.framework, data.form, programme.quarter, agencies)
            for data, agencies in zip(programme.forms, gathered, strict=True)
        ]

    found = arrays()
    require_agreement(found, loop())
    rivals: dict[str, Work] = {
        ARRAYS: arrays,
        LOOP: loop,
        PASS: repeat_work(lambda: [_sum_figures(case) for case in cases], PASSES),
    }
    if pandera := _make_pandera_work(programme.framework, cases, found):
        rivals[PANDERA] = pandera
    times = measure_rivals(rivals, size.rounds, progress)
    one_pass = Times(tuple(seconds / PASSES for seconds in times[PASS].seconds))
    number = sum(len(findings) for findings, _ in found)
    note = f"{programme.figures:,} figures, {number:,} findings, the same by both readings"
    stage = "check and score, a quarter in memory"
    return [
        replace(compare_speed(stage, times[ARRAYS], LOOP, times[LOOP], TIMES_AS_FAST), note=note),
        hold_to("check_passes", compare_duration(stage, times[ARRAYS], PASS, one_pass)),
        *_make_pandera_lines(stage, times),
        independent_sample.make_line(programme, size.seed, progress),
    ]


def _make_pandera_work(
    framework: Framework, cases: Sequence[Comparison], found: Sequence[tuple[list[Finding], Scores]]
) -> Work | None:
    """Its checks of the same submissions, compared before; None where it is not installed."""
    check = pandera_checks.make_checker(framework)
    if check is None:
        return None
    frames = [pandera_checks.make_rows(case, framework) for case in cases]
    pandera_counts = sum((check(frame) for frame in frames), Counter())
    rules = {rule.id for rule in framework.rules.values() if rule.kind in pandera_checks.KINDS}
    ours = Counter(
        finding.rule for findings, _ in found for finding in findings if finding.rule in rules
    )
    if pandera_counts != ours:
        raise DisagreementError([f"pandera: {dict(pandera_counts)}", f"arrays: {dict(ours)}"])
    return lambda: [check(frame) for frame in frames]


def _make_pandera_lines(stage: str, times: Mapping[str, Times]) -> list[Line]:
    if PANDERA not in times:
        return [Line(stage, times[ARRAYS], note=pandera_checks.NOT_INSTALLED_NOTE)]
    return [compare_speed(stage, times[ARRAYS], PANDERA, times[PANDERA], None)]


def require_agreement(
    found: Sequence[tuple[list[Finding], Scores]], plainly: Sequence[Outcome]
) -> None:
    """DisagreementError where the package and the plain loop do not find the same."""
    if mismatches := [
        line
        for (findings, scores), outcome in zip(found, plainly, strict=True)
        for line in list_differences(findings, scores, outcome)
    ]:
        raise DisagreementError(mismatches)


def list_differences(findings: Sequence[Finding], scores: Scores, outcome: Outcome) -> list[str]:
    """Where the package's findings and scores are not those of the plain loop, one line each."""
    return [
        *_list_finding_differences(findings, outcome),
        *_list_score_differences(scores, outcome),
    ]


def _build_case(programme: Programme, data: FormData) -> Comparison:
    return build_comparison(
        programme.framework,
        data.form,
        programme.quarter,
        data.judged,
        data.spread_history(programme.framework),
    )


def check_by_arrays(
    framework: Framework,
    case: Comparison,
    due_quarters: Array,
) -> tuple[list[Finding], Scores]:
    """The package's rules and scores over arrays that are ready."""
    return apply_rules(framework, case), score_panel(case.panel, due_quarters)


def copy_fresh_case(case: Comparison) -> Comparison:
    """The same arrays without anything that an earlier round worked out."""
    return replace(case, panel=replace(case.panel))


def _sum_figures(case: Comparison) -> float:
    """Every figure that the rules may look at, touched once."""
    panel = case.panel
    result: float = (
        panel.values.sum() + panel.targets.sum() + panel.weights.sum() + case.given.sum()
    )
    return result


def _list_finding_differences(findings: Sequence[Finding], outcome: Outcome) -> list[str]:
    by_arrays: Counter[tuple[str, ...]] = Counter(
        (
            finding.rule,
            finding.severity,
            finding.agency,
            finding.indicator,
            finding.dimension,
            finding.observed,
            finding.expected,
            finding.place,
        )
        for finding in findings
    )
    by_loop = Counter(outcome.findings)
    return [
        *(f"only by arrays: {row}" for row in by_arrays - by_loop),
        *(f"only by the loop: {row}" for row in by_loop - by_arrays),
    ]


def _list_score_differences(scores: Scores, outcome: Outcome) -> list[str]:
    mismatches = []
    for row, agency in enumerate(scores.agencies):
        plain = outcome.scores[agency]
        figures = (*scores.group_scores[row], scores.composite[row], scores.coverage[row])
        plain_figures = (*plain.groups.values(), plain.composite, plain.coverage)
        same = all(
            _are_equal(figure, plain_figure)
            for figure, plain_figure in zip(figures, plain_figures, strict=True)
        )
        if not same or scores.status[row] != plain.status:
            mismatches.append(f"scores of {agency}: {figures} against {plain_figures}")
    return mismatches


def _are_equal(figure: float, other: float | None) -> bool:
    if other is None or figure != figure:
        return other is None and figure != figure
    return abs(figure - other) < TOLERANCE
