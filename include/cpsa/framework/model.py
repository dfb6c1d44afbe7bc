"""The KPI framework: indicators, groups, rules, weights and their texts, as data.

Here: what each part of it has, and what follows from it. What a rule does is code (``checks``); which
rules there are, and how strict, is data. Not here: how it is read from files (``loader``), and what
must be true of several entries together (``framework_data``).
"""

from __future__ import annotations

import copyreg
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    model_validator,
)

from cpsa.framework.agency_table import AgencyTable, TableColumn
from cpsa.framework.entry import Entry, Label
from cpsa.framework.rule_parameters import PARAMETERS
from cpsa.i18n.text import Text
from cpsa.nearest_code import find_nearest_code
from cpsa.reference.data_model import Codes, Count, DataModel, String, known_in, wrong_value

EXACT_PLACES = 14  # ratios are compared with limits free of float noise
TOTAL = ""  # the dimension of a total
AGENCY, CPSA = ADDRESSEES = "agency", "cpsa"  # who can answer a finding
QUERY_RULE_KIND = "asked_by_cpsa"  # the kind of rule for a person's question about a figure (C01)
TABLE_VALUE_KIND = "table_value"  # the kind of rule for values of a table that cannot be used
TABLE_LIMITS_KIND = "table_limits"  # the kind of rule that limits a column of a table to another
ENTRY_PRODUCTS_KIND = "entry_products"  # the kind of rule for units and rates of entries (P12)
ABOVE_BUDGET_KIND = "above_budget"  # the kind of rule that compares sums to date with a budget
REGISTER_CHANGE_KIND = (
    "register_change"  # the kind of rule that compares a table with the register of clusters (P10)
)
# What looks at all updates when a quarter closes; every other kind of rule looks at one update.
_KINDS_AT_CLOSING = frozenset(
    (
        *("outlier_among_peers", "acceptance_low", "baseline_missing"),
        *(ABOVE_BUDGET_KIND, REGISTER_CHANGE_KIND),
    )
)
# What no agency can correct or explain, unless a rule's own ``addressee`` says otherwise.
_KINDS_FOR_CPSA = frozenset(
    ("acceptance_low", "baseline_missing", ABOVE_BUDGET_KIND, REGISTER_CHANGE_KIND)
)
# What decides whether a value or file is used at all: such a rule cannot be retired.
KINDS_OF_READING = frozenset(
    (
        *("unreadable_file", "other_agency_or_quarter", "broken_seal", "not_a_number"),
        *("negative", "too_fine", "not_in_form", "said_twice", TABLE_VALUE_KIND),
    )
)
KINDS_NEVER_ON_TRIAL = KINDS_OF_READING | {QUERY_RULE_KIND}  # the last is a person's question
TRIAL = "trial"  # the severity of a rule that CPSA tries: no agency, score or document knows of it


def _require_known_placeholders(label: Text, info: ValidationInfo) -> Text:
    """The text, if it can be filled in in every language."""
    for template in label.list_labels() if info.context else ():
        try:
            template.format(**dict.fromkeys(PLACEHOLDERS, ""))
        except (LookupError, ValueError, AttributeError, TypeError):
            names = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise wrong_value("placeholders", value=template, names=names) from None
    return label


Message = Annotated[Label, AfterValidator(_require_known_placeholders)]
PLACEHOLDERS = (
    *("indicator", "label", "dimension", "dimension_name", "group", "form"),
    *("agency", "quarter", "observed", "expected"),
)
"""What the message and correction of a rule may use (``submissions.finding``)."""


class ResponseRate(DataModel):
    """The indicator that one answers, and which share of it is aimed at."""

    base: Annotated[str, known_in("indicators")] = Field(alias="of")
    target: Annotated[float, Field(gt=0)]


