"""The values from before the programme: an agency's own, else those of the register of its cluster.

Source: domain.md, "Registry files" (baselines.csv), and the road map's 4.3.1. A rule that misses a baseline (kind
``no_baseline``) asks for the agency's own alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cpsa.provenance.snapshot import Snapshot
from cpsa.registry.cluster_register import Cluster


@dataclass(frozen=True, slots=True)
class Baseline:
    """``as_of``: a quarter, or the day of the register's figures; ``cluster``: whose they are, None of an
    agency's own."""

    indicator: str
    hundredths: int
    as_of: str
    cluster: Cluster | None = None


@lru_cache(maxsize=16)  # several parts of a document show them, in both languages
def list_baselines(snapshot: Snapshot, agency: str) -> tuple[Baseline, ...]:
    """An agency's baselines in the registry's order, then those that only the register of clusters has."""
    rows = snapshot.registry.baselines
    own = tuple(
        Baseline(row.indicator, int(row.hundredths), row.as_of)
        for row in rows[rows["agency"] == agency].itertuples(index=False)
    )
    known = {baseline.indicator for baseline in own}
    of_cluster = (
        baseline
        for baseline in _list_of_cluster(snapshot, agency)
        if baseline.indicator not in known
    )
    return (*own, *of_cluster)


def _list_of_cluster(snapshot: Snapshot, agency: str) -> Iterator[Baseline]:
    cluster = snapshot.find_cluster(agency)
    if cluster is None:
        return
    named = snapshot.reference.cluster_figures
    figures = (
        (named.jobs, cluster.get_hundredths("jobs")),
        (named.output, cluster.get_hundredths("output_paise")),
    )
    for indicator, hundredths in figures:
        if indicator in snapshot.framework.by_code and hundredths is not None:
            assert indicator is not None
            yield Baseline(indicator, hundredths, cluster.as_of, cluster)
