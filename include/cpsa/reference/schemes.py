"""The schemes: who may come, on what conditions, for how much.

What belongs here: a scheme's conditions and grants as figures a program can test. What must
not: whether a given cluster is eligible (its figures are the registry's and the store's).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, model_validator

from cpsa.reference.data_model import (
    PAISE_PER_RUPEE,
    ByCode,
    Choice,
    Choices,
    Code,
    Codes,
    Count,
    DataModel,
    Label,
    Percent,
    Several,
    String,
    fault,
    known_in,
    wrong_value,
)


class Applicant(StrEnum):
    """The kinds of applicant the annex names."""

    SPV = "spv"
    COMPANY = "company"
    INDIVIDUAL = "individual"
    ASSOCIATION = "association"
    COOPERATIVE = "cooperative"
    NGO = "ngo"
    INSTITUTION = "institution"
    PANCHAYAT = "panchayat"
    LOCAL_BODY = "local_body"
    STATE_GOVERNMENT = "state_government"
    STATE_AGENCY = "state_agency"
    CENTRAL_OFFICE = "central_office"
    UNIT = "unit"  # a single enterprise


class CostBase(StrEnum):
    """The cost of which a grant bears a share."""

    PROJECT = "project_cost"
    ELIGIBLE = "eligible_cost"
    COMPONENT = "component_cost"
    SOFT_AND_HARD = "soft_and_hard_cost"
    MACHINERY = "machinery"
    PREPARATION = "preparation_cost"
    CONSULTANT = "consultant_fee"


class CeilingOn(StrEnum):
    """What a ceiling in rupees limits: the grant itself, or the cost it is computed on."""

    GRANT = "grant"
    PROJECT_COST = "project_cost"


class CeilingUnit(StrEnum):
    """The unit to which a ceiling applies."""

    PROJECT = "project"
    CLUSTER = "cluster"
    REPORT = "report"
    ARTISAN = "artisan"
    YEAR = "year"


class ConcessionCase(StrEnum):
    """When the larger share is given."""

    PRIORITY_UNITS = "priority_units"
    DIFFICULT_AREA = "difficult_area"


def _read_sectors(value: object) -> object:
    """``any`` for no condition, else at least one sector."""
    if value == "any":
        return ()
    if value == []:
        raise wrong_value("sectors")
    return value


class Conditions(DataModel):
    """What an applicant must be and have; None where the annex requires nothing.

    `sectors` empty means any sector. `min_enterprises_relaxed` applies in special cases.
    """

    applicants: Annotated[Choices[Applicant], Field(min_length=1)]
    sectors: Annotated[Codes, BeforeValidator(_read_sectors), known_in("sectors.yaml")]
    spv_required: bool
    spv_exempt: Choices[Applicant] = ()
    min_enterprises: Count | None = None
    min_enterprises_relaxed: Count | None = None
    max_enterprises: Count | None = None
    min_artisans: Count | None = None
    max_artisans: Count | None = None
    min_powerlooms: Count | None = None
    min_land_acres: Count | None = None
    max_government_equity_percent: Percent | None = None
    min_applicant_share_percent: Percent | None = None
    preferred_industry_share_percent: Percent | None = None

    @model_validator(mode="after")
    def _require_least_below_most(self) -> Self:
        for low, high in (
            (self.min_enterprises, self.max_enterprises),
            (self.min_artisans, self.max_artisans),
        ):
            if low is not None and high is not None and low > high:
                raise wrong_value("at_most", value=low, limit=high)
        return self


class Concession(DataModel):
    """A larger share for some."""

    share_percent: Percent
    case: Choice[ConcessionCase]
    when: Label


class Grant(DataModel):
    """One thing a scheme pays for; its conditions are the scheme's with its own in their place."""

    code: Code
    purpose: Label
    share_percent: Percent | None = None
    share_of: Choice[CostBase] | None = None
    ceiling_rupees: Count | None = None
    ceiling_on: Choice[CeilingOn] = CeilingOn.GRANT
    ceiling_project_percent: Percent | None = None
    per: Choice[CeilingUnit] | None = None
    years: Count | None = None
    concession: Concession | None = None
    conditions: Conditions

    @property
    def ceiling_paise(self) -> int | None:
        return None if self.ceiling_rupees is None else self.ceiling_rupees * PAISE_PER_RUPEE

    @model_validator(mode="after")
    def _require_an_amount(self) -> Self:
        amounts = (self.share_percent, self.ceiling_rupees, self.ceiling_project_percent)
        if amounts == (None, None, None):
            raise fault("missing_key", value="share_percent")
        if self.share_percent is not None and self.share_of is None:
            raise fault("missing_key", value="share_of")
        return self