class Indicator(Entry):
    """One line of a form. Source: the annex and table of the road map it comes from.

    In the files most of it is under ``of``: ``of.form`` and so on.
    """

    code: str
    label: Label
    source: String
    form: Annotated[str, known_in("forms")] = Field(alias="of.form")
    group: Annotated[str, known_in("groups")] = Field(alias="of.group")
    unit: Literal["inr", "count"] = Field(alias="of.unit")
    kind: Literal["flow", "stock"] = Field(alias="of.kind")
    dimensions: Annotated[Codes, known_in("dimensions")] = Field(default=(), alias="of.dimensions")
    targeted: bool = Field(default=False, alias="of.targeted")
    baseline: bool = Field(default=False, alias="of.baseline")
    signed: bool = Field(default=False, alias="of.signed")
    rate: ResponseRate | None = None
    main: bool = False  # on the first page of updates
    retired: bool = False

    @model_validator(mode="before")
    @classmethod
    def _flatten(cls, entry: object) -> object:
        if not isinstance(entry, dict) or "of" not in entry:
            return entry
        if not isinstance(entry["of"], dict):
            raise wrong_value("entry", value=entry["of"])
        rest = {key: value for key, value in entry.items() if key != "of"}
        return rest | {f"of.{key}": value for key, value in entry["of"].items()}

    @property
    def is_flow(self) -> bool:
        return self.kind == "flow"

    @property
    def rate_of(self) -> str | None:
        """The indicator that this one answers."""
        return self.rate.base if self.rate else None

    @property
    def rate_target(self) -> float | None:
        """Which share of it is aimed at."""
        return self.rate.target if self.rate else None


class AgencyForm(Entry):
    """What one kind of agency fills in.

    ``scored``: its agencies have scores, a status and coverage, and are among those that tiles, cards and
    sums of agencies count. ``rated``: they are counted in reporting rates. An update of a form that is
    neither is requested, reminded of and closed like any other.
    """

    code: str
    label: Label
    plural: Label
    scored: bool = True
    rated: bool = True


class IndicatorGroup(Entry):
    """Indicators scored together; ``weight`` is its share in the composite, None when shown only."""

    code: str
    form: Annotated[str, known_in("forms")]
    label: Label
    weight: Annotated[float, Field(gt=0, le=1)] | None = None


class ScoreStatus(Entry):
    """What a composite means; ``at_least`` None when there is no composite.

    ``tone``: how it is coloured.
    """

    code: str
    label: Label
    at_least: Annotated[float, Field(ge=0, le=1)] | None = None
    tone: Literal["good", "watch", "bad", "muted"] = "muted"


class CoverageFloor(DataModel):
    """The coverage below which a status is at best ``at_best``."""

    coverage: Annotated[float, Field(ge=0, le=1)]
    at_best: Annotated[str, known_in("statuses")]


