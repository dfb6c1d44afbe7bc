"""Which schemes a cluster may come for, as far as its figures meet their conditions.

What belongs here: comparing a scheme's conditions with a cluster. What must not: where the figures
come from, and wording. What the figures do not say is shown as open, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpsa.reference.reference_data import Reference
from cpsa.reference.schemes import Applicant, Conditions, Grant, Scheme


@dataclass(frozen=True, slots=True)
class ClusterProfile:
    """What is known of the cluster that asks. ``sector`` is None for a centre that serves all of them;
    ``networks`` and ``members`` (formal networks and their enterprises) are None where unreported."""

    sector: str | None
    networks: int | None = None
    members: int | None = None


@dataclass(frozen=True, slots=True)
class ConditionCheck:
    """One condition. ``holds`` is None where the figures do not say."""

    condition: str  # sector | spv | least | most | other
    holds: bool | None
    need: int = 0
    have: int | None = None


@dataclass(frozen=True, slots=True)
class SchemeMatch:
    """A scheme and whether its conditions are met; ``grant``: its largest by ceiling, if one has any."""

    scheme: Scheme
    checks: tuple[ConditionCheck, ...]
    grant: Grant | None

    @property
    def is_possible(self) -> bool:
        return all(check.holds is not False for check in self.checks)


def match_schemes(
    reference: Reference, theme: str, cluster: ClusterProfile, most: int
) -> tuple[SchemeMatch, ...]:
    """The schemes that help with a theme and that nothing known rules out.

    One made for single sectors is offered only to a cluster known to be of such a sector.
    """
    offered = reference.find_schemes(theme=theme)
    matches = [match_scheme(reference, scheme, cluster) for scheme in offered]
    if cluster.sector not in reference.sectors:
        matches = [match for match in matches if not match.scheme.conditions.sectors]
    return tuple(sorted((match for match in matches if match.is_possible), key=_rank)[:most])


def _rank(match: SchemeMatch) -> int:
    """Made for its sector, for any sector, for a part of its sector, in this order."""
    of_sector = next((check.holds for check in match.checks if check.condition == "sector"), False)
    return {True: 0, False: 1, None: 2}[of_sector]


def match_scheme(reference: Reference, scheme: Scheme, cluster: ClusterProfile) -> SchemeMatch:
    """Check each condition of a scheme for a cluster."""
    conditions = scheme.conditions
    checks = (
        [ConditionCheck("sector", _check_sector(reference, scheme, cluster))]
        if conditions.sectors
        else []
    )
    if conditions.spv_required:
        checks.append(ConditionCheck("spv", True if cluster.networks else None))
    if conditions.min_enterprises is not None:
        # In special cases fewer are enough: only fewer than those rule a scheme out.
        floor = conditions.min_enterprises_relaxed or conditions.min_enterprises
        holds = _check_at_least(cluster.members, conditions.min_enterprises, floor)
        checks.append(ConditionCheck("least", holds, conditions.min_enterprises, cluster.members))
    if conditions.max_enterprises is not None:
        # A part of a larger cluster may come as one of its own.
        small = cluster.members is not None and cluster.members <= conditions.max_enterprises
        checks.append(
            ConditionCheck(
                "most", True if small else None, conditions.max_enterprises, cluster.members
            )
        )
    if _has_other_condition(conditions):
        checks.append(ConditionCheck("other", None))
    ceilings = [grant for grant in scheme.grants.values() if grant.ceiling_paise is not None]
    largest = max(ceilings, key=lambda grant: grant.ceiling_paise or 0, default=None)
    return SchemeMatch(scheme, tuple(checks), largest)


def _check_sector(reference: Reference, scheme: Scheme, cluster: ClusterProfile) -> bool | None:
    """Not known for a cluster that may be of the part of its sector that the scheme is made for."""
    sector = cluster.sector
    if sector not in reference.sectors:
        return None
    assert sector is not None, "None is no sector of the road map"
    if not reference.is_open_to(scheme, sector):
        return False
    wider: str | None = sector
    while wider:
        if wider in scheme.conditions.sectors:
            return True
        wider = reference.sectors[wider].within
    return None


def _check_at_least(have: int | None, least: int, floor: int) -> bool | None:
    if have is None or floor <= have < least:
        return None
    return have >= least


def _has_other_condition(conditions: Conditions) -> bool:
    """Whether there is a condition that no figure of an update can answer."""
    bounds = (
        conditions.min_artisans,
        conditions.max_artisans,
        conditions.min_powerlooms,
        conditions.min_land_acres,
        conditions.min_applicant_share_percent,
    )
    return any(bound is not None for bound in bounds) or Applicant.SPV not in conditions.applicants
