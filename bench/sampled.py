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

from tests.oracle import programme as registered
from tests.oracle import rules, scores
from tests.oracle.history import Accepted
from tests.oracle.submission import read_submission

from bench import national
from bench.lines import DisagreementError, Line, Progress
from bench.programme import FormData, Programme
from bench.rounds import Times
from cpsa.check.examine import Examined, Submission, build_case, examine
from cpsa.check.structure import judge
from cpsa.collect import readers
from cpsa.score import Scores, score

DRAWN = 200
HUNDRED = 100
TOLERANCE = Fraction(1, 10**9)  # of scores: the package's are floats


def line(programme: Programme, seed: int, progress: Progress) -> Line:
    """The second reading's CPU seconds; DisagreementError where anything differs."""
    progress("a country read by the package")
    agencies = [one.agency for data in programme.forms for one in data.judged]
    drawn = set(Random(seed).sample(agencies, min(DRAWN, len(agencies))))
    different: list[str] = []
    findings = 0
    taken = 0.0
    for data in programme.forms:
        contents = {one.agency: national.as_csv(one).encode() for one in data.judged}
        examined, scored = _by_package(programme, data, contents)
        progress(f"{len(drawn)} agencies read again")
        start = time.process_time()
        for second in _again(programme, data, contents, drawn):
            findings += len(second.findings)
            different += _differences(second, examined[second.agency], scored)
        taken += time.process_time() - start
    if different:
        raise DisagreementError(different)
    return Line(
        f"{len(drawn)} agencies drawn from {len(agencies):,} read again independently",
        Times((taken,)),
        note=f"0 differences in {findings:,} findings, {len(drawn)} states, scores and statuses",
    )


@dataclass(frozen=True)
class Second:
    """What the independent reading says of an agency's update."""

    agency: str
    state: str
    findings: frozenset[tuple[str, str, str]]
    groups: Mapping[str, Fraction | None]
    composite: Fraction | None
    status: str


def _by_package(
    programme: Programme, data: FormData, contents: Mapping[str, bytes]
) -> tuple[dict[str, Examined], Scores]:
    judged = [
        judge(
            readers.read(content),
            agency,
            programme.quarter,
            data.form,
            programme.framework,
        )
        for agency, content in contents.items()
    ]
    submissions = [Submission(one) for one in judged]
    found = examine(programme.framework, data.form, programme.quarter, submissions, data.history)
    case = build_case(programme.framework, data.form, programme.quarter, judged, data.history)
    return {one.agency: one for one in found}, score(case.panel, data.owed)


def _again(
    programme: Programme, data: FormData, contents: Mapping[str, bytes], drawn: set[str]
) -> Iterator[Second]:
    histories = _histories(data, drawn)
    registry = _registry(data, drawn)
    for place, one in enumerate(data.judged):
        if one.agency not in drawn:
            continue
        agency = registered.Agency(one.agency, data.form, national.since(data, place))
        update = read_submission(contents[one.agency], agency, programme.quarter)
        history = histories[one.agency]
        rules.check(update, history, registry)
        to_date = [*history, Accepted(programme.quarter, update.values)]
        groups = scores.group_scores(registry, agency, to_date)
        composite = scores.composite(data.form, groups)
        coverage = Fraction(len(to_date), int(data.owed[place]))
        yield Second(
            one.agency,
            update.state,
            frozenset((found.rule, found.indicator, found.dimension) for found in update.findings),
            groups,
            composite,
            scores.status(composite, coverage),
        )


def _histories(data: FormData, drawn: set[str]) -> dict[str, list[Accepted]]:
    held: dict[str, dict[str, Accepted]] = {agency: {} for agency in drawn}
    counted = data.history.counted
    for row in counted[counted["agency"].isin(drawn)].itertuples(index=False):
        held[row.agency][row.quarter] = Accepted(row.quarter, {})
    facts = data.history.facts
    for row in facts[facts["agency"].isin(drawn)].itertuples(index=False):
        value = Fraction(int(row.hundredths), HUNDRED)
        held[row.agency][row.quarter].values[row.indicator, row.dimension] = value
    return {agency: [own[key] for key in sorted(own)] for agency, own in held.items()}


def _registry(data: FormData, drawn: set[str]) -> registered.Registry:
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


def _differences(second: Second, examined: Examined, scored: Scores) -> list[str]:
    """Where the two readings of an agency are not the same, one line each."""
    ours = {(one.rule, one.indicator, one.dimension) for one in examined.findings}
    row = scored.agencies.index(second.agency)
    figures = dict(zip(scored.groups, scored.group_scores[row], strict=True))
    other = [
        f"{name} {figures[name]} against {value}"
        for name, value in second.groups.items()
        if not _same(figures[name], value)
    ]
    if not _same(scored.composite[row], second.composite):
        other.append(f"composite {scored.composite[row]} against {second.composite}")
    if scored.status[row] != second.status:
        other.append(f"status {scored.status[row]} against {second.status}")
    if examined.state != second.state:
        other.append(f"state {examined.state} against {second.state}")
    return [
        *(f"{second.agency}: only by the package: {one}" for one in sorted(ours - second.findings)),
        *(f"{second.agency}: only by the other: {one}" for one in sorted(second.findings - ours)),
        *(f"{second.agency}: {one}" for one in other),
    ]


def _same(figure: float, other: Fraction | None) -> bool:
    if other is None or figure != figure:
        return other is None and figure != figure
    return abs(Fraction(figure) - other) < TOLERANCE
