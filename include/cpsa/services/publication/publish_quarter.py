"""Publishing the online edition: a whole new folder, shown in one step.

Every edition is written into a folder of its own beside the others; ``public`` is a link to the
newest. A reader sees the old site or the new one, never a mixture, and the page of a dropped agency is
removed with it. What must not go here: what the site shows (``cpsa.online_edition``).
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.online_edition.site_files import make_site_files
from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import name_partial_file, sync_path
from cpsa.services.publication.document_registers import load_registers_of_quarters
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import PublishResult
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import closing_queries, publication_queries
from cpsa.store.tables.publication_tables import PublicationKind


@log_use_case
def publish_quarter(
    context: AppContext, now: datetime, quarter: Quarter | None = None
) -> PublishResult:
    """Write the site as of the newest closed quarter, or as of another.

    An unchanged site is not written again. RequestError when nothing is closed yet.
    """
    folder = context.settings.public
    with _lock_editions(folder):
        shown = quarter or _find_newest_quarter(context)
        taken = take_snapshot(context, shown)
        edition = _editions_folder(folder) / f"{shown.key}-{taken.inputs_digest[:16]}"
        if folder.is_symlink() and folder.resolve() == edition.resolve() and edition.is_dir():
            _record_publication(context, taken.mark, now)
            return PublishResult(shown.key, str(folder), 0)
        if folder.is_dir() and not folder.is_symlink():
            raise RequestError("public.in_the_way", folder=folder)
        shutil.rmtree(edition, ignore_errors=True)
        with read_transaction(context.engine) as connection:
            shut = closing_queries.load_latest_closings(connection, shown.key, taken.mark)
            registers = load_registers_of_quarters(context, connection, shut)
        count = 0
        made = make_site_files(taken.snapshot, shown, context.settings.templates, registers)
        for path, content in made:
            file = edition / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            count += 1
        _switch_to(folder, edition)
        _record_publication(context, taken.mark, now)
        return PublishResult(shown.key, str(folder), count)


def _record_publication(context: AppContext, mark: HistoryMark, now: datetime) -> None:
    """Record the newest quarter even where an older one is shown: it is not published again by itself."""
    newest = _find_newest_quarter(context)
    with write_transaction(context.engine) as connection:
        shut = closing_queries.load_latest_closings(connection, newest.key)
        version = int(shut.loc[shut["quarter"] == newest.key, "version"].iloc[0])
        online = PublicationKind.ONLINE_EDITION
        publication_queries.add_publication(connection, online, newest.key, version, mark, now)


def _find_newest_quarter(context: AppContext) -> Quarter:
    with read_transaction(context.engine) as connection:
        shut = closing_queries.load_latest_closings(connection)
    if shut.empty:
        raise RequestError("public.nothing_closed")
    return Quarter.parse(max(shut["quarter"]))


def _editions_folder(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.editions")


@contextmanager
def _lock_editions(folder: Path) -> Iterator[None]:
    """Allow one process at a time, so that an older snapshot never replaces a newer one."""
    editions = _editions_folder(folder)
    editions.mkdir(parents=True, exist_ok=True)
    with (editions / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _switch_to(folder: Path, edition: Path) -> None:
    """Link ``folder`` to the edition in one step; keep the one before for its last readers."""
    before = folder.resolve() if folder.is_symlink() else None
    partial = name_partial_file(folder)
    partial.symlink_to(os.path.relpath(edition, folder.parent))
    partial.replace(folder)
    sync_path(folder.parent)
    for old_edition in edition.parent.iterdir():
        if old_edition.is_dir() and old_edition.resolve() not in (edition.resolve(), before):
            shutil.rmtree(old_edition)
