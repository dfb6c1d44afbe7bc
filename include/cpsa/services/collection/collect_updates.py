"""Collects files of a folder, of the inbox, and of one path that a person names."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cpsa.calendar import is_quarter_key
from cpsa.errors import RequestError
from cpsa.intake.channels.folder import FolderFile, InboxFolder
from cpsa.services.app_context import AppContext
from cpsa.services.collection.folder_channel import FolderChannel
from cpsa.services.collection.import_arrivals import import_arrivals
from cpsa.services.decisions.import_report import parse_department_code
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import CollectSummary


@log_use_case
def collect_updates(
    context: AppContext,
    path: Path,
    now: datetime,
    received_at: datetime | None = None,
    *,
    file_time: bool = False,
) -> CollectSummary:
    """Import a file, or a folder laid out ``<quarter>/<agency>.<ext>``.

    It arrived at ``received_at``, or with ``file_time`` when it was last written, else now; never
    after now.

    Reports of departments are beside them as ``<half>/<department>.atr.<ext>``. Each file is imported
    completely or not at all; identical bytes again are a repeat. RequestError when the path is not
    there or a single file's path does not name its agency.
    """
    if not path.exists():
        raise RequestError("collect.no_path", path=path)
    if path.is_file() and parse_department_code(context, path.name) is None:
        parse_owner(path)

    def arrived_at(file: FolderFile) -> datetime:
        stated = file.written_at if file_time else received_at
        return min(stated or now, now)

    channel = FolderChannel(context, InboxFolder(str(path)), now, arrived_at)
    return import_arrivals(context, channel, now)


def parse_owner(path: Path) -> tuple[str, str]:
    """The agency and quarter a file's path names; RequestError when it is not there or names none."""
    if not path.is_file():
        raise RequestError("collect.no_path", path=path)
    quarter = path.absolute().parent.name
    if not is_quarter_key(quarter):
        raise RequestError("collect.misplaced", path=path)
    return path.stem, quarter
