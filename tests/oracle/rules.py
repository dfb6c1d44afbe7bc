"""The rules that compare values, V01 to Q10, one small function each, named by its rule."""

from collections.abc import Iterator
from fractions import Fraction
from statistics import median

from tests.oracle.framework import (
    FLOOR,
    INDICATORS,
    PAIRS_OF_A_QUARTER,
    PAIRS_OF_PERSONS,
    PAIRS_TO_DATE,
    flows,
)
from tests.oracle.history import Accepted
from tests.oracle.programme import Registry
from tests.oracle.scores import actual_to_date, group_scores, target_to_date
from tests.oracle.submission import Found, Submission

MODIFIED_Z = Fraction(6745, 10_000)
Z_LIMIT = Fraction(35, 10)


def check(submission: Submission, history: list[Accepted], registry: Registry) -> None:
    """Adds the findings and settles the state; `history` is oldest first."""
    if submission.state in ("unreadable", "rejected"):
        return
    to_date = [*history, Accepted(submission.quarter, submission.values)]
    latest = history[-1] if history else None
    found = submission.findings
    found.update(v01(submission))
    found.update(v02(submission))
    found.update(v03(submission, to_date))
    found.update(v04_and_q01(submission))
    found.update(v05(submission, to_date))
    found.update(v06(submission, latest))
    found.update(v07(submission))
    found.update(q02(submission, latest))
    found.update(q03(submission, history))
    found.update(q04(submission, to_date, registry))
    found.update(q05(submission, to_date, registry))
    found.update(q06(submission))
    found.update(q07(submission))
    found.update(q09(submission, latest))
    found.update(q10(submission))
    errors = [finding for finding in found if finding.rule[0] in "SV"]
    submission.state = "returned" if errors else "accepted"


def outlying(figure: Fraction, others: list[Fraction]) -> bool:
    """Modified z-score over the limit; without spread there is no such score."""
    middle = median(others)
    spread = median([abs(other - middle) for other in others])
    if spread == 0:
        return False
    return abs(MODIFIED_Z * (figure - middle) / spread) > Z_LIMIT


def v01(submission: Submission) -> Iterator[Found]:
    for indicator in INDICATORS[submission.agency.form].values():
        if indicator.group == "impact" or (indicator.code, "") in submission.faulty:
            continue
        if submission.value(indicator.code) is None:
            yield Found("V01", indicator.code)


def v02(submission: Submission) -> Iterator[Found]:
    for indicator in INDICATORS[submission.agency.form].values():
        total = submission.value(indicator.code)
        for dimension in indicator.dimensions:
            part = submission.value(indicator.code, dimension)
            if total is not None and part is not None and total >= 0 and part > total:
                yield Found("V02", indicator.code, dimension)


def v03(submission: Submission, to_date: list[Accepted]) -> Iterator[Found]:
    sanctioned, utilised = submission.value("B1"), submission.value("B2")
    if sanctioned is None or utilised is None:
        return
    if actual_to_date("B2", to_date) > sanctioned:
        yield Found("V03", "B2")


def v04_and_q01(submission: Submission) -> Iterator[Found]:
    for first, second in PAIRS_OF_A_QUARTER:
        cause, effect = submission.value(first), submission.value(second)
        if cause is None or effect is None:
            continue
        if cause == 0 and effect > 0:
            yield Found("V04", second)
        if cause > 0 and effect == 0:
            yield Found("Q01", second)


def v05(submission: Submission, to_date: list[Accepted]) -> Iterator[Found]:
    for first, second in PAIRS_TO_DATE:
        if submission.value(first) is None or submission.value(second) is None:
            continue
        if actual_to_date(second, to_date) > actual_to_date(first, to_date):
            yield Found("V05", second)


def v06(submission: Submission, latest: Accepted | None) -> Iterator[Found]:
    sanctioned = submission.value("B1")
    before = latest.values.get(("B1", "")) if latest else None
    if sanctioned is not None and before is not None and sanctioned < before:
        yield Found("V06", "B1")


def v07(submission: Submission) -> Iterator[Found]:
    given = [submission.given.get((flow.code, "")) for flow in flows(submission.agency.form)]
    if submission.nil and any(total is not None and total > 0 for total in given):
        yield Found("V07")


def q02(submission: Submission, latest: Accepted | None) -> Iterator[Found]:
    if latest is None:
        return
    for indicator in INDICATORS[submission.agency.form].values():
        now, before = submission.value(indicator.code), latest.values.get((indicator.code, ""))
        if indicator.code == "B1" or now is None or before is None or now <= 0 or before <= 0:
            continue
        if (now > 5 * before or now < before / 5) and abs(now - before) >= FLOOR[indicator.unit]:
            yield Found("Q02", indicator.code)


def q03(submission: Submission, history: list[Accepted]) -> Iterator[Found]:
    for indicator in flows(submission.agency.form):
        now = submission.value(indicator.code)
        window = [accepted.values.get((indicator.code, "")) for accepted in history[-12:]]
        values = [value for value in window if value is not None]
        if now is None or len(values) < 6:
            continue
        if outlying(now, values) and abs(now - median(values)) >= FLOOR[indicator.unit]:
            yield Found("Q03", indicator.code)


def q04(submission: Submission, to_date: list[Accepted], registry: Registry) -> Iterator[Found]:
    if any(submission.value(code) is None for code in ("A1", "A2", "B2")):
        return
    planned = actual_to_date("A1", to_date)
    target = target_to_date(registry, submission.agency, "B2", to_date)
    if planned <= 0 or target <= 0:
        return
    done = actual_to_date("A2", to_date) / planned
    utilised = actual_to_date("B2", to_date) / target
    if abs(done - utilised) > Fraction(25, 100):
        yield Found("Q04", "A2")


def q05(submission: Submission, to_date: list[Accepted], registry: Registry) -> Iterator[Found]:
    for group, score in group_scores(registry, submission.agency, to_date).items():
        if score is not None and score < Fraction(1, 2):
            yield Found("Q05", group)


def q06(submission: Submission) -> Iterator[Found]:
    planned, done = submission.value("A1"), submission.value("A2")
    if planned is None or done is None:
        return
    if done > Fraction(125, 100) * planned and done - planned >= 2:
        yield Found("Q06", "A2")


def q07(submission: Submission) -> Iterator[Found]:
    for indicator in INDICATORS[submission.agency.form].values():
        total = submission.value(indicator.code)
        for dimension in indicator.dimensions:
            if total is None or total <= 0 or (indicator.code, dimension) in submission.faulty:
                continue
            if submission.value(indicator.code, dimension) is None:
                yield Found("Q07", indicator.code, dimension)


def q09(submission: Submission, latest: Accepted | None) -> Iterator[Found]:
    if latest is None:
        return
    above_zero = 0
    for indicator in flows(submission.agency.form):
        now = submission.value(indicator.code)
        if now != latest.values.get((indicator.code, "")):
            return
        if now is not None and now > 0:
            above_zero += 1
    if above_zero >= 5:
        yield Found("Q09")


def q10(submission: Submission) -> Iterator[Found]:
    for first, second in PAIRS_OF_PERSONS:
        events, persons = submission.value(first), submission.value(second)
        if events is not None and persons is not None and 0 < persons < events:
            yield Found("Q10", second)
