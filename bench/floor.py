"""Collect, check and close beside their floor (``floor_stages``) and the version before.

Each stage is shown as a multiple of its floor and of the version before, all in the same rounds, on copies
of the same filled database. Figures, findings and scores of both versions are compared row for row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench.filled_stores import FilledStores, StoreCopy
from bench.floor_stages import STAGES, FloorQuarter, pack_history
from bench.lines import Line, Progress, Size, compare_duration, compare_speed
from bench.programme import AT_HAND, HistoryFrames, Programme, make_programme
from bench.rounds import Times, add_stages
from bench.same_rows import list_rows, require_same_rows
from bench.targets import hold_to
from bench.versions import BEFORE_NAME, OWN, Version

Runs = Mapping[str, Sequence[Mapping[str, float]]]  # by rival and round: seconds of each stage


def lines(size: Size, progress: Progress, stores: FilledStores) -> list[Line]:
    """Two lines for each stage and two for the sum: against its floor and the version before."""
    stores.fill(stores.versions, size, progress)
    progress("packing history for the floor")
    programme = make_programme(size.forms, size.quarters, size.seed)
    packs = pack_history(programme)
    programme = drop_history(programme)
    runs: dict[str, list[Mapping[str, float]]] = {
        "floor": [],
        **{name: [] for name in stores.versions},
    }
    rows: dict[str, list[str]] = {}
    for _ in range(size.rounds):
        with stores.copy(OWN, size, progress) as copy:
            progress("floor")
            work = FloorQuarter(programme, packs, copy.files, copy.home / "kept")
            runs["floor"].append(work.run(copy.url))
        for name, version in stores.versions.items():
            with stores.copy(version, size, progress) as copy:
                progress(name)
                runs[name].append(run_quarter(version, copy))
                rows[name] = list_rows(copy.url, programme.quarter)
        require_same_rows(rows["own"], rows["before"])
    return make_lines(runs, len(rows["own"]))


def drop_history(programme: Programme) -> Programme:
    """The programme without the rows of its history, which are packed: they fill some gigabytes."""
    forms = [
        replace(data, history=HistoryFrames(*(frame[:0] for frame in vars(data.history).values())))
        for data in programme.forms
    ]
    return replace(programme, forms=tuple(forms))


def run_quarter(version: Version, copy: StoreCopy) -> dict[str, float]:
    """Seconds of each stage of the quarter at hand."""
    taken: dict[str, float] = json.loads(
        version.run_script("quarter_stages", copy.settings, "run", AT_HAND.key)
    )
    return taken


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
