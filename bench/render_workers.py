"""Agencies' updates printed by spawned workers against one process, from a closed quarter's store.

A made-up programme is collected, checked and closed on PostgreSQL; its snapshot goes to each worker
once. Wall seconds, start of the workers included.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from bench import national_store
from bench.lines import Line, Progress, Size, compare_speed
from bench.programme import make_programme
from bench.rounds import measure_rivals
from bench.server_store import open_context_on_server
from cpsa.calendar import Quarter
from cpsa.documents.document_registry import QUARTERLY_UPDATE, list_document_keys
from cpsa.documents.render.render_pool import RenderPool
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.close_quarter import close_quarter

AGENCIES, HISTORY, DOCUMENTS = 100, 5, 200
WORKERS = min(os.cpu_count() or 1, 8)
COUNTRY = 7000
LANGUAGES = 2


def lines(size: Size, progress: Progress) -> list[Line]:
    """A line for all workers together."""
    with (
        tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder,
        open_context_on_server(folder) as context,
    ):
        progress("closing a quarter")
        snapshot, quarter = _close_quarter(context, min(AGENCIES, size.agencies), size.seed)
        templates = Path(context.settings.templates)
    keys = [
        key
        for key in list_document_keys(snapshot, quarter)
        if key.kind is QUARTERLY_UPDATE and key.format == "pdf"
    ][:DOCUMENTS]

    def render_by(workers: int) -> list[int]:
        """The size of each document; nothing is left that an earlier round worked out."""
        pool = RenderPool(templates, b"", workers, min_documents_per_worker=1)
        return [len(content) for content in pool.render_all(replace(snapshot), keys)]

    times = measure_rivals(
        {
            "workers": lambda: render_by(WORKERS),
            "alone": lambda: render_by(1),
        },
        size.rounds,
        progress,
        "wall",
    )
    hours = times["workers"].median / len(keys) * COUNTRY * LANGUAGES / 3600
    line = compare_speed(
        f"{len(keys)} quarterly updates as PDF by {WORKERS} spawned workers (wall)",
        times["workers"],
        "one process",
        times["alone"],
        None,
    )
    note = f"{COUNTRY:,} agencies in {LANGUAGES} languages would take {hours * 60:.0f} minutes"
    return [replace(line, note=note)]


def _close_quarter(context: AppContext, agencies: int, seed: int) -> tuple[Snapshot, Quarter]:
    """A quarter of a made-up programme, from CSVs to scores, and its snapshot."""
    programme = make_programme(Size(agencies).forms, HISTORY, seed)
    quarter, now = Quarter.parse(programme.quarter), national_store.get_closing_instant(programme)
    national_store.load_programme(context.engine, programme)
    national_store.write_files(programme, Path(context.settings.inbox))
    collect_inbox(context, now)
    close_quarter(context, quarter, now)
    return take_snapshot(context, quarter).snapshot, quarter
