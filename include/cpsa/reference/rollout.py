"""The roll-out plan of Chapter 5: stages, outcomes, who answers for them, target counts.

What belongs here: what was planned. What must not: progress against it, or money (budget).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cpsa.bilingual import Text
from cpsa.calendar import FiscalYear
from cpsa.errors import RequestError
from cpsa.reference.reading import Entry


class Per(StrEnum):
    """How often a target's count is due."""

    STAGE = "stage"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class Measure(StrEnum):
    """What this system can count of a target, up to the end of a period or within it."""

    CLUSTERS = "clusters"  # that owe an update for the period's last quarter
    CLUSTERS_REGISTERED = "clusters_registered"  # whether they owe one yet or not
    CLUSTERS_ACCEPTED = "clusters_accepted"  # with an update accepted within the period
    CENTRES = "centres"  # facilitation centres that owe an update for the last quarter
    QUARTERS_CLOSED = "quarters_closed"  # within the period, each with its update and compilation
    YEARS_CLOSED = "years_closed"  # so far, each with its final learning document


@dataclass(frozen=True, slots=True)
class Body:
    """Who can answer for an outcome without being a department of Table 3."""

    code: str
    name: Text
    source: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the three stages, by years of the programme and as fiscal years."""

    code: str
    name: Text
    first_year: int
    last_year: int
    begins: FiscalYear
    ends: FiscalYear
    objective: Text
    source: str


@dataclass(frozen=True, slots=True)
class Target:
    """A count the road map gives for an outcome, and what counts it here, if anything does."""

    label: Text
    count: int
    at_least: bool
    per: Per
    counted_by: Measure | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome of a stage; the leading body stands first."""

    code: str
    stage: str
    title: Text
    responsible: tuple[str, ...]
    targets: tuple[Target, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Rollout:
    """The whole plan."""

    bodies: dict[str, Body]
    stages: dict[str, Stage]
    outcomes: dict[str, Outcome]


def _target(entry: Entry) -> Target:
    return Target(
        label=entry.text("label"),
        count=entry.whole("count"),
        at_least=entry.flag("at_least") if entry.has("at_least") else False,
        per=entry.choice("per", Per) if entry.has("per") else Per.STAGE,
        counted_by=entry.choice("counted_by", Measure) if entry.has("counted_by") else None,
    )


def _body(entry: Entry) -> Body:
    return Body(entry.code(), entry.text("name"), entry.string("source"))


def _begins(file: Entry) -> FiscalYear:
    key = file.string("begins")
    try:
        return FiscalYear.parse(key)
    except RequestError:
        raise file.wrong(key, "begins, a fiscal year such as 2017-18") from None


def _stage(entry: Entry, programme: FiscalYear) -> Stage:
    first = entry.whole("first_year")
    last = entry.whole("last_year", minimum=first)
    return Stage(
        code=entry.code(),
        name=entry.text("name"),
        first_year=first,
        last_year=last,
        begins=programme + (first - 1),
        ends=programme + (last - 1),
        objective=entry.text("objective"),
        source=entry.string("source"),
    )


def rollout(file: Entry, departments: dict) -> Rollout:
    bodies = file.by_code("bodies", _body)
    begins = _begins(file)
    stages = file.by_code("stages", lambda entry: _stage(entry, begins))

    def outcome(entry: Entry) -> Outcome:
        found = Outcome(
            code=entry.code(),
            stage=entry.code("stage"),
            title=entry.text("title"),
            responsible=entry.codes("responsible"),
            targets=entry.each("targets", _target),
            source=entry.string("source"),
        )
        entry.known(found.stage, stages, "stages")
        if not found.responsible:
            raise entry.wrong("", "responsible, at least one")
        for body in found.responsible:
            entry.known(body, {*bodies, *departments}, "bodies or departments.yaml")
        return found

    return Rollout(bodies, stages, file.by_code("outcomes", outcome))
