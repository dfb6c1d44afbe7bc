"""The one programme of this process: whose names, texts and days it uses.

A process serves one programme, from its start to its end, as it has one time zone. What belongs here: making a
folder that programme. What must not: what the folder contains.
"""

from __future__ import annotations

from pathlib import Path

from cpsa import calendar
from cpsa.i18n import catalogue, template_files
from cpsa.reference.programme import Programme

_in_use: list[tuple[Path, Programme]] = []


def use_programme(folder: Path) -> Programme:
    """Use the names, texts and days of a programme's folder from now on; ReferenceDataError for a fault."""
    if _in_use and _in_use[0][0] == folder:
        return _in_use[0][1]
    programme = Programme.load(folder)
    catalogue.use_texts(folder / "texts", programme.make_names())
    template_files.use_templates(folder / "templates")
    calendar.use_offsets({entry.since: entry.offsets for entry in programme.calendar})
    _in_use[:] = [(folder, programme)]
    return programme


def get_programme() -> Programme:
    """The programme in use; RuntimeError where the process has none yet."""
    return _get()[1]


def get_programme_folder() -> Path:
    """The folder of the programme in use; RuntimeError where the process has none yet."""
    return _get()[0]


def _get() -> tuple[Path, Programme]:
    if not _in_use:
        raise RuntimeError("no programme is in use: call use_programme when the process starts")
    return _in_use[0]
