"""Agencies' updates printed by spawned workers against one process, from a closed quarter's store.

A made-up programme is collected, checked and closed on PostgreSQL; its snapshot goes to each worker
once. Wall seconds, start of the workers included.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from bench import national
from bench.lines import Line, Progress, Size, faster
from bench.programme import make
from bench.rounds import interleaved
from bench.server import office_on_server
from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.cycle import Office, snapshots
from cpsa.cycle.printing import Press
from cpsa.documents import Kind, Snapshot, plan

AGENCIES, HISTORY, DOCUMENTS = 100, 5, 200
WORKERS = min(os.cpu_count() or 1, 8)
COUNTRY = 7000
LANGUAGES = 2


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

    def made_by(workers: int) -> list[int]:
        """The size of each document; nothing is left that an earlier round worked out."""
        press = Press(templates, b"", workers, worth_a_worker=1)
        return [len(one) for one in press.make(replace(snapshot), keys)]

    times = interleaved(
        {
            "workers": lambda: made_by(WORKERS),
            "alone": lambda: made_by(1),
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


def _closed(office: Office, agencies: int, seed: int) -> tuple[Snapshot, Quarter]:
    """A quarter of a made-up programme, from CSVs to scores, and its snapshot."""
    programme = make(Size(agencies).forms, HISTORY, seed)
    quarter, now = Quarter.parse(programme.quarter), national.received_late(programme)
    national.load(office.engine, programme)
    national.write_files(programme, Path(office.settings.inbox))
    cycle.collect_inbox(office, now)
    cycle.close(office, quarter, now)
    return snapshots.take(office, quarter).snapshot, quarter
