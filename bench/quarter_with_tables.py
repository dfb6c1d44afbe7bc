"""What tables add to a quarter: collect, check and close with the tables of all agencies and without.

CPU seconds of the program, in the same rounds, on copies of the same filled store. The tables come as CSVs, each a
version of the update that is examined as well.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.filled_stores import FilledStores
from bench.lines import Line, Progress, Size, compare_duration
from bench.programme import AT_HAND, Programme, make_programme
from bench.quarter_stages import run_stages
from bench.rounds import add_stages
from bench.table_files import write_tables
from bench.targets import hold_to
from bench.versions import OWN

QUARTERS = 3  # of history
STAGES = ("collect", "check", "close")
WAYS = (False, True)  # with tables?
Runs = Mapping[bool, Sequence[Mapping[str, float]]]  # seconds of each stage, by way and round


def lines(size: Size, progress: Progress, stores: FilledStores) -> list[Line]:
    """One line, which has the target; the stages are in its note."""
    small = Size(size.agencies, QUARTERS, size.rounds, size.seed)
    programme = make_programme(small.forms, QUARTERS, size.seed)
    gc.collect()
    gc.freeze()  # the programme is nobody's garbage: no way pays for looking through it
    runs: dict[bool, list[dict[str, float]]] = {way: [] for way in WAYS}
    files = 0
    for number in range(size.rounds + 1):
        for with_tables in WAYS:
            progress(f"{size.agencies:,} agencies {'with' if with_tables else 'without'} tables")
            taken, files = _run_quarter(programme, small, progress, stores, with_tables=with_tables)
            if number:  # the first round, in which everything is imported, does not count
                runs[with_tables].append(taken)
    gc.unfreeze()
    if small != size:
        stores.drop(OWN, small)
    return [make_line(runs, size.agencies, files)]


def make_line(runs: Runs, agencies: int, files: int) -> Line:
    """``files``: how many tables there are."""
    own, bare = (add_stages(runs[way], STAGES) for way in (True, False))
    line = compare_duration(
        f"collect, check and close with {files:,} tables of {agencies:,} agencies",
        own,
        "the same without tables",
        bare,
    )
    stages = (
        f"{stage} {add_stages(runs[False], [stage]).median:.2f} to {add_stages(runs[True], [stage]).median:.2f} s"
        for stage in STAGES
    )
    return hold_to("tables", replace(line, note=", ".join(stages)))


def _run_quarter(
    programme: Programme,
    size: Size,
    progress: Progress,
    stores: FilledStores,
    *,
    with_tables: bool,
) -> tuple[dict[str, float], int]:
    """CPU seconds of each stage, and how many tables there were."""
    with stores.open_copy(size, progress) as context:
        inbox = Path(context.settings.inbox)
        tables = write_tables(programme, inbox) if with_tables else []
        _date_files(inbox / AT_HAND.key)
        gc.collect()
        taken = run_stages(context, AT_HAND, time.process_time)
        for file in tables:
            file.unlink()
    return taken, len(tables)


def _date_files(folder: Path) -> None:
    """Let the files have been written in the window of their quarter, so that closing finds them unchanged."""
    written_at = AT_HAND.opens_at.timestamp()
    for file in folder.iterdir():
        os.utime(file, (written_at, written_at))
