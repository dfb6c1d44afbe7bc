"""Which schemes a cluster may come for, as far as its figures meet their conditions.

What belongs here: comparing a scheme's conditions with a cluster. What must not: where the figures
come from, and wording. What the figures do not say is shown as open, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cpsa.reference.reference_data import Reference
from cpsa.reference.schemes import Applicant, ConcessionCase, Conditions, Grant, Scheme


@dataclass(frozen=True, slots=True)
class ClusterProfile:
    """What is known of the cluster that asks. ``sector`` is None for a centre that serves all of them;
    ``networks`` and ``members`` (formal networks and their enterprises) are None where unreported.

    ``enterprises`` and ``artisans``: of the register of clusters, None where it has none; ``members`` are compared
    only where it has no enterprises. ``is_priority``: whether over half of them are micro, of women or of SC/ST.
    """

    sector: str | None
    networks: int | None = None
    members: int | None = None
    enterprises: int | None = None
    artisans: int | None = None
    is_priority: bool | None = None


@dataclass(frozen=True, slots=True)
class ConditionCheck:
    """One condition. ``holds`` is None where the figures do not say."""

    condition: str  # sector | spv | least | most | units_least | units_most | artisans_most | other
    holds: bool | None
    need: int = 0
    have: int | None = None


@dataclass(frozen=True, slots=True)
class SchemeMatch:
    """A scheme and whether its conditions are met; ``grant``: its largest by ceiling, if one has any, of the size
    of the cluster where it is known. ``share_percent``: what it pays, with the concession that the cluster has.
    ``until``: the last day of these terms, where others hold now."""

    scheme: Scheme
    checks: tuple[ConditionCheck, ...]
    grant: Grant | None
    share_percent: int | None = None
    until: date | None = None

    @property
    def is_possible(self) -> bool:
        return all(check.holds is not False for check in self.checks)

    @property
    def of_sector(self) -> bool | None:
        """Whether it is made for the cluster's sector; None for a part of it, False for any sector."""
        return next((check.holds for check in self.checks if check.condition == "sector"), False)


def match_schemes(
    reference: Reference, theme: str, cluster: ClusterProfile, most: int, day: date | None = None
) -> tuple[SchemeMatch, ...]:
    """The schemes that help with a theme and that nothing known rules out, as their terms are on a day.

    One made for single sectors is offered only to a cluster known to be of such a sector. ``most``: how
    many at most; those that name the cluster's own sector are never left out.
    """
    offered = reference.find_schemes(theme=theme)
    matches = [match_scheme(reference, scheme, cluster, day) for scheme in offered]
    if cluster.sector not in reference.sectors:
        matches = [match for match in matches if not match.scheme.conditions.sectors]
    possible = [match for match in matches if match.is_possible]
    ranked = sorted(possible, key=lambda match: _rank(match, cluster))
    own = sum(_names_sector(match, cluster) for match in ranked)
    return tuple(ranked[: max(most, own)])


def _names_sector(match: SchemeMatch, cluster: ClusterProfile) -> bool:
    return cluster.sector in match.scheme.conditions.sectors


def _rank(match: SchemeMatch, cluster: ClusterProfile) -> int:
    """Made for its sector, for a wider one, for any sector, for a part of its sector, in this order."""
    if _names_sector(match, cluster):
        return 0
    return {True: 1, False: 2, None: 3}[match.of_sector]


def match_scheme(
    reference: Reference, scheme: Scheme, cluster: ClusterProfile, day: date | None = None
) -> SchemeMatch:
    """Check each condition of a scheme for a cluster, as its terms are on a day; by default now."""
    terms = scheme.find_terms(day)
    conditions = terms.conditions
    checks = (
        [ConditionCheck("sector", _check_sector(reference, conditions.sectors, cluster))]
        if conditions.sectors
        else []
    )
    if conditions.spv_required:
        checks.append(ConditionCheck("spv", True if cluster.networks else None))
    is_registered = cluster.enterprises is not None
    have, kind = (cluster.enterprises, "units_") if is_registered else (cluster.members, "")
    if conditions.min_enterprises is not None:
        # In special cases fewer are enough: only fewer than those rule a scheme out.
        floor = conditions.min_enterprises_relaxed or conditions.min_enterprises
        holds = _check_at_least(have, conditions.min_enterprises, floor)
        checks.append(ConditionCheck(f"{kind}least", holds, conditions.min_enterprises, have))
    if conditions.max_enterprises is not None:
        # A part of a larger cluster may come as one of its own.
        small = have is not None and have <= conditions.max_enterprises
        checks.append(
            ConditionCheck(f"{kind}most", True if small else None, conditions.max_enterprises, have)
        )
    if conditions.max_artisans is not None and cluster.artisans is not None:
        few = cluster.artisans <= conditions.max_artisans
        checks.append(
            ConditionCheck(
                *("artisans_most", True if few else None),
                *(conditions.max_artisans, cluster.artisans),
            )
        )
    if _has_other_condition(conditions, cluster):
        checks.append(ConditionCheck("other", None))
    grant = _find_largest_grant(terms.grants.values(), cluster)
    return SchemeMatch(scheme, tuple(checks), grant, _find_share(grant, cluster), terms.until)


def _find_largest_grant(grants: Iterable[Grant], cluster: ClusterProfile) -> Grant | None:
    """The largest by ceiling, among those for the cluster's size where one is."""
    ceilings = [grant for grant in grants if grant.ceiling_paise is not None]
    of_size = [grant for grant in ceilings if _is_of_size(grant.conditions, cluster.artisans)]
    return max(of_size or ceilings, key=lambda grant: grant.ceiling_paise or 0, default=None)


def _is_of_size(conditions: Conditions, artisans: int | None) -> bool:
    least, most = conditions.min_artisans, conditions.max_artisans
    if artisans is None:
        return True
    return (least is None or artisans >= least) and (most is None or artisans <= most)


def _find_share(grant: Grant | None, cluster: ClusterProfile) -> int | None:
    if grant is None:
        return None
    concession = grant.concession
    if concession and concession.case is ConcessionCase.PRIORITY_UNITS and cluster.is_priority:
        return concession.share_percent
    return grant.share_percent


def _check_sector(
    reference: Reference, named: Sequence[str], cluster: ClusterProfile
) -> bool | None:
    """Not known for a cluster that may be of the part of its sector that the scheme is made for."""
    sector = cluster.sector
    if sector not in reference.sectors:
        return None
    assert sector is not None, "None is no sector of the road map"
    if not reference.are_open_to(named, sector):
        return False
    wider: str | None = sector
    while wider:
        if wider in named:
            return True
        wider = reference.sectors[wider].within
    return None


def _check_at_least(have: int | None, least: int, floor: int) -> bool | None:
    if have is None or floor <= have < least:
        return None
    return have >= least


def _has_other_condition(conditions: Conditions, cluster: ClusterProfile) -> bool:
    """Whether there is a condition that no known figure can answer."""
    artisans = (conditions.min_artisans, conditions.max_artisans)
    bounds = (
        *(artisans if cluster.artisans is None else ()),
        conditions.min_powerlooms,
        conditions.min_land_acres,
        conditions.min_applicant_share_percent,
    )
    return any(bound is not None for bound in bounds) or Applicant.SPV not in conditions.applicants
