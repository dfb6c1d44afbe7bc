"""The memory of a build: the most that one of its processes holds, for the last closed quarter of a country.

The store is PostgreSQL with every agency's history and what closings kept of it. The documents of the whole
programme are rendered, and enough about agencies that workers do; the others differ in nothing.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from bench import national_store
from bench.lines import Line, Progress, Size
from bench.programme import make_programme
from bench.rounds import Times
from bench.server_store import open_context_on_server
from bench.targets import hold_to
from bench.versions import OWN
from cpsa.calendar import Quarter
from cpsa.store import database

AGENCY_DOCUMENTS = 600  # enough for two workers


def lines(size: Size, progress: Progress) -> list[Line]:
    """Once: what a process holds hardly varies, and a build takes minutes."""
    progress("making a programme up")
    programme = make_programme(size.forms, size.quarters, size.seed)
    period = Quarter.parse(programme.quarter) - 1
    with (
        tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder,
        open_context_on_server(Path(folder)) as context,
    ):
        progress("loading history")
        national_store.load_programme(context.engine, programme)
        with database.write_transaction(context.engine) as connection:
            national_store.add_closing_rows(connection, programme.framework)
        del programme
        progress(f"building {period}")
        url = context.engine.url.render_as_string(hide_password=False)
        settings = {"CPSA_HOME": folder, "CPSA_DATABASE_URL": url}
        start = time.perf_counter()
        printed = OWN.run_script("build_peak", settings, period.key, AGENCY_DOCUMENTS)
        taken = Times((time.perf_counter() - start,))
    return [make_line(size, taken, json.loads(printed))]


def make_line(size: Size, taken: Times, built: dict[str, int]) -> Line:
    """The peak in MiB; ``built``: documents, and bytes of documents and of the peak."""
    stage = f"build, {size.agencies:,} agencies, {size.quarters} quarters (wall)"
    mebibytes = Times((built["peak"] / 2**20,))
    note = f"{built['documents']:,} documents of {built['bytes'] / 2**20:.1f} MiB"
    return hold_to("build_memory", Line(stage, taken, "", mebibytes, "MiB a process", note=note))
