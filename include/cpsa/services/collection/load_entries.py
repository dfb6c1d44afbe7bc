"""Imports one entries file that a person names."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import FileUse, IncomingFile
from cpsa.services.app_context import AppContext
from cpsa.services.collection.folder_channel import CHANNEL
from cpsa.services.collection.import_file import import_file
from cpsa.services.service_results import CollectSummary


def load_entries(context: AppContext, path: Path, now: datetime) -> CollectSummary:
    """Import one entries file, for whichever agencies and quarters its rows name."""
    if not path.is_file():
        raise RequestError("collect.no_path", path=path)
    arrival = Arrival(CHANNEL, str(path.absolute()), path.name, path.read_bytes(), "", "", now)
    return CollectSummary((import_file(context, IncomingFile(arrival, FileUse.ENTRIES), now),))
