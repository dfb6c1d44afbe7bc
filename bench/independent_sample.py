"""A country's quarter against a reading that shares nothing with it, on agencies drawn by chance.

The package reads, judges, checks and scores every agency's CSV at once; the tests' independent
reading of domain.md, in exact fractions, does the same for the drawn ones one by one. It takes
neither thresholds nor indicators from the package.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import cast

from tests.oracle import programme as registered
from tests.oracle import rules, scores
from tests.oracle.history import Accepted
from tests.oracle.submission import read_submission

from bench import national_store
from bench.lines import DisagreementError, Line, Progress
from bench.programme import FormData, Programme
from bench.rounds import Times
from cpsa.checks.examine_submissions import (
    ExaminationResult,
    build_comparison,
    examine_submissions,
)
from cpsa.checks.structure_rules import judge_structure
from cpsa.checks.submission_rules import Submission
from cpsa.intake.readers.read_update import read_update
from cpsa.scoring.achievement import Scores, score_panel
from cpsa.submissions.update import Unreadable, Update

DRAWN = 200
HUNDRED = 100
TOLERANCE = Fraction(1, 10**9)  # of scores: the package's are floats


def make_line(programme: Programme, seed: int, progress: Progress) -> Line:
    """The second reading's CPU seconds; DisagreementError where anything differs."""
    progress("a country read by the package")
    agencies = [update.agency for data in programme.forms for update in data.judged]
    drawn = set(Random(seed).sample(agencies, min(DRAWN, len(agencies))))
    different: list[str] = []
    findings = 0
    taken = 0.0
    for data in programme.forms:
        contents = {
            update.agency: national_store.format_csv(update).encode() for update in data.judged
        }
        examined, scored = _read_by_package(programme, data, contents)
        progress(f"{len(drawn)} agencies read again")
        start = time.process_time()
        for second in _read_again(programme, data, contents, drawn):
            findings += len(second.findings)
            different += _list_differences(second, examined[second.agency], scored)
        taken += time.process_time() - start
    if different:
        raise DisagreementError(different)
    return Line(
        f"{len(drawn)} agencies drawn from {len(agencies):,} read again independently",
        Times((taken,)),
        note=f"0 differences in {findings:,} findings, {len(drawn)} states, scores and statuses",
    )


@dataclass(frozen=True)
class SecondReading:
    """What the independent reading says of an agency's update."""

    agency: str
    state: str
    findings: frozenset[tuple[str, str, str]]
    groups: Mapping[str, Fraction | None]
    composite: Fraction | None
    status: str


def _read_by_package(
    programme: Programme, data: FormData, contents: Mapping[str, bytes]
) -> tuple[dict[str, ExaminationResult], Scores]:
    judged = [
        judge_structure(
            cast("Update | Unreadable", read_update(content)),  # they are CSV files
            agency,
            programme.quarter,
            data.form,
            programme.framework,
        )
        for agency, content in contents.items()
    ]
    submissions = [Submission(update) for update in judged]
    history = data.spread_history(programme.framework)
    found = examine_submissions(
        programme.framework, data.form, programme.quarter, submissions, history
    )
    case = build_comparison(programme.framework, data.form, programme.quarter, judged, history)
    return {result.agency: result for result in found}, score_panel(case.panel, data.due_quarters)


def _read_again(
    programme: Programme, data: FormData, contents: Mapping[str, bytes], drawn: set[str]
) -> Iterator[SecondReading]:
    histories = _make_histories(data, drawn)
    registry = _make_registry(data, drawn)
    for place, judged_update in enumerate(data.judged):
        if judged_update.agency not in drawn:
            continue
        agency = registered.Agency(
            judged_update.agency, data.form, national_store.find_first_quarter(data, place)
        )
        update = read_submission(contents[judged_update.agency], agency, programme.quarter)
        history = histories[judged_update.agency]
        rules.check(update, history, registry)
        to_date = [*history, Accepted(programme.quarter, update.values)]
        groups = scores.group_scores(registry, agency, to_date)
        composite = scores.composite(data.form, groups)
        coverage = Fraction(len(to_date), int(data.due_quarters[place]))
        yield SecondReading(
            judged_update.agency,
            update.state,
            frozenset((found.rule, found.indicator, found.dimension) for found in update.findings),
            groups,
            composite,
            scores.status(composite, coverage),
        )


def _make_histories(data: FormData, drawn: set[str]) -> dict[str, list[Accepted]]:
    accepted: dict[str, dict[str, Accepted]] = {agency: {} for agency in drawn}
    counted = data.history.counted
    for row in counted[counted["agency"].isin(drawn)].itertuples(index=False):
        accepted[row.agency][row.quarter] = Accepted(row.quarter, {})
    facts = data.history.facts
    for row in facts[facts["agency"].isin(drawn)].itertuples(index=False):
        value = Fraction(int(row.hundredths), HUNDRED)
        accepted[row.agency][row.quarter].values[row.indicator, row.dimension] = value
    return {agency: [own[key] for key in sorted(own)] for agency, own in accepted.items()}


def _make_registry(data: FormData, drawn: set[str]) -> registered.Registry:
    targets, weights = data.history.targets, data.history.weights
    targets = targets[targets["agency"].isin(drawn)]
    weights = weights[weights["agency"].isin(drawn)]
    return registered.Registry(
        agencies={},
        targets={
            (row.agency, row.indicator, row.quarter): Fraction(int(row.hundredths), HUNDRED)
            for row in targets.itertuples(index=False)
        },
        baselines=set(),
        weights={
            (row.agency, row.indicator): Fraction(row.weight)
            for row in weights.itertuples(index=False)
        },
    )


def _list_differences(
    second: SecondReading, examined: ExaminationResult, scored: Scores
) -> list[str]:
    """Where the two readings of an agency are not the same, one line each."""
    ours = {(finding.rule, finding.indicator, finding.dimension) for finding in examined.findings}
    row = scored.agencies.index(second.agency)
    figures = dict(zip(scored.groups, scored.group_scores[row], strict=True))
    mismatches = [
        f"{name} {figures[name]} against {value}"
        for name, value in second.groups.items()
        if not _are_equal(figures[name], value)
    ]
    if not _are_equal(scored.composite[row], second.composite):
        mismatches.append(f"composite {scored.composite[row]} against {second.composite}")
    if scored.status[row] != second.status:
        mismatches.append(f"status {scored.status[row]} against {second.status}")
    if examined.state != second.state:
        mismatches.append(f"state {examined.state} against {second.state}")
    return [
        *(
            f"{second.agency}: only by the package: {finding}"
            for finding in sorted(ours - second.findings)
        ),
        *(
            f"{second.agency}: only by the other: {finding}"
            for finding in sorted(second.findings - ours)
        ),
        *(f"{second.agency}: {mismatch}" for mismatch in mismatches),
    ]


def _are_equal(figure: float, other: Fraction | None) -> bool:
    if other is None or figure != figure:
        return other is None and figure != figure
    return abs(Fraction(figure) - other) < TOLERANCE
