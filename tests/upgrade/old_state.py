"""What a released version leaves behind: a home folder with its store, and a template.

Made by the old program itself. What belongs here: what every version's home has, and version 1.0.0's,
whose four quarters are closed and whose first half-year was sent. Version 1.6.0's is in
``waiting_state``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.moving_clock.small_programme import AGENCIES, copy_entries, copy_registry
from tests.upgrade.old_program import THIS_PROGRAM, Program

from cpsa.calendar import Quarter
from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

CLOSED = ("2025-26-Q1", "2025-26-Q2", "2025-26-Q3", "2025-26-Q4")
SENT = "2025-26-H1"
AGENCY = "FC-IND"
DAY_OF_ARRIVAL = 4


@dataclass(frozen=True)
class OldState:
    """Where an old program left everything."""

    program: Program
    place: Place
    untouched: Path  # a copy of its home folder, for the old program to go on with
    template: Path  # of AGENCY
    template_quarter: str
    department: str  # a department's code in the template

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Place]:
        """Another home folder with the old state."""
        shutil.copytree(self.untouched, folder, symlinks=True)
        yield Place(folder, self.place.port, self.place.mail_port, self.place.language)

    def wait_for_the_end_of_the_window(self, place: Place) -> None:
        """Until the template's quarter can be closed: by today's date its window has ended."""


def make_first_state(old: Program, place: Place) -> OldState:
    """Have version 1.0.0 do its work in a new home folder."""
    quarter = "2026-27-Q1"
    with mail_catcher(place):
        make_closed_quarters(old, place, CLOSED)
        for period in (*CLOSED, SENT):
            old.cpsa(place, "build", period)
        old.cpsa(place, "send", SENT, "--backfill", "--yes")
        template = make_template(old, place, quarter)
    return OldState(old, place, copy_home(place), template, quarter, "DIC")


def make_closed_quarters(old: Program, place: Place, quarters: tuple[str, ...]) -> None:
    """A store with a registry and the updates of quarters, all closed at once."""
    old.cpsa(place, "db", "upgrade")
    old.cpsa(place, "registry", "load", copy_registry(old.sample, place.home / "registry"))
    for key in quarters:
        put_in_inbox(old.sample, place.inbox, Quarter.parse(key))
    old.cpsa(place, "collect", "--inbox", status=(0, 1))
    old.cpsa(place, "close", quarters[-1], status=(0, 1))


def make_template(old: Program, place: Place, quarter: str) -> Path:
    template = place.home / f"{AGENCY}.xlsx"
    old.cpsa(place, "template", AGENCY, quarter, "-o", template)
    return template


def copy_home(place: Place) -> Path:
    """A copy of the home folder beside it; that folder."""
    untouched = place.home.with_name(f"{place.home.name}-untouched")
    return Path(shutil.copytree(place.home, untouched, symlinks=True))


def put_in_inbox(sample: Path, inbox: Path, quarter: Quarter) -> None:
    """Copy a quarter's updates and entries, as if they had arrived on a day of its window."""
    arrived = quarter.opens_at.timestamp() + DAY_OF_ARRIVAL * 24 * 3600
    folder = inbox / quarter.key
    folder.mkdir(parents=True)
    for agency in AGENCIES:
        update = sample / "updates" / quarter.key / f"{agency}.csv"
        if update.exists():
            shutil.copy(update, folder)
    copy_entries(sample, quarter.key, folder / "all.entries.csv")
    for file in folder.iterdir():
        os.utime(file, (arrived, arrived))


@contextmanager
def mail_catcher(place: Place) -> Iterator[None]:
    """A mail server of this program that keeps every mail as a file."""
    place.mails.mkdir(parents=True, exist_ok=True)
    options = ["--port", str(place.mail_port), "--folder", str(place.mails)]
    with Processes(THIS_PROGRAM.environment(place), place.logs) as processes:
        processes.start("mails", ["cpsa.delivery.mail_catcher", *options])
        yield
