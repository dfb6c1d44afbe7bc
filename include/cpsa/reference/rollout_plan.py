"""The roll-out plan of Chapter 5: stages, outcomes, who answers for them, target counts.

What belongs here: what was planned. What must not: progress against it, or money (budget).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cpsa.calendar import FiscalYear
from cpsa.errors import RequestError
from cpsa.i18n.text import Text
from cpsa.reference.yaml_reader import YamlEntry


class TargetPeriod(StrEnum):
    """How often a target's count is due."""

    STAGE = "stage"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class TargetMeasure(StrEnum):
    """What this system can count of a target, up to the end of a period or within it."""

    CLUSTERS = "clusters"  # with an update due for the period's last quarter
    CLUSTERS_REGISTERED = "clusters_registered"  # whether one is due yet or not
    CLUSTERS_ACCEPTED = "clusters_accepted"  # with an update accepted within the period
    CENTRES = "centres"  # facilitation centres with an update due for the last quarter
    QUARTERS_CLOSED = "quarters_closed"  # within the period, each with its update and compilation
    YEARS_CLOSED = "years_closed"  # so far, each with its final learning document


@dataclass(frozen=True, slots=True)
class ResponsibleBody:
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
class RolloutTarget:
    """A count the road map gives for an outcome, and what counts it here, if anything does."""

    label: Text
    count: int
    at_least: bool
    per: TargetPeriod
    counted_by: TargetMeasure | None


@dataclass(frozen=True, slots=True)
class RolloutOutcome:
    """An outcome of a stage; the leading body is first."""

    code: str
    stage: str
    title: Text
    responsible: tuple[str, ...]
    targets: tuple[RolloutTarget, ...]
    source: str


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """The whole plan."""

    bodies: dict[str, ResponsibleBody]
    stages: dict[str, Stage]
    outcomes: dict[str, RolloutOutcome]


def _parse_target(entry: YamlEntry) -> RolloutTarget:
    return RolloutTarget(
        label=entry.text("label"),
        count=entry.whole("count"),
        at_least=entry.flag("at_least") if entry.has("at_least") else False,
        per=entry.choice("per", TargetPeriod) if entry.has("per") else TargetPeriod.STAGE,
        counted_by=entry.choice("counted_by", TargetMeasure) if entry.has("counted_by") else None,
    )


def _parse_body(entry: YamlEntry) -> ResponsibleBody:
    return ResponsibleBody(entry.code(), entry.text("name"), entry.string("source"))


def _parse_begin(file: YamlEntry) -> FiscalYear:
    key = file.string("begins")
    try:
        return FiscalYear.parse(key)
    except RequestError:
        raise file.wrong(key, "begins, a fiscal year such as 2017-18") from None


def _parse_stage(entry: YamlEntry, programme: FiscalYear) -> Stage:
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


def parse_rollout(file: YamlEntry, departments: dict) -> RolloutPlan:
    bodies = file.by_code("bodies", _parse_body)
    begins = _parse_begin(file)
    stages = file.by_code("stages", lambda entry: _parse_stage(entry, begins))

    def parse_outcome(entry: YamlEntry) -> RolloutOutcome:
        found = RolloutOutcome(
            code=entry.code(),
            stage=entry.code("stage"),
            title=entry.text("title"),
            responsible=entry.codes("responsible"),
            targets=entry.each("targets", _parse_target),
            source=entry.string("source"),
        )
        entry.check_known(found.stage, stages, "stages")
        if not found.responsible:
            raise entry.wrong("", "responsible, at least one")
        for body in found.responsible:
            entry.check_known(body, {*bodies, *departments}, "bodies or departments.yaml")
        return found

    return RolloutPlan(bodies, stages, file.by_code("outcomes", parse_outcome))