class Ministry(DataModel):
    """Whose scheme it is."""

    code: Code
    name: Label
    source: String


class SchemeTerms(DataModel):
    """On what conditions a scheme pays for what; ``until``: the last day on which that was so."""

    conditions: Conditions
    grants: ByCode[Grant]
    until: Annotated[date, Field(strict=False)] | None = None
    source: String


class Scheme(DataModel):
    """One scheme of the annex.

    ``former_terms``: what was otherwise until a day; what an entry there does not name was as it is now.
    """

    code: Code
    name: Label
    ministry: Annotated[Code, known_in("ministries")]
    who_may_apply: Label
    support_for: Label
    apply_to: Label | None = None
    themes: Annotated[Codes, known_in("themes.yaml")]
    conditions: Conditions
    grants: ByCode[Grant]
    source: String
    former_terms: Several[SchemeTerms] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _complete_terms(cls, entry: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """A grant's own conditions replace those of its scheme key by key, former terms the present ones.

        Former terms are completed from present ones without a fault, so that each fault is found once.
        """
        former = entry.get("former_terms") if isinstance(entry, dict) else None
        if not isinstance(former, list):
            return handler(_give_grants_conditions(entry))
        present = _give_grants_conditions({**entry, "former_terms": []})
        handler(present)
        completed = [_complete_former(entry, terms) for terms in former]
        return handler({**present, "former_terms": completed})

    @model_validator(mode="after")
    def _require_days_in_order(self) -> Self:
        days = [terms.until for terms in self.former_terms]
        if None in days:
            raise fault("missing_key", value="until")
        if any(day >= later for day, later in pairwise(filter(None, days))):
            raise wrong_value("distinct", value=", ".join(map(str, days)))
        return self

    def find_terms(self, day: date | None = None) -> SchemeTerms:
        """The terms that hold on a day; without a day the present ones."""
        for terms in self.former_terms:
            if day is not None and terms.until is not None and day <= terms.until:
                return terms
        return SchemeTerms.model_construct(
            conditions=self.conditions, grants=self.grants, source=self.source
        )


def _complete_former(entry: dict[str, Any], terms: Any) -> Any:
    """Former terms with what was as it is now; their grants are those of now, changed or added to.

    ``entry``: a scheme without a fault; what is no entry or list in the terms stays, for its fault to be said.
    """
    if not isinstance(terms, dict):
        return terms
    conditions, grants = terms.get("conditions", {}), terms.get("grants", [])
    if isinstance(conditions, dict):
        conditions = {**entry["conditions"], **conditions}
    if isinstance(grants, list):
        grants = _complete_former_grants(entry["grants"], grants)
    return _give_grants_conditions({**terms, "conditions": conditions, "grants": grants})


def _complete_former_grants(present: list[dict[str, Any]], former: list[Any]) -> list[Any]:
    by_code = {grant["code"]: grant for grant in present}
    without_code = (
        {key: value for key, value in present[0].items() if key != "code"} if present else {}
    )
    completed = []
    for grant in former:
        code = grant.get("code") if isinstance(grant, dict) else None
        if isinstance(code, str):
            by_code[code] = {**by_code.get(code, {}), **grant}
        else:  # only that its code is none is to be said
            completed.append({**without_code, **grant} if isinstance(grant, dict) else grant)
    return [*by_code.values(), *completed]


def _give_grants_conditions(entry: Any) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("grants"), list):
        return entry
    shared = entry.get("conditions")
    grants = [
        {**grant, "conditions": {**shared, **grant.get("conditions", {})}}
        if isinstance(grant, dict)
        and isinstance(shared, dict)
        and isinstance(grant.get("conditions", {}), dict)
        else grant
        for grant in entry["grants"]
    ]
    return {**entry, "grants": grants}


class ClusterFigures(DataModel):
    """The indicators that conditions of schemes are compared with; of several, the largest figure counts.

    ``jobs``, ``output``: the indicators whose baseline is what the register of clusters has of jobs and of a
    year's output, where the registry has no baseline of the agency's own.
    """

    networks: Codes = ()
    members: Codes = ()
    jobs: Code | None = None
    output: Code | None = None


class SchemesFile(DataModel):
    """schemes.yaml."""

    cluster_figures: ClusterFigures = ClusterFigures()

    ministries: ByCode[Ministry]
    schemes: ByCode[Scheme]
