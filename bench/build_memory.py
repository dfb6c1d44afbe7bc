"""The memory of a build: the most that one of its processes holds, for the last closed quarter of a country.

The store is PostgreSQL with every agency's history and what closings kept of it. The documents of the whole
programme are rendered, and enough about agencies that workers do; the others differ in nothing.
"""

from __future__ import annotations

import json
import time

from bench import national_store
from bench.filled_stores import FilledStores
from bench.lines import Line, Progress, Size
from bench.programme import AT_HAND, FRAMEWORK
from bench.rounds import Times
from bench.targets import hold_to
from bench.versions import OWN
from cpsa.framework.loader import load_framework
from cpsa.store import database

AGENCY_DOCUMENTS = 600  # enough for two workers


def lines(size: Size, progress: Progress, stores: FilledStores) -> list[Line]:
    """Once: what a process holds hardly varies, and a build takes minutes."""
    period = AT_HAND - 1
    with stores.copy(OWN, size, progress) as copy:
        progress("adding what closings keep")
        engine = database.open_engine(copy.url)
        with database.write_transaction(engine) as connection:
            national_store.add_closing_rows(connection, load_framework(AT_HAND, FRAMEWORK))
        engine.dispose()
        progress(f"building {period}")
        start = time.perf_counter()
        printed = OWN.run_script("build_peak", copy.settings, period.key, AGENCY_DOCUMENTS)
        taken = Times((time.perf_counter() - start,))
    return [make_line(size, taken, json.loads(printed))]


def make_line(size: Size, taken: Times, built: dict[str, int]) -> Line:
    """The peak in MiB; ``built``: documents, and bytes of documents and of the peak."""
    stage = f"build, {size.agencies:,} agencies, {size.quarters} quarters (wall)"
    mebibytes = Times((built["peak"] / 2**20,))
    note = f"{built['documents']:,} documents of {built['bytes'] / 2**20:.1f} MiB"
    return hold_to("build_memory", Line(stage, taken, "", mebibytes, "MiB a process", note=note))
