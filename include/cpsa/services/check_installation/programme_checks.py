"""The programme's folder: without a fault, and as the running processes have read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cpsa.reference.programme import FILE as PROGRAMME_FILE
from cpsa.services.check_installation.installation_check import InstallationCheck, fault, ok
from cpsa.services.check_programme import check_letters, check_programme
from cpsa.settings import Settings


def check_programme_folder(settings: Settings) -> Iterator[InstallationCheck]:
    """How many faults the folder has, and the first."""
    places = settings.programme, settings.framework, settings.reference
    if faults := check_programme(*places) or check_letters(*places[:2], settings.templates):
        yield fault("programme", count=len(faults), first=faults[0])
    else:
        yield ok("programme", folder=settings.programme)


def find_last_change(programme: Path) -> datetime | None:
    """When something that a process reads only at its start was changed last; None without such files."""
    files = [programme / PROGRAMME_FILE]
    for part in ("texts", "templates"):
        files += [file for file in (programme / part).rglob("*") if file.is_file()]
    times = [file.stat().st_mtime for file in files if file.is_file()]
    return datetime.fromtimestamp(max(times), UTC) if times else None
