"""Reading schemes.yaml: how its conditions and grants become schemes.

What belongs here: the keys of that file and what may be under them. What must not: the
meaning of a condition (schemes).
"""

from __future__ import annotations

from dataclasses import replace

from cpsa.reference.budget import PAISE_PER_RUPEE
from cpsa.reference.schemes import (
    Applicant,
    CeilingOn,
    CeilingUnit,
    Concession,
    ConcessionCase,
    Conditions,
    CostBase,
    Grant,
    Ministry,
    Scheme,
)
from cpsa.reference.yaml_reader import YamlEntry

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


def parse_schemes(file: YamlEntry, themes: dict, sectors: dict) -> dict[str, Scheme]:
    ministries = file.by_code("ministries", _parse_ministry)

    def parse_scheme(entry: YamlEntry) -> Scheme:
        ministry = entry.code("ministry")
        entry.check_known(ministry, ministries, "ministries")
        part = entry.part("conditions")
        conditions = _apply_changes(
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
                entry.by_code(
                    "grants", lambda grant: _parse_grant(grant, conditions, sectors)
                ).values()
            ),
            source=entry.string("source"),
        )
        for theme in found.themes:
            entry.check_known(theme, themes, "themes.yaml")
        return found

    return file.by_code("schemes", parse_scheme)


def _parse_ministry(entry: YamlEntry) -> Ministry:
    return Ministry(entry.code(), entry.text("name"), entry.string("source"))


def _apply_changes(conditions: Conditions, entry: YamlEntry, sectors: dict) -> Conditions:
    """The conditions with what the entry gives in place of what they had."""
    changes: dict[str, object] = {}
    for key in ("applicants", "spv_exempt"):
        if entry.has(key):
            changes[key] = entry.choices(key, Applicant)
    if entry.has("spv_required"):
        changes["spv_required"] = entry.flag("spv_required")
    if entry.has("sectors"):
        changes["sectors"] = _parse_sectors(entry, sectors)
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


def _parse_sectors(entry: YamlEntry, sectors: dict) -> tuple[str, ...]:
    if entry.value("sectors") == "any":
        return ()
    named = entry.codes("sectors")
    if not named:
        raise entry.wrong("[]", "sectors, codes or any")
    for code in named:
        entry.check_known(code, sectors, "sectors.yaml")
    return named


def _parse_grant(entry: YamlEntry, conditions: Conditions, sectors: dict) -> Grant:
    share = entry.percent_or_none("share_percent")
    ceiling = entry.whole_or_none("ceiling_rupees")
    ceiling_share = entry.percent_or_none("ceiling_project_percent")
    if share is None and ceiling is None and ceiling_share is None:
        raise entry.error("missing_key", "share_percent")
    return Grant(
        code=entry.code(),
        purpose=entry.text("purpose"),
        share_percent=share,
        share_of=None if share is None else entry.choice("share_of", CostBase),
        ceiling_paise=None if ceiling is None else ceiling * PAISE_PER_RUPEE,
        ceiling_on=(
            entry.choice("ceiling_on", CeilingOn) if entry.has("ceiling_on") else CeilingOn.GRANT
        ),
        ceiling_project_percent=ceiling_share,
        per=entry.choice("per", CeilingUnit) if entry.has("per") else None,
        years=entry.whole_or_none("years"),
        concession=_parse_concession(entry.part("concession")) if entry.has("concession") else None,
        conditions=(
            _apply_changes(conditions, entry.part("conditions"), sectors)
            if entry.has("conditions")
            else conditions
        ),
    )


def _parse_concession(entry: YamlEntry) -> Concession:
    share = entry.percent_or_none("share_percent")
    if share is None:
        raise entry.error("missing_key", "share_percent")
    case, when = entry.choice("case", ConcessionCase), entry.text("when")
    entry.finish()
    return Concession(share, case, when)