def read_only(parameters: Mapping[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(parameters)


# A view does not travel by itself, and a framework is handed to other processes.
copyreg.pickle(MappingProxyType, lambda view: (read_only, (dict(view),)))


def _require_known_kind(kind: str) -> str:
    if kind not in PARAMETERS:
        raise wrong_value("rule_kind", nearest=find_nearest_code(kind, sorted(PARAMETERS)))
    return kind


def _require_judging(severity: str, info: ValidationInfo) -> str:
    if severity == TRIAL and info.data.get("kind") in KINDS_NEVER_ON_TRIAL:
        raise wrong_value("no_trial", value=severity)
    return severity


def _require_parameters_of_kind(parameters: object, info: ValidationInfo) -> object:
    kind = PARAMETERS.get(info.data.get("kind", ""))
    if kind and info.context:
        kind.model_validate(parameters, context=info.context)
    return read_only(parameters) if isinstance(parameters, dict) else parameters


Shown = Literal["text", "quantity", "ratio", "percent", "indicator", "cause", "asked", "question"]


class Rule(Entry):
    """One rule of domain.md, "Rules": its kind, how strict it is, and its texts."""

    id: str = Field(alias="code")
    rank: int  # the most consequential first
    kind: Annotated[str, AfterValidator(_require_known_kind)]
    severity: Annotated[Literal["error", "warning", "trial"], AfterValidator(_require_judging)]
    title: Label
    message: Message
    correction: Message = Field(alias="correct")
    shows: Shown
    expects: Shown = Field(default_factory=lambda entry: entry["shows"])
    waivable: bool = False
    unconfirms: bool = False  # a figure with an open finding of it is unconfirmed
    explanation_quarters: Count | None = None
    # Who can answer it; what no agency can correct or explain is CPSA's.
    addressee: Literal["agency", "cpsa"] = Field(
        default_factory=lambda entry: "cpsa" if entry["kind"] in _KINDS_FOR_CPSA else "agency"
    )
    parameters: Annotated[Any, AfterValidator(_require_parameters_of_kind)] = Field(
        default_factory=dict, validate_default=True
    )
    retired: bool = False

    @property
    def is_error(self) -> bool:
        return self.severity == "error"

    @property
    def is_for_every_update(self) -> bool:
        """Whether every update is checked against it: no rule at closing, and no person's question."""
        return self.kind not in _KINDS_AT_CLOSING and self.kind != QUERY_RULE_KIND

    @property
    def is_on_trial(self) -> bool:
        """Whether its findings are shown to CPSA only."""
        return self.severity == TRIAL


_OfForm = TypeVar("_OfForm", Indicator, AgencyTable)


def _group_by_form(entries: Iterable[_OfForm]) -> Mapping[str, tuple[_OfForm, ...]]:
    """The entries of each form, in their order."""
    found: dict[str, list[_OfForm]] = {}
    for entry in entries:
        found.setdefault(entry.form, []).append(entry)
    return {form: tuple(own) for form, own in found.items()}


@dataclass(frozen=True)
class Framework:
    """The framework in force in one quarter."""

    holds_from: str
    digest: str
    indicators: tuple[Indicator, ...]
    forms: Mapping[str, AgencyForm]
    groups: Mapping[str, IndicatorGroup]
    rules: Mapping[str, Rule]
    statuses: Mapping[str, ScoreStatus]  # by their bound, the highest first; without one last
    dimension_labels: Mapping[str, Text]
    state_labels: Mapping[str, Text]
    coverage_floor: float
    status_below_coverage: str
    tables: Mapping[str, AgencyTable] = field(default_factory=dict)
    # For which quarter of the year it was loaded; without one every table is requested.
    quarter_of_year: int | None = None
    # What it was read from, by name, so that a closed quarter can keep it.
    files: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def version(self) -> str:
        """Names exactly this framework: the quarter of its newest file and a digest of all."""
        return f"{self.holds_from}+{self.digest[:12]}"

    @cached_property
    def bounded_statuses(self) -> tuple[ScoreStatus, ...]:
        """The statuses that a composite can have, the highest bound first."""
        return tuple(status for status in self.statuses.values() if status.at_least is not None)

    @cached_property
    def status_without_composite(self) -> str:
        return next(code for code, status in self.statuses.items() if status.at_least is None)

    def is_limited_by_coverage(self, status: str, composite: float | None, coverage: float) -> bool:
        """Whether an agency's composite alone would give a higher status (domain.md, "Scores")."""
        if status != self.status_below_coverage or composite is None:
            return False
        codes = [bounded.code for bounded in self.bounded_statuses]
        higher = self.bounded_statuses[: codes.index(status)]
        exact = round(composite, EXACT_PLACES)
        earned = any(exact >= (bounded.at_least or 0.0) for bounded in higher)
        return earned and coverage < self.coverage_floor

    @cached_property
    def definitions(self) -> str:
        """A digest of what decides on scores and agencies' findings, whatever they are called."""
        indicators = [
            (
                *(
                    indicator.code,
                    indicator.form,
                    indicator.group,
                    indicator.unit,
                    indicator.kind,
                    indicator.dimensions,
                ),
                *(
                    indicator.targeted,
                    indicator.baseline,
                    indicator.signed,
                    indicator.rate_of,
                    indicator.rate_target,
                ),
            )
            for indicator in self.indicators
            if self.is_scored(indicator.form)
        ]
        groups = [(group.code, group.form, group.weight) for group in self.scored_groups]
        rules = [
            (
                *(rule.id, rule.severity, rule.kind, rule.waivable, rule.explanation_quarters),
                dict(rule.parameters),
            )
            for rule in self.rules.values()
            # A question decides nothing by itself, a budget and a proposal nothing of an agency.
            if rule.kind not in (QUERY_RULE_KIND, ABOVE_BUDGET_KIND, REGISTER_CHANGE_KIND)
        ]
        statuses = [(status.code, status.at_least) for status in self.statuses.values()]
        coverage = self.coverage_floor, self.status_below_coverage
        decisive = [indicators, groups, rules, statuses, coverage]
        if self.tables:  # a framework without one keeps the digest that it had
            decisive.append([table.list_definitions() for table in self.tables.values()])
        serialized = json.dumps(decisive, sort_keys=True)
        return hashlib.sha256(serialized.encode()).hexdigest()

    @cached_property
    def by_code(self) -> Mapping[str, Indicator]:
        return {indicator.code: indicator for indicator in self.indicators}

    def indicator(self, code: str) -> Indicator:
        return self.by_code[code]

    def form_indicators(self, form: str) -> tuple[Indicator, ...]:
        return self._indicators_of_forms.get(form, ())

    @cached_property
    def _indicators_of_forms(self) -> Mapping[str, tuple[Indicator, ...]]:
        return _group_by_form(self.indicators)

    def for_quarter_of_year(self, number: int) -> Framework:
        """The same framework for the first to the fourth quarter of a year: what it requests may differ."""
        if all(table.quarter_of_year is None for table in self.tables.values()):
            return self
        if number not in self._by_quarter_of_year:
            self._by_quarter_of_year[number] = replace(self, quarter_of_year=number)
        return self._by_quarter_of_year[number]

    @cached_property
    def _by_quarter_of_year(self) -> dict[int, Framework]:
        return {}

    @cached_property
    def requested_tables(self) -> tuple[AgencyTable, ...]:
        """The tables that agencies fill in for the quarter, in their order."""
        return tuple(
            table
            for table in self.tables.values()
            if self.quarter_of_year is None or table.quarter_of_year in (None, self.quarter_of_year)
        )

    def form_tables(self, form: str) -> tuple[AgencyTable, ...]:
        """The tables that such agencies fill in for the quarter, in their order."""
        return self._tables_of_forms.get(form, ())

    @cached_property
    def _tables_of_forms(self) -> Mapping[str, tuple[AgencyTable, ...]]:
        return _group_by_form(self.requested_tables)

    def list_age_columns(self, table: AgencyTable) -> tuple[TableColumn, ...]:
        """The columns of pending applications by age: those that a rule limits to the number pending."""
        if table.pending is None:
            return ()
        aged = {
            part
            for rule in self.rules_of_kind(TABLE_LIMITS_KIND)
            if rule.parameters["table"] == table.code
            for part, whole in rule.parameters["limits"]
            if whole == table.pending.number
        }
        return tuple(column for column in table.columns.values() if column.code in aged)

    def find_table_column(self, code: str) -> tuple[AgencyTable, TableColumn] | None:
        """The table and column that a finding names as ``table.column``."""
        name, _, column = code.partition(".")
        table = self.tables.get(name)
        return (table, table.columns[column]) if table and column in table.columns else None

    @cached_property
    def scored_forms(self) -> tuple[str, ...]:
        """The forms whose agencies have scores."""
        return tuple(code for code, form in self.forms.items() if form.scored)

    @cached_property
    def scored_groups(self) -> tuple[IndicatorGroup, ...]:
        """The groups of the forms whose agencies have scores."""
        return tuple(group for group in self.groups.values() if self.is_scored(group.form))

    @cached_property
    def rated_forms(self) -> tuple[str, ...]:
        """The forms whose agencies are counted in reporting rates."""
        return tuple(code for code, form in self.forms.items() if form.rated)

    def is_scored(self, form: str) -> bool:
        """Whether agencies of a form have scores; a form that is not known is read as one that has."""
        return form not in self.forms or self.forms[form].scored

    def form_groups(self, form: str) -> tuple[IndicatorGroup, ...]:
        return tuple(group for group in self.groups.values() if group.form == form)

    def group_indicators(self, group: str) -> tuple[Indicator, ...]:
        return tuple(indicator for indicator in self.indicators if indicator.group == group)

    @cached_property
    def rules_in_force(self) -> Mapping[str, Rule]:
        """The rules that agencies and readers know of: all but those on trial."""
        return {id_: rule for id_, rule in self.rules.items() if not rule.is_on_trial}

    def rules_of_kind(self, kind: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules.values() if rule.kind == kind)
