"""The roll-out plan: stages, outcomes, who answers for them, target counts.

What belongs here: what was planned. What must not: progress against it, or money (budget).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, InstanceOf, model_validator

from cpsa.calendar import FiscalYear
from cpsa.errors import RequestError
from cpsa.reference.data_model import (
    ByCode,
    Choice,
    Code,
    Codes,
    Count,
    DataModel,
    Label,
    Several,
    String,
    fault,
    known_in,
    wrong_value,
)


class TargetPeriod(StrEnum):
    """How often a target's count is due."""

    STAGE = "stage"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class TargetMeasure(StrEnum):
    """What this system can count of a target, up to the end of a period or within it."""

    CLUSTERS = "clusters"  # agencies of a form with an update due for the period's last quarter
    CLUSTERS_REGISTERED = "clusters_registered"  # whether one is due yet or not
    CLUSTERS_ACCEPTED = "clusters_accepted"  # with an update accepted within the period
    CENTRES = "centres"  # the same as clusters, where a form is one of centres
    QUARTERS_CLOSED = "quarters_closed"  # within the period, each with its update and compilation
    QUARTERS_PUBLISHED = "quarters_published"  # within the period, each in an online edition
    YEARS_CLOSED = "years_closed"  # so far, each with its final learning document


# What they count is in the registry, whether anybody reports it or not.
MEASURES_BY_REGISTRY = frozenset(
    (TargetMeasure.CLUSTERS, TargetMeasure.CLUSTERS_REGISTERED, TargetMeasure.CENTRES)
)
MEASURES_OF_A_FORM = frozenset(
    (
        *(TargetMeasure.CLUSTERS, TargetMeasure.CLUSTERS_REGISTERED),
        *(TargetMeasure.CLUSTERS_ACCEPTED, TargetMeasure.CENTRES),
    )
)


class ResponsibleBody(DataModel):
    """Who can answer for an outcome without being a department."""

    code: Code
    name: Label
    source: String


class Stage(DataModel):
    """One of the three stages, by years of the programme."""

    code: Code
    name: Label
    first_year: Count
    last_year: Count
    objective: Label
    source: String

    @model_validator(mode="after")
    def _require_years_in_order(self) -> Self:
        if self.last_year < self.first_year:
            raise wrong_value("at_least", value=self.last_year, limit=self.first_year)
        return self


class RolloutTarget(DataModel):
    """A count the road map gives for an outcome, and what counts it here, if anything does.

    ``form``: whose agencies are counted, where agencies are. ``indicator``: the one that is reported of it,
    in the files under ``counted_by``.
    """

    label: Label
    count: Count
    at_least: bool = False
    per: Choice[TargetPeriod] = TargetPeriod.STAGE
    counted_by: Choice[TargetMeasure] | None = None
    form: Code | None = None
    indicator: Code | None = None

    @model_validator(mode="before")
    @classmethod
    def _flatten(cls, entry: Any) -> Any:
        """Take the indicator out of ``counted_by``."""
        if isinstance(entry, Mapping):
            measure = entry.get("counted_by")
            if isinstance(measure, Mapping) and set(measure) == {"indicator"}:
                rest = {key: value for key, value in entry.items() if key != "counted_by"}
                return {**rest, **measure}
        return entry

    @model_validator(mode="before")
    @classmethod
    def _count_no_agencies_without_form(cls, entry: Any) -> Any:
        """Files made up to version 1.4.0 name no form: such a target is shown as not counted."""
        if isinstance(entry, Mapping) and "form" not in entry:
            measure = entry.get("counted_by")
            if isinstance(measure, str) and measure in MEASURES_OF_A_FORM:
                return {key: value for key, value in entry.items() if key != "counted_by"}
        return entry

    @model_validator(mode="after")
    def _require_form_only_of_agencies(self) -> Self:
        if self.form is not None and self.counted_by not in MEASURES_OF_A_FORM:
            raise fault("unknown_key", value="form")
        return self


class RolloutOutcome(DataModel):
    """An outcome of a stage; the leading body is first."""

    code: Code
    stage: Annotated[Code, known_in("stages")]
    title: Label
    responsible: Annotated[Codes, known_in("bodies", "departments.yaml"), Field(min_length=1)]
    targets: Several[RolloutTarget]
    source: String


def _parse_year(key: object) -> FiscalYear:
    try:
        return FiscalYear.parse(str(key))
    except RequestError:
        raise wrong_value("fiscal_year") from None


class RolloutPlan(DataModel):
    """rollout.yaml: the whole plan.

    ``begins``: the programme's first year; ``not_now``: what the plan names and this system does not follow.
    """

    bodies: ByCode[ResponsibleBody]
    begins: Annotated[InstanceOf[FiscalYear], BeforeValidator(_parse_year)]
    stages: ByCode[Stage]
    outcomes: ByCode[RolloutOutcome]
    not_now: Annotated[tuple[Label, ...], Field(strict=False)] = ()
