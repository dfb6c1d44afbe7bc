"""The schemes of Annex 4: who may come, on what conditions, for how much.

What belongs here: a scheme's conditions and grants as figures a program can test. What must
not: whether a given cluster is eligible (its figures are the registry's and the store's).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from cpsa.bilingual import Text
from cpsa.reference.budget import PAISE_PER_RUPEE
from cpsa.reference.reading import Entry


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


class Base(StrEnum):
    """The cost of which a grant bears a share."""

    PROJECT = "project_cost"
    ELIGIBLE = "eligible_cost"
    COMPONENT = "component_cost"
    SOFT_AND_HARD = "soft_and_hard_cost"
    MACHINERY = "machinery"
    PREPARATION = "preparation_cost"
    CONSULTANT = "consultant_fee"


class CeilingOn(StrEnum):
    """What a ceiling in rupees limits: the grant itself, or the cost it is reckoned on."""

    GRANT = "grant"
    PROJECT_COST = "project_cost"


class Each(StrEnum):
    """For each of what a ceiling holds."""

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
    """What an applicant must be and have; None where the annex asks nothing.

    `sectors` empty means any sector. `min_enterprises_relaxed` holds in special cases.
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


_COUNTS = (
    "min_enterprises",
    "min_enterprises_relaxed",
    "max_enterprises",
    "min_artisans",
    "max_artisans",
    "min_powerlooms",
    "min_land_acres",
)
_PERCENTS = (
    "max_government_equity_percent",
    "min_applicant_share_percent",
    "preferred_industry_share_percent",
)


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
    share_of: Base | None
    ceiling_paise: int | None
    ceiling_on: CeilingOn
    ceiling_project_percent: int | None
    per: Each | None
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


def schemes(file: Entry, themes: dict, sectors: dict) -> dict[str, Scheme]:
    ministries = file.by_code("ministries", _ministry)

    def scheme(entry: Entry) -> Scheme:
        ministry = entry.code("ministry")
        entry.known(ministry, ministries, "ministries")
        part = entry.part("conditions")
        conditions = _changed(
            Conditions(part.choices("applicants", Applicant), (), part.flag("spv_required")),
            part,
            sectors,
        )
        found = Scheme(
            code=entry.code(),
            name=entry.text("name"),
            ministry=ministries[ministry].name,
            who_may_apply=entry.text("who_may_apply"),
            support_for=entry.text("support_for"),
            apply_to=entry.text("apply_to") if entry.has("apply_to") else None,
            themes=entry.codes("themes"),
            conditions=conditions,
            grants=tuple(
                entry.by_code("grants", lambda grant: _grant(grant, conditions, sectors)).values()
            ),
            source=entry.string("source"),
        )
        for theme in found.themes:
            entry.known(theme, themes, "themes.yaml")
        return found

    return file.by_code("schemes", scheme)


def _ministry(entry: Entry) -> Ministry:
    return Ministry(entry.code(), entry.text("name"), entry.string("source"))


def _changed(conditions: Conditions, entry: Entry, sectors: dict) -> Conditions:
    """The conditions with what the entry gives in place of what they had."""
    changes: dict[str, object] = {}
    for key in ("applicants", "spv_exempt"):
        if entry.has(key):
            changes[key] = entry.choices(key, Applicant)
    if entry.has("spv_required"):
        changes["spv_required"] = entry.flag("spv_required")
    if entry.has("sectors"):
        changes["sectors"] = _sectors(entry, sectors)
    changes |= {key: entry.whole_or_none(key) for key in _COUNTS if entry.has(key)}
    changes |= {key: entry.percent_or_none(key) for key in _PERCENTS if entry.has(key)}
    entry.finish()
    changed = replace(conditions, **changes)  # type: ignore[arg-type]
    if not changed.applicants:
        raise entry.wrong("", "applicants, at least one")
    for least, most in (("min_enterprises", "max_enterprises"), ("min_artisans", "max_artisans")):
        low, high = getattr(changed, least), getattr(changed, most)
        if low is not None and high is not None and low > high:
            raise entry.wrong(low, f"{least}, at most {high}")
    return changed


def _sectors(entry: Entry, sectors: dict) -> tuple[str, ...]:
    if entry.value("sectors") == "any":
        return ()
    named = entry.codes("sectors")
    if not named:
        raise entry.wrong("[]", "sectors, codes or any")
    for code in named:
        entry.known(code, sectors, "sectors.yaml")
    return named


def _grant(entry: Entry, conditions: Conditions, sectors: dict) -> Grant:
    share = entry.percent_or_none("share_percent")
    ceiling = entry.whole_or_none("ceiling_rupees")
    ceiling_share = entry.percent_or_none("ceiling_project_percent")
    if share is None and ceiling is None and ceiling_share is None:
        raise entry.error("missing_key", "share_percent")
    return Grant(
        code=entry.code(),
        purpose=entry.text("purpose"),
        share_percent=share,
        share_of=None if share is None else entry.choice("share_of", Base),
        ceiling_paise=None if ceiling is None else ceiling * PAISE_PER_RUPEE,
        ceiling_on=(
            entry.choice("ceiling_on", CeilingOn) if entry.has("ceiling_on") else CeilingOn.GRANT
        ),
        ceiling_project_percent=ceiling_share,
        per=entry.choice("per", Each) if entry.has("per") else None,
        years=entry.whole_or_none("years"),
        concession=_concession(entry.part("concession")) if entry.has("concession") else None,
        conditions=(
            _changed(conditions, entry.part("conditions"), sectors)
            if entry.has("conditions")
            else conditions
        ),
    )


def _concession(entry: Entry) -> Concession:
    share = entry.percent_or_none("share_percent")
    if share is None:
        raise entry.error("missing_key", "share_percent")
    case, when = entry.choice("case", ConcessionCase), entry.text("when")
    entry.finish()
    return Concession(share, case, when)
