"""The roll-out plan of Chapter 5: stages, outcomes, who answers for them, target counts.

What belongs here: what was planned. What must not: progress against it, or money (budget).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cpsa.bilingual import Text
from cpsa.reference.reading import Entry


class Per(StrEnum):
    """How often a target's count is due."""

    STAGE = "stage"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Body:
    """Who can answer for an outcome without being a department of Table 3."""

    code: str
    name: Text
    source: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the three stages, by years of the programme."""

    code: str
    name: Text
    first_year: int
    last_year: int
    objective: Text
    source: str


@dataclass(frozen=True, slots=True)
class Target:
    """A count the road map gives for an outcome."""

    label: Text
    count: int
    at_least: bool
    per: Per


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
    )


def _body(entry: Entry) -> Body:
    return Body(entry.code(), entry.text("name"), entry.string("source"))


def _stage(entry: Entry) -> Stage:
    first = entry.whole("first_year")
    return Stage(
        code=entry.code(),
        name=entry.text("name"),
        first_year=first,
        last_year=entry.whole("last_year", minimum=first),
        objective=entry.text("objective"),
        source=entry.string("source"),
    )


def rollout(file: Entry, departments: dict) -> Rollout:
    bodies = file.by_code("bodies", _body)
    stages = file.by_code("stages", _stage)

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
