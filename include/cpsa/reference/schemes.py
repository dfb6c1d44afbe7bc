"""The schemes of Annex 4: who may come, on what conditions, for how much.

What belongs here: a scheme's conditions and grants as figures a program can test. What must
not: whether a given cluster is eligible (its figures are the registry's and the store's).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cpsa.i18n.text import Text


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


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an applicant must be and have; None where the annex requires nothing.

    `sectors` empty means any sector. `min_enterprises_relaxed` applies in special cases.
    """

    applicants: tuple[Applicant, ...]
    sectors: tuple[str, ...]
    spv_required: bool
    spv_exempt: tuple[Applicant, ...] = ()
    min_enterprises: int | None = None
    min_enterprises_relaxed: int | None = None
    max_enterprises: int | None = None
    min_artisans: int | None = None
    max_artisans: int | None = None
    min_powerlooms: int | None = None
    min_land_acres: int | None = None
    max_government_equity_percent: int | None = None
    min_applicant_share_percent: int | None = None
    preferred_industry_share_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Concession:
    """A larger share for some."""

    share_percent: int
    case: ConcessionCase
    when: Text


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing a scheme pays for; its conditions are the scheme's with its own in their place."""

    code: str
    purpose: Text
    share_percent: int | None
    share_of: CostBase | None
    ceiling_paise: int | None
    ceiling_on: CeilingOn
    ceiling_project_percent: int | None
    per: CeilingUnit | None
    years: int | None
    concession: Concession | None
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Ministry:
    """Whose scheme it is."""

    code: str
    name: Text
    source: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme of the annex."""

    code: str
    name: Text
    ministry: Text
    who_may_apply: Text
    support_for: Text
    apply_to: Text | None
    themes: tuple[str, ...]
    conditions: Conditions
    grants: tuple[Grant, ...]
    source: str
