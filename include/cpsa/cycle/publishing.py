"""Putting the online edition up: a whole new folder, shown in one step.

Every edition is written into a folder of its own beside the others; ``public`` is a link to the
newest. Whoever reads sees the old site or the new one, never a mixture, and a page whose agency is
gone is gone with it. What must not go here: what the site shows (``cpsa.public``).
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cpsa import public
from cpsa.calendar import Quarter
from cpsa.cycle import snapshots
from cpsa.cycle.office import Office
from cpsa.cycle.registers import registers_of_quarters
from cpsa.cycle.results import Published
from cpsa.errors import RequestError
from cpsa.store import closings, publications
from cpsa.store.database import reading, writing
from cpsa.store.history import Mark
from cpsa.store.tables.publication import PublicationKind


def publish(office: Office, now: datetime, quarter: Quarter | None = None) -> Published:
    """Write the site as it stands with the newest closed quarter, or as it stood with another.

    What has not changed is left as it is. RequestError when nothing is closed yet.
    """
    folder = office.settings.public
    with _alone(folder):
        shown = quarter or _newest(office)
        taken = snapshots.take(office, shown)
        edition = _editions(folder) / f"{shown.key}-{taken.inputs[:16]}"
        if folder.is_symlink() and folder.resolve() == edition.resolve() and edition.is_dir():
            _record_publication(office, taken.mark, now)
            return Published(shown.key, str(folder), 0)
        if folder.is_dir() and not folder.is_symlink():
            raise RequestError("public.in_the_way", folder=folder)
        shutil.rmtree(edition, ignore_errors=True)
        with reading(office.engine) as connection:
            shut = closings.latest_closings(connection, shown.key, taken.mark)
            registers = registers_of_quarters(office, connection, shut)
        count = 0
        settings = office.settings
        made = public.files(
            taken.snapshot, shown, settings.templates, settings.reference, registers
        )
        for path, content in made:
            file = edition / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            count += 1
        _show(folder, edition)
        _record_publication(office, taken.mark, now)
        return Published(shown.key, str(folder), count)


def _record_publication(office: Office, mark: Mark, now: datetime) -> None:
    """Who chose to show an older quarter has seen the newest: it is not put up again by itself."""
    newest = _newest(office)
    with writing(office.engine) as connection:
        shut = closings.latest_closings(connection, newest.key)
        version = int(shut.loc[shut["quarter"] == newest.key, "version"].iloc[0])
        online = PublicationKind.ONLINE_EDITION
        publications.add_publication(connection, online, newest.key, version, mark, now)


def _newest(office: Office) -> Quarter:
    with reading(office.engine) as connection:
        shut = closings.latest_closings(connection)
    if shut.empty:
        raise RequestError("public.nothing_closed")
    return Quarter.parse(max(shut["quarter"]))


def _editions(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.editions")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time, so that an older snapshot never replaces a newer one."""
    editions = _editions(folder)
    editions.mkdir(parents=True, exist_ok=True)
    with (editions / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _show(folder: Path, edition: Path) -> None:
    """Let ``folder`` lead to the edition in one step; keep the one before for who still reads it."""
    before = folder.resolve() if folder.is_symlink() else None
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    partial.unlink(missing_ok=True)
    partial.symlink_to(os.path.relpath(edition, folder.parent))
    partial.replace(folder)
    for other in edition.parent.iterdir():
        if other.is_dir() and other.resolve() not in (edition.resolve(), before):
            shutil.rmtree(other)
