"""Real templates, filled as an agency fills them, in the four formats that are read.

What belongs here: whole and friendly files. What must not: anything that spoils one.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from tests.factories import SAMPLE, update
from tests.soak.hostile.packing import dateless

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.workbooks.build_template import build_template
from cpsa.settings import from_environment
from cpsa.store import database

QUARTER = Quarter.parse("2026-27-Q2")
AGENCIES = {"IA": "IA-INDPH", "FC": "FC-IND"}
NOW = QUARTER.due_by


@dataclass(frozen=True)
class Original:
    """A whole file and the agency it is for."""

    agency: str
    content: bytes


Originals = Mapping[str, tuple[Original, ...]]  # by suffix


def open_office(home: Path) -> AppContext:
    """An office that knows the sample programme and has asked for its newest quarter."""
    variables = {"CPSA_HOME": str(home), "CPSA_SEAL_KEY": "a key for the soak"}
    settings = from_environment(variables)
    home.mkdir(parents=True, exist_ok=True)
    engine = database.open_engine(settings.database_url)
    database.upgrade_schema(engine)
    office = AppContext(settings, engine)
    load_registry(office, SAMPLE / "registry", QUARTER.opens_at)
    open_quarter(office, QUARTER, QUARTER.opens_at, "ops")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return office


def make(office: AppContext, folder: Path, with_libreoffice: bool = True) -> Originals:
    """Filled templates of both forms; .xls and .ods only where LibreOffice is there to make them."""
    books = [Original(code, _filled(office, code)) for code in AGENCIES.values()]
    blank = [Original(code, build_template(office, code, QUARTER)) for code in AGENCIES.values()]
    texts = [
        Original(code, update(code, QUARTER.key, {"B1": "1,25,000"} if form == "IA" else {}))
        for form, code in AGENCIES.items()
    ]
    # What openpyxl saves keeps its texts in the cells, what the template is, in a part of their own.
    made: dict[str, tuple[Original, ...]] = {".xlsx": (*books, *blank), ".csv": tuple(texts)}
    if with_libreoffice and shutil.which("soffice"):
        for suffix in (".xls", ".ods", ".xlsx"):
            saved = [Original(book.agency, _saved_as(book, suffix, folder)) for book in books]
            made[suffix] = (*(books if suffix == ".xlsx" else ()), *saved)
    return made


def _filled(office: AppContext, agency: str) -> bytes:
    """Figures, words in both scripts, a formula, and entries, where the template wants them."""
    book = openpyxl.load_workbook(io.BytesIO(build_template(office, agency, QUARTER)))
    for number, name in enumerate(sorted(book.defined_names)):
        at = book.defined_names[name].attr_text
        title, _, reference = at.rpartition("!")
        first = reference.partition(":")[0].replace("$", "")
        cell = book[title.strip("'").replace("''", "'")][first]
        if name.startswith("in_"):
            cell.value = ("1,250", number % 7, "१२", "=2+3")[number % 4]
        elif name.startswith("note_"):
            cell.value = "बैठक दो बार हुई, इसलिए अधिक। Held twice."
        elif name.endswith("_text") and name.startswith("entry_"):
            cell.value = "समय पर ऋण नहीं मिला"
    buffer = io.BytesIO()
    book.save(buffer)
    return dateless(buffer.getvalue())


def _saved_as(book: Original, suffix: str, folder: Path) -> bytes:
    """The same workbook as LibreOffice writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "filled" / f"{book.agency}.xlsx"
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(book.content)
    profile = f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}"
    subprocess.run(
        [
            *("soffice", "--headless", "--norestore", profile, "--convert-to", suffix[1:]),
            *("--outdir", str(folder), str(source)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=120,
        check=True,
    )
    content = (folder / f"{book.agency}{suffix}").read_bytes()
    return content if suffix == ".xls" else dateless(content)
