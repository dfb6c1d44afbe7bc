"""A country's quarter from received CSVs to closed and scored, through Airflow with two workers.

Its references are the sum of its stages run bare, in one process, over the same files and history, and the
version before through its own DAGs. The scores must be the same all three ways.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import replace

from bench.airflow_quarter import WORKERS, QuarterRun
from bench.filled_stores import FilledStores
from bench.lines import (
    DisagreementError,
    Line,
    Progress,
    Size,
    compare_duration,
    compare_speed,
)
from bench.programme import AT_HAND
from bench.rounds import Times
from bench.targets import hold_to
from bench.versions import BEFORE_NAME, Version
from cpsa.services.examination.agency_batches import split_among_workers

MAX_MEMORY = 2 * 2**30
Runs = Mapping[str, QuarterRun]  # "bare" and "airflow"
BOTH_WAYS = ("bare", "airflow")


def lines(size: Size, progress: Progress, stores: FilledStores) -> list[Line]:
    """Once each: a round takes minutes. Wall seconds, since the work is many processes'."""
    stores.fill(stores.versions, size, progress)
    runs = {
        way: run_quarter(stores.versions["own"], way, size, progress, stores) for way in BOTH_WAYS
    }
    before = run_quarter(stores.versions["before"], "airflow", size, progress, stores)
    require_same_scores([*runs.values(), before])
    return make_lines(runs, before, size.agencies)


def run_quarter(
    version: Version, way: str, size: Size, progress: Progress, stores: FilledStores
) -> QuarterRun:
    """A version's quarter, ``bare`` or through ``airflow``."""
    with stores.copy(version, size, progress) as copy:
        progress(f"the quarter of {version.name}, {way}")
        printed = version.run_script("airflow_quarter", copy.settings, way, AT_HAND.key)
    return QuarterRun(**json.loads(printed))


def require_same_scores(runs: list[QuarterRun]) -> None:
    """DisagreementError with the lines of the scores that are not those of the first run."""
    first, *others = (run.scores.splitlines() for run in runs)
    if different := [line for other in others for line in difflib.unified_diff(first, other, n=0)]:
        raise DisagreementError(different)


def make_lines(runs: Runs, run_before: QuarterRun, agencies: int) -> list[Line]:
    """Against the stages run bare, against the version before, and the memory of a process."""
    bare, through = runs["bare"], runs["airflow"]
    stage = f"the whole quarter of {agencies:,} agencies (wall)"
    own, before = Times((through.seconds,)), Times((run_before.seconds,))
    against_bare = compare_duration(
        stage, own, "its stages run bare, one after the other", Times((bare.seconds,))
    )
    note = _describe_costs(bare, through, agencies)
    return [
        hold_to("airflow_bare", replace(against_bare, note=note)),
        hold_to("airflow_before", compare_speed(stage, own, BEFORE_NAME, before)),
        Line(
            "the most memory that one process held in it",
            own,
            ratio=Times((through.peak / 2**20,)),
            words="MiB",
            target=MAX_MEMORY / 2**20,
            at_least=False,
        ),
    ]


def _describe_costs(bare: QuarterRun, through: QuarterRun, agencies: int) -> str:
    batches = len(split_among_workers([""] * agencies, WORKERS))
    each = (through.cpu - bare.cpu) / batches
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in bare.stages.items())
    return (
        f"bare: {stages}; CPU without the database: bare {bare.cpu:.0f} s, through Airflow with all its "
        f"servers {through.cpu:.0f} s, which is {each:.1f} s more for each of {batches} batches; the "
        "same scores all ways"
    )
