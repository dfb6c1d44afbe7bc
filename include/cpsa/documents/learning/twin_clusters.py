"""Which clusters could learn from each other: one sector, complementary strengths.

The rule is domain.md's ("Documents" 3): one's group score is at least the gap above the other's in
one group, and below it in another, so that both have something to give.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from cpsa.calendar import Quarter
from cpsa.provenance.snapshot import Snapshot

EXACT_PLACES = 12


@dataclass(frozen=True, slots=True)
class TwinClusters:
    """Two clusters; ``gives`` are the groups in which the first is ahead, ``takes`` the others."""

    sector: str
    first: str
    second: str
    gives: tuple[tuple[str, float, float], ...]
    takes: tuple[tuple[str, float, float], ...]

    @property
    def widest_gap(self) -> float:
        return max(
            abs(first_score - second_score)
            for _, first_score, second_score in (*self.gives, *self.takes)
        )


def suggest_twins(snapshot: Snapshot, quarter: Quarter, gap: float) -> tuple[TwinClusters, ...]:
    """Pairs worth bringing together, the widest gap first."""
    weighed = [group.code for group in snapshot.framework.groups.values() if group.weight]
    scores: dict[str, dict[str, float]] = {}
    for row in snapshot.select_rows("group_scores", quarter=quarter.key).itertuples(index=False):
        if row.group in weighed and row.score == row.score:
            scores.setdefault(row.agency, {})[row.group] = row.score
    sectors: dict[str, list[str]] = {}
    for agency, row in snapshot.agencies.items():
        cluster = snapshot.find_cluster(agency)
        sector = cluster.sector if cluster else row["sector"]
        if isinstance(sector, str) and sector and agency in scores:
            sectors.setdefault(sector, []).append(agency)
    found = [
        twin
        for sector, agencies in sectors.items()
        for first, second in combinations(agencies, 2)
        if (twin := _compare_clusters(sector, first, second, scores, weighed, gap))
    ]
    return tuple(sorted(found, key=lambda twin: (-twin.widest_gap, twin.first, twin.second)))


def _compare_clusters(
    sector: str,
    first: str,
    second: str,
    scores: dict[str, dict[str, float]],
    weighed: list[str],
    gap: float,
) -> TwinClusters | None:
    gives, takes = [], []
    for group in weighed:
        if group in scores[first] and group in scores[second]:
            first_score, second_score = scores[first][group], scores[second][group]
            if first_score > second_score:
                gives.append((group, first_score, second_score))
            elif second_score > first_score:
                takes.append((group, first_score, second_score))
    widest = max(
        (abs(score - other_score) for _, score, other_score in (*gives, *takes)), default=0.0
    )
    if not gives or not takes or round(widest, EXACT_PLACES) < gap:
        return None
    return TwinClusters(sector, first, second, tuple(gives), tuple(takes))
