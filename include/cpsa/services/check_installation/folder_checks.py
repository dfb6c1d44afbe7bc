"""Folders of the home: writable, with free space; the key in it; and the clock of the disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cpsa.calendar import IST
from cpsa.services.check_installation.installation_check import (
    InstallationCheck,
    compare_clocks,
    fault,
    ok,
    warning,
)
from cpsa.settings import Settings

LEAST_MEGABYTES, FEW_MEGABYTES = 200, 2000
_OTHERS_MAY_READ = 0o077


def check_folders(settings: Settings, now: datetime) -> Iterator[InstallationCheck]:
    """Each folder that is written to; a folder that is not there yet is tried by its nearest parent."""
    folders = [settings.home, settings.received, settings.documents, settings.public]
    if "://" not in settings.inbox:
        folders.append(Path(settings.inbox))
    for folder in dict.fromkeys(folders):
        yield _try_writing(folder)
    yield from _check_space(_find_existing(settings.home))
    yield from _check_key(settings)
    yield from _check_clock(settings, now)


def _find_existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())


def _try_writing(folder: Path) -> InstallationCheck:
    """A file is made and removed again."""
    place = _find_existing(folder)
    try:
        with tempfile.TemporaryFile(dir=place, prefix=".cpsa-doctor-"):
            pass
    except OSError as error:
        return fault("folder", folder=folder, detail=error.strerror or error)
    return ok("folder", "ok" if place == folder else "to_be_made", folder=folder)


def _check_space(folder: Path) -> Iterator[InstallationCheck]:
    free = shutil.disk_usage(folder).free // 10**6
    if free < LEAST_MEGABYTES:
        yield fault("space", folder=folder, megabytes=free)
    elif free < FEW_MEGABYTES:
        yield warning("space", "few", folder=folder, megabytes=free)
    else:
        yield ok("space", folder=folder, megabytes=free)


def _check_key(settings: Settings) -> Iterator[InstallationCheck]:
    """The key that seals templates and links: for this program's user alone."""
    file = settings.seal_key_file
    if settings.seal_key:
        yield ok("key", "set")
    elif not file.exists():
        yield ok("key", "to_be_made")
    elif file.stat().st_mode & _OTHERS_MAY_READ:
        yield warning("key", "open", file=file)
    else:
        yield ok("key", file=file)


def _check_clock(settings: Settings, now: datetime) -> Iterator[InstallationCheck]:
    """The disk of the home has our time."""
    try:
        with tempfile.NamedTemporaryFile(dir=_find_existing(settings.home)) as file:
            written = datetime.fromtimestamp(Path(file.name).stat().st_mtime, UTC)
    except OSError:
        return  # the folder was reported
    yield compare_clocks(written, now) or ok(
        "clock", now=now.astimezone(IST).strftime("%d.%m.%Y %H:%M")
    )
