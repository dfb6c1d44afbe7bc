"""A country's quarter from received CSVs to closed and scored, through Airflow with two workers.

Its reference is the sum of its stages run bare, in one process, over the same files and history, and the
version before, which does both with the same programme. The scores must be the same all four ways.
"""

from __future__ import annotations

import difflib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bench.airflow_quarter import WORKERS, QuarterRun
from bench.lines import (
    DisagreementError,
    Line,
    Progress,
    Size,
    compare_duration,
    compare_speed,
)
from bench.rounds import Times
from bench.targets import hold_to
from bench.versions import BEFORE_NAME, OWN, Version, unpack_version_before
from cpsa.services.examination.agency_batches import split_among_workers

MAX_MEMORY = 2 * 2**30
Runs = Mapping[str, QuarterRun]  # "bare" and "airflow"


def lines(size: Size, progress: Progress) -> list[Line]:
    """Once each: a round takes minutes. Wall seconds, since the work is many processes'."""
    with tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder:
        before = unpack_version_before(Path(folder))
        runs = run_quarter(OWN, size, progress)
        runs_before = run_quarter(before, size, progress)
    require_same_scores([*runs.values(), *runs_before.values()])
    return make_lines(runs, runs_before, size.agencies)


def run_quarter(version: Version, size: Size, progress: Progress) -> Runs:
    """A version's quarter, bare and through Airflow."""
    progress(f"the quarter of {version.name}")
    printed = version.run_script("airflow_quarter", {}, size.agencies, size.quarters, size.seed)
    return {name: QuarterRun(**run) for name, run in json.loads(printed).items()}


def require_same_scores(runs: list[QuarterRun]) -> None:
    """DisagreementError with the lines of the scores that are not those of the first run."""
    first, *others = (run.scores.splitlines() for run in runs)
    if different := [line for other in others for line in difflib.unified_diff(first, other, n=0)]:
        raise DisagreementError(different)


def make_lines(runs: Runs, runs_before: Runs, agencies: int) -> list[Line]:
    """Against the stages run bare, against the version before, and the memory of a process."""
    bare, through = runs["bare"], runs["airflow"]
    stage = f"the whole quarter of {agencies:,} agencies (wall)"
    own, before = Times((through.seconds,)), Times((runs_before["airflow"].seconds,))
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
        "same scores both ways"
    )
