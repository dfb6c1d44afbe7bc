"""Collect, check and close on SQLite, beside the version before: an office's own machine.

Each version fills a store of its own, and works on a copy of it in every round. Figures, findings and scores
of both are compared row for row.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.floor_stages import STAGES
from bench.lines import Line, Progress, Size, compare_speed
from bench.programme import AT_HAND
from bench.rounds import add_stages
from bench.same_rows import list_rows, require_same_rows
from bench.targets import hold_to
from bench.versions import BEFORE_NAME, OWN, Version, unpack_version_before

MAX_AGENCIES = 700  # larger programmes are on PostgreSQL
Runs = Mapping[str, Sequence[Mapping[str, float]]]  # by version and round: seconds of each stage


def lines(size: Size, progress: Progress) -> list[Line]:
    """A line for each stage, and one for the sum."""
    small = replace(size, agencies=min(size.agencies, MAX_AGENCIES))
    runs: dict[str, list[dict[str, float]]] = {"own": [], "before": []}
    rows: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder:
        place = Path(folder)
        versions = {"own": OWN, "before": unpack_version_before(place / "tree")}
        for name, version in versions.items():
            progress(f"loading history: {version.name}")
            (place / name).mkdir()
            arguments = (small.agencies, small.quarters, small.seed)
            _run_stages(version, place / name, "fill", *arguments)
        for _ in range(small.rounds):
            for name, version in versions.items():
                progress(version.name)
                home = place / "home"
                shutil.copytree(place / name, home)
                runs[name].append(json.loads(_run_stages(version, home, "run", AT_HAND.key)))
                rows[name] = list_rows(_make_url(home), AT_HAND.key)
                shutil.rmtree(home)
            require_same_rows(rows["own"], rows["before"])
    return make_lines(runs, small.agencies)


def make_lines(runs: Runs, agencies: int) -> list[Line]:
    """Only the line of the sum has a target."""
    found = [
        _compare(f"{stage}, {agencies:,} agencies on SQLite (wall)", runs, (stage,))
        for stage in STAGES
    ]
    title = f"collect, check and close, {agencies:,} agencies on SQLite (wall)"
    return [*found, hold_to("sqlite_before", _compare(title, runs, STAGES))]


def _compare(title: str, runs: Runs, stages: Sequence[str]) -> Line:
    own, before = (add_stages(runs[name], stages) for name in ("own", "before"))
    return compare_speed(title, own, BEFORE_NAME, before)


def _run_stages(version: Version, home: Path, *arguments: object) -> str:
    settings = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": _make_url(home)}
    return version.run_script("quarter_stages", settings, *arguments)


def _make_url(home: Path) -> str:
    return f"sqlite:///{home / 'cpsa.db'}"
