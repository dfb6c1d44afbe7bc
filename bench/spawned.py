"""Agencies' updates printed by spawned workers against one process, from a closed quarter's store.

A made-up programme is collected, checked and closed on PostgreSQL; its snapshot goes to each worker
once. Wall seconds, start of the workers included.
"""

from __future__ import annotations

import copyreg
import multiprocessing
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from bench import national
from bench.lines import Line, Progress, Size, faster
from bench.programme import make
from bench.rounds import interleaved
from bench.server import office_on_server
from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.cycle import Office, snapshots
from cpsa.documents import DocumentKey, Kind, Renderer, Snapshot, plan

AGENCIES, HISTORY, DOCUMENTS = 100, 5, 200
WORKERS = min(os.cpu_count() or 1, 8)
LOT = 10  # documents handed to a worker at a time
COUNTRY = 7000
LANGUAGES = 2


def read_only(held: dict) -> MappingProxyType:
    return MappingProxyType(held)


# A framework's parameters are read-only views, which do not travel by themselves.
copyreg.pickle(MappingProxyType, lambda held: (read_only, (dict(held),)))

_at_work: dict[str, tuple[Renderer, Snapshot]] = {}


def lines(size: Size, progress: Progress) -> list[Line]:
    """A line for all workers together."""
    with (
        tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder,
        office_on_server(folder) as office,
    ):
        progress("closing a quarter")
        snapshot, quarter = _closed(office, min(AGENCIES, size.agencies), size.seed)
        templates = Path(office.settings.templates)
    keys = [
        key
        for key in plan(snapshot, quarter)
        if key.kind is Kind.QUARTERLY_UPDATE and key.format == "pdf"
    ][:DOCUMENTS]
    times = interleaved(
        {
            "workers": lambda: by_workers(templates, snapshot, keys),
            "alone": lambda: alone(templates, replace(snapshot), keys),
        },
        size.rounds,
        progress,
        "wall",
    )
    hours = times["workers"].median / len(keys) * COUNTRY * LANGUAGES / 3600
    line = faster(
        f"{len(keys)} quarterly updates as PDF by {WORKERS} spawned workers (wall)",
        times["workers"],
        "one process",
        times["alone"],
        None,
    )
    note = f"{COUNTRY:,} agencies in {LANGUAGES} languages would take {hours * 60:.0f} minutes"
    return [replace(line, note=note)]


def by_workers(templates: Path, snapshot: Snapshot, keys: Sequence[DocumentKey]) -> list[int]:
    """The size of each document, in the order of the keys."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, spawn, _start, (templates, snapshot)) as pool:
        return list(pool.map(_render, keys, chunksize=LOT))


def alone(templates: Path, snapshot: Snapshot, keys: Sequence[DocumentKey]) -> list[int]:
    renderer = Renderer(templates)
    return [len(renderer.render(key, snapshot)) for key in keys]


def _start(templates: Path, snapshot: Snapshot) -> None:
    _at_work["here"] = Renderer(templates), snapshot


def _render(key: DocumentKey) -> int:
    renderer, snapshot = _at_work["here"]
    return len(renderer.render(key, snapshot))


def _closed(office: Office, agencies: int, seed: int) -> tuple[Snapshot, Quarter]:
    """A quarter of a made-up programme, from CSVs to scores, and its snapshot."""
    programme = make(Size(agencies).forms, HISTORY, seed)
    quarter, now = Quarter.parse(programme.quarter), national.received_late(programme)
    national.load(office.engine, programme)
    national.write_files(programme, Path(office.settings.inbox))
    cycle.collect_inbox(office, now)
    cycle.close(office, quarter, now)
    return snapshots.take(office, quarter).snapshot, quarter
