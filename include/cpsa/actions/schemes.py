"""Which schemes of Annex 4 a cluster may come for, by what its figures say of their conditions.

What belongs here: holding a scheme's conditions against a cluster. What must not: where the figures
come from, and wording. What the figures do not say is told as open, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpsa.reference import Reference
from cpsa.reference.schemes import Applicant, Conditions, Grant, Scheme


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is known of whoever asks. ``sector`` is None for a centre that serves all of them;
    ``networks`` and ``members`` (formal networks and their enterprises) are None where unreported."""

    sector: str | None
    networks: int | None = None
    members: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One condition. ``holds`` is None where the figures do not say."""

    condition: str  # sector | spv | least | most | other
    holds: bool | None
    need: int = 0
    have: int | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """A scheme and how its conditions stand; ``grant``: its largest by ceiling, if one has any."""

    scheme: Scheme
    checks: tuple[Check, ...]
    grant: Grant | None

    @property
    def possible(self) -> bool:
        return all(one.holds is not False for one in self.checks)


def fitting(reference: Reference, theme: str, cluster: Cluster, most: int) -> tuple[Fit, ...]:
    """The schemes that help with a theme and that nothing known rules out.

    One made for single sectors is offered only to a cluster known to be of such a sector.
    """
    offered = reference.schemes_for(theme=theme)
    fits = [fit(reference, one, cluster) for one in offered]
    if cluster.sector not in reference.sectors:
        fits = [one for one in fits if not one.scheme.conditions.sectors]
    return tuple(sorted((one for one in fits if one.possible), key=_rank)[:most])


def _rank(one: Fit) -> int:
    """Made for its sector, for any sector, for a part of its sector, in this order."""
    of_sector = next((check.holds for check in one.checks if check.condition == "sector"), False)
    return {True: 0, False: 1, None: 2}[of_sector]


def fit(reference: Reference, scheme: Scheme, cluster: Cluster) -> Fit:
    """How a scheme's conditions stand for a cluster."""
    conditions = scheme.conditions
    checks = [Check("sector", _sector(reference, scheme, cluster))] if conditions.sectors else []
    if conditions.spv_required:
        checks.append(Check("spv", True if cluster.networks else None))
    if conditions.min_enterprises is not None:
        # In special cases fewer are enough: only fewer than those rule a scheme out.
        floor = conditions.min_enterprises_relaxed or conditions.min_enterprises
        holds = _at_least(cluster.members, conditions.min_enterprises, floor)
        checks.append(Check("least", holds, conditions.min_enterprises, cluster.members))
    if conditions.max_enterprises is not None:
        # A part of a larger cluster may come as one of its own.
        small = cluster.members is not None and cluster.members <= conditions.max_enterprises
        checks.append(
            Check("most", True if small else None, conditions.max_enterprises, cluster.members)
        )
    if _asks_more(conditions):
        checks.append(Check("other", None))
    ceilings = [one for one in scheme.grants if one.ceiling_paise is not None]
    largest = max(ceilings, key=lambda one: one.ceiling_paise or 0, default=None)
    return Fit(scheme, tuple(checks), largest)


def _sector(reference: Reference, scheme: Scheme, cluster: Cluster) -> bool | None:
    """Not known for a cluster that may be of the part of its sector that the scheme is made for."""
    sector = cluster.sector
    if sector not in reference.sectors:
        return None
    assert sector is not None, "None is no sector of the road map"
    if not reference.open_to(scheme, sector):
        return False
    wider: str | None = sector
    while wider:
        if wider in scheme.conditions.sectors:
            return True
        wider = reference.sectors[wider].within
    return None


def _at_least(have: int | None, least: int, floor: int) -> bool | None:
    if have is None or floor <= have < least:
        return None
    return have >= least


def _asks_more(conditions: Conditions) -> bool:
    """Whether there is a condition that no figure of an update speaks to."""
    asked = (
        conditions.min_artisans,
        conditions.max_artisans,
        conditions.min_powerlooms,
        conditions.min_land_acres,
        conditions.min_applicant_share_percent,
    )
    return any(one is not None for one in asked) or Applicant.SPV not in conditions.applicants
