"""All files of a framework together: its tables by code, and what must be true across them.

What belongs here: the tables, and checks that need several entries. What must not: what one entry must
be (``model``), or how a fault is worded and placed (``framework_faults``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    model_validator,
)

from cpsa.framework.agency_table import AgencyTable
from cpsa.framework.entry import Entry, Label
from cpsa.framework.entry_faults import Fault, refuse_faults
from cpsa.framework.model import (
    KINDS_OF_READING,
    AgencyForm,
    CoverageFloor,
    Indicator,
    IndicatorGroup,
    Rule,
    ScoreStatus,
)
from cpsa.framework.table_rule_faults import list_table_rule_faults
from cpsa.reference.data_model import DataModel, wrong_value

_EXACT_PLACES = 9  # weights such as 0.4 + 0.3 + 0.3, free of float noise


def _key_entries(entries: object, info: ValidationInfo) -> object:
    """Each entry with its code, and a rule with its rank; without those that are retired."""
    if not isinstance(entries, dict):
        return entries
    if info.context:
        refuse_faults(
            ((code, "retired"), True, wrong_value("not_retired"))
            for code, entry in entries.items()
            if isinstance(entry, dict)
            and entry.get("retired") is True
            and entry.get("kind") in KINDS_OF_READING
        )
    in_force = {
        code: {**entry, "code": code} if isinstance(entry, dict) else entry
        for code, entry in list_in_force(entries)
    }
    if info.field_name == "rules":
        for rank, entry in enumerate(in_force.values()):
            if isinstance(entry, dict):
                entry["rank"] = rank
    return in_force


def list_in_force(entries: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The entries of a table, by code, that are not retired."""
    return [
        (code, entry)
        for code, entry in entries.items()
        if not (isinstance(entry, dict) and entry.get("retired") is True)
    ]


def _require_whole_weights(groups: dict[str, IndicatorGroup], info: ValidationInfo) -> object:
    """The weights of a form that is scored sum to 1."""
    weights: dict[str, list[float]] = {}
    for group in groups.values():
        if group.weight is not None:
            weights.setdefault(group.form, []).append(group.weight)
    if info.context:
        refuse_faults(
            ((), f"{sum(parts):g}", wrong_value("weights", form=form))
            for form, parts in weights.items()
            if round(sum(parts) - 1, _EXACT_PLACES)
        )
    return groups


def _order_statuses(statuses: dict[str, ScoreStatus]) -> dict[str, ScoreStatus]:
    """By their bound, the highest first, wherever in the files they were added.

    One without a tone of its own has that of the next lower one, so that an added level looks like
    the one it was split from.
    """
    bounded = [status for status in statuses.values() if status.at_least is not None]
    bounded.sort(key=lambda status: status.at_least or 0.0)
    bounds = [status.at_least or 0.0 for status in bounded]
    if not bounded or len(bounded) == len(statuses):
        raise wrong_value("statuses", value=", ".join(statuses))
    if bounds[0] > 0:
        raise wrong_value("lowest_bound", value=bounds[0])
    if len(set(bounds)) < len(bounds):
        raise wrong_value("distinct_bounds", value=", ".join(map(str, bounds)))
    below = ""
    for place, status in enumerate(bounded):
        if "tone" in status.model_fields_set:
            below = status.tone
        position = "bad" if place == 0 else "good" if place == len(bounded) - 1 else "watch"
        bounded[place] = status.model_copy(update={"tone": below or position})
    unbounded = [status for status in statuses.values() if status.at_least is None]
    return {status.code: status for status in (*reversed(bounded), *unbounded)}


TableEntry = TypeVar("TableEntry", bound=Entry)
Table = Annotated[dict[str, TableEntry], BeforeValidator(_key_entries)]


class FrameworkData(DataModel):
    """The files of a framework, each amended by the later ones."""

    forms: Table[AgencyForm]
    groups: Annotated[Table[IndicatorGroup], AfterValidator(_require_whole_weights)]
    indicators: Table[Indicator]
    rules: Table[Rule]
    statuses: Annotated[Table[ScoreStatus], AfterValidator(_order_statuses)]
    dimensions: dict[str, Label]
    states: dict[str, Label]
    coverage_floor: CoverageFloor
    tables: Table[AgencyTable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _require_agreement(self, info: ValidationInfo) -> Self:
        if info.context:
            refuse_faults(self._list_disagreements())
        return self

    def _list_disagreements(self) -> Iterator[Fault]:
        for code, indicator in self.indicators.items():
            place = "indicators", code
            if self.groups[indicator.group].form != indicator.form:
                expected = wrong_value("group_of_form", form=indicator.form)
                yield (*place, "of.group"), indicator.group, expected
            if indicator.rate:
                base = self.indicators[indicator.rate.base]
                if base.form != indicator.form or not (base.is_flow and indicator.is_flow):
                    yield (*place, "rate", "of"), base.code, wrong_value("two_flows")
                if not indicator.targeted:
                    yield (*place, "rate"), base.code, wrong_value("targeted")
        lowered = self.coverage_floor.at_best
        if self.statuses[lowered].at_least is None:
            yield ("coverage_floor", "at_best"), lowered, wrong_value("bounded_status")
        yield from list_table_rule_faults(self.tables, self.rules, self.indicators)
