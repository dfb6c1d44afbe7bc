"""``python -P bench/quarter_stages.py fill|run …``: a quarter's stages in a process of their own, timed.

It runs with the package and the bench of whichever version PYTHONPATH names, on the store that the
settings name, and uses only what each version since 1.3.0 has.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from bench import national_store
from bench import programme as programme_module
from bench.lines import Size
from bench.programme import make_programme
from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.examination.examine_updates import list_check_batches
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.settings import from_environment
from cpsa.store import database

WORKERS = 1
BATCH = 250  # agencies: version 1.3.0 has batches of one size, whatever the workers
AT_HAND = Quarter.parse(
    "2025-26-Q4"
)  # of the programme of each version, which has a constant of its own


def fill_store(context: AppContext, agencies: int, quarters: int, seed: int) -> None:
    """Load a made-up programme into an empty database, and lay its files into the inbox."""
    programme_module.AT_HAND = AT_HAND
    programme = make_programme(Size(agencies).forms, quarters, seed)
    database.upgrade_schema(context.engine)
    national_store.load_programme(context.engine, programme)
    national_store.write_files(programme, Path(context.settings.inbox))


def run_stages(
    context: AppContext, quarter: Quarter, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Collect, check and close; seconds of each by a clock."""
    marks = [clock()]
    now = quarter.closes_at
    collect_inbox(context, now)
    marks.append(clock())
    for agencies in list_batches(context, quarter, WORKERS):
        check_quarter(context, quarter, now, agencies)
    marks.append(clock())
    close_quarter(context, quarter, now)
    marks.append(clock())
    taken = (after - before for before, after in pairwise(marks))
    return dict(zip(("collect", "check", "close"), taken, strict=True))


def list_batches(context: AppContext, quarter: Quarter, workers: int) -> list[list[str]]:
    """The batches in which a version checks a quarter where so many work."""
    by_size = "size" in inspect.signature(list_check_batches).parameters
    return list_check_batches(context, quarter, BATCH if by_size else workers)


if __name__ == "__main__":
    used = AppContext.from_settings(from_environment(os.environ), ready=False)
    if sys.argv[1] == "fill":
        fill_store(used, *map(int, sys.argv[2:]))
    else:
        sys.stdout.write(json.dumps(run_stages(used, Quarter.parse(sys.argv[2]))))
    used.engine.dispose()
