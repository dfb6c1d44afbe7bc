"""Putting the sample's files into the inbox, as if agencies had sent them in each window."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, time, timedelta
from pathlib import Path

from cpsa.calendar import IST, Quarter

LATE_EVERY = 9
FIRST_DAY, DAYS, LATE_DAY = 3, 16, 24


def list_quarters(sample: Path) -> tuple[Quarter, ...]:
    """The quarters of the sample, oldest first."""
    return tuple(sorted(Quarter.parse(folder.name) for folder in (sample / "updates").iterdir()))


def drop_files(sample: Path, inbox: Path) -> int:
    """Copy every update and the entries into the inbox; returns how many files were copied.

    The file's time is when it counts as received: days within the quarter's window, and for one
    in nine a day after it fell due.
    """
    dropped = 0
    for quarter in list_quarters(sample):
        folder = inbox / quarter.key
        folder.mkdir(parents=True, exist_ok=True)
        updates = sorted((sample / "updates" / quarter.key).glob("*.csv"))
        for number, update in enumerate(updates):
            late = number % LATE_EVERY == LATE_EVERY - 1
            day = LATE_DAY if late else FIRST_DAY + number % DAYS
            _copy_file(update, folder / update.name, _make_arrival_time(quarter, day))
        entries = sample / "entries" / f"{quarter.key}.csv"
        if entries.exists():
            _copy_file(
                entries, folder / "all.entries.csv", _make_arrival_time(quarter, FIRST_DAY + DAYS)
            )
        dropped += len(updates) + entries.exists()
    return dropped


def drop_tables(sample: Path, inbox: Path) -> int:
    """Copy the tables of agencies beside their updates, received with them; returns how many."""
    dropped = 0
    for file in sorted((sample / "tables").glob("*/*.csv")):
        agency = file.name.partition(".")[0]
        update = inbox / file.parent.name / f"{agency}.csv"
        _copy_file(file, update.parent / file.name, update.stat().st_mtime)
        dropped += 1
    return dropped


def list_late_files(sample: Path) -> list[Path]:
    """The files that agencies send after closing, each in a folder named by its quarter."""
    return sorted((sample / "late").glob("*/*.csv"))


def _make_arrival_time(quarter: Quarter, day: int) -> float:
    """Eleven in the morning on a day of the month after the quarter."""
    first = quarter.opens_at.date()
    return datetime.combine(first + timedelta(days=day - 1), time(11), IST).timestamp()


def _copy_file(source: Path, target: Path, received: float) -> None:
    """Copy a file that is not there yet: its agency may have sent a later one under its name."""
    if not target.exists():
        shutil.copyfile(source, target)
        os.utime(target, (received, received))
