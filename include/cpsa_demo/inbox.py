"""Putting the sample's files into the inbox, as if agencies had sent them in each window."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, time, timedelta
from pathlib import Path

from cpsa.calendar import IST, Quarter

ONE_IN_LATE = 9
FIRST_DAY, DAYS, LATE_DAY = 3, 16, 24


def quarters(sample: Path) -> tuple[Quarter, ...]:
    """The quarters of the sample, oldest first."""
    return tuple(sorted(Quarter.parse(folder.name) for folder in (sample / "updates").iterdir()))


def drop(sample: Path, inbox: Path) -> int:
    """Copy every update and the entries into the inbox; how many files were put there.

    The file's time is when it counts as received: days within the quarter's window, and for one
    in nine a day after it fell due.
    """
    dropped = 0
    for quarter in quarters(sample):
        folder = inbox / quarter.key
        folder.mkdir(parents=True, exist_ok=True)
        updates = sorted((sample / "updates" / quarter.key).glob("*.csv"))
        for number, update in enumerate(updates):
            late = number % ONE_IN_LATE == ONE_IN_LATE - 1
            day = LATE_DAY if late else FIRST_DAY + number % DAYS
            _put(update, folder / update.name, _received(quarter, day))
        entries = sample / "entries" / f"{quarter.key}.csv"
        if entries.exists():
            _put(entries, folder / "all.entries.csv", _received(quarter, FIRST_DAY + DAYS))
        dropped += len(updates) + entries.exists()
    return dropped


def _received(quarter: Quarter, day: int) -> float:
    """Eleven in the morning on a day of the month after the quarter."""
    first = quarter.opens_at.date()
    return datetime.combine(first + timedelta(days=day - 1), time(11), IST).timestamp()


def _put(source: Path, target: Path, received: float) -> None:
    shutil.copyfile(source, target)
    os.utime(target, (received, received))
