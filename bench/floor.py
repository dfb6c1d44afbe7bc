"""Collect, check and close beside their floor (``floor_stages``) and the version before.

Each stage is shown as a multiple of its floor and of the version before, all in the same rounds, on copies
of the same filled database. Figures, findings and scores of both versions are compared row for row.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from bench.floor_stages import STAGES, FloorQuarter, pack_history
from bench.lines import Line, Progress, Size, compare_duration, compare_speed
from bench.programme import Programme, make_programme
from bench.rounds import Times, add_stages
from bench.same_rows import list_rows, require_same_rows
from bench.server_databases import ServerDatabases
from bench.targets import hold_to
from bench.versions import BEFORE_NAME, OWN, Version, unpack_version_before

Runs = Mapping[str, Sequence[Mapping[str, float]]]  # by rival and round: seconds of each stage


def lines(size: Size, progress: Progress) -> list[Line]:
    """Two lines for each stage and two for the sum: against its floor and the version before."""
    with tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder, ServerDatabases() as server:
        place = Path(folder)
        rivals = {"own": OWN, "before": unpack_version_before(place / "tree")}
        for name, version in rivals.items():
            progress(f"loading history: {name}")
            fill_store(version, place / name, server.create(name), size)
        programme = make_programme(size.forms, size.quarters, size.seed)
        runs, compared = _run_rounds(rivals, programme, place, server, size.rounds, progress)
    return make_lines(runs, compared)


def fill_store(version: Version, home: Path, url: str, size: Size) -> None:
    """Load history into an empty database and files into the inbox, by the version itself."""
    settings = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": url}
    arguments = (size.agencies, size.quarters, size.seed)
    version.run_script("quarter_stages", settings, "fill", *arguments)


def run_quarter(version: Version, filled: Path, url: str, quarter: str) -> dict[str, float]:
    """Seconds of each stage, in a new home with the files of the inbox that was filled."""
    home = filled.with_name(f"{filled.name}-{uuid4().hex[:8]}")
    home.mkdir()
    (filled / "inbox").rename(home / "inbox")
    settings = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": url}
    taken: dict[str, float] = json.loads(
        version.run_script("quarter_stages", settings, "run", quarter)
    )
    (home / "inbox").rename(filled / "inbox")
    return taken


def _run_rounds(
    rivals: Mapping[str, Version],
    programme: Programme,
    place: Path,
    server: ServerDatabases,
    rounds: int,
    progress: Progress,
) -> tuple[Runs, int]:
    """What floor and versions took in turn, and how many rows were the same in both versions."""
    packs = pack_history(programme)
    files = sorted((place / "own" / "inbox" / programme.quarter).iterdir())
    runs: dict[str, list[Mapping[str, float]]] = {"floor": [], **{name: [] for name in rivals}}
    rows: dict[str, list[str]] = {}
    for _ in range(rounds):
        progress("floor")
        with server.copy("own") as url:
            work = FloorQuarter(programme, packs, files, place / "kept")
            runs["floor"].append(work.run(url))
        for name, version in rivals.items():
            progress(name)
            with server.copy(name) as url:
                runs[name].append(run_quarter(version, place / name, url, programme.quarter))
                rows[name] = list_rows(url, programme.quarter)
        require_same_rows(rows["own"], rows["before"])
    return runs, len(rows["own"])


def make_lines(runs: Runs, compared: int) -> list[Line]:
    """Lines of each stage, then of all; only those of all have a target."""
    found: list[Line] = []
    for stage in STAGES:
        times = {name: add_stages(taken, (stage,)) for name, taken in runs.items()}
        found += _compare(f"{stage}, bare (wall)", times, compared)
    times = {name: add_stages(taken, STAGES) for name, taken in runs.items()}
    title = "collect, check and close, bare (wall)"
    against_floor, against_before = _compare(title, times, compared)
    return [
        *found,
        hold_to("bare_floor", against_floor),
        hold_to("bare_before", against_before),
    ]


def _compare(title: str, times: Mapping[str, Times], compared: int) -> tuple[Line, Line]:
    own, floor = times["own"], times["floor"]
    note = f"floor {floor.median:.2f} s; {compared:,} rows the same in both versions"
    against_floor = replace(compare_duration(title, own, "its floor", floor), note=note)
    return against_floor, compare_speed(title, own, BEFORE_NAME, times["before"])
