"""An office of the sample whose first half-year is closed and built, and whose mail can leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from tests.factories import SAMPLE

from cpsa.calendar import HalfYear
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.settings import from_environment
from cpsa.store import database

HALF = HalfYear.parse("2024-25-H2")
RESTATED = "FC-REW"
WRONG = f"{RESTATED},2024-25-Q4,FW2,,103,"


def built_office(home: Path, url: str | None = None) -> AppContext:
    """The sample's first half-year, closed and built."""
    variables = {"CPSA_HOME": str(home)} | ({"CPSA_DATABASE_URL": url} if url else {})
    office = AppContext.from_settings(from_environment(variables), ready=False)
    database.upgrade_schema(office.engine)
    start = HALF.first_quarter.opens_at
    load_registry(office, SAMPLE / "registry", start)
    for quarter in HALF.quarters:
        at = quarter.opens_at + timedelta(days=10)
        collect_updates(office, SAMPLE / "updates" / quarter.key, at)
        load_entries(office, SAMPLE / "entries" / f"{quarter.key}.csv", at)
        close_quarter(office, quarter, quarter.closes_at)
    build_documents(office, HALF, HALF.dispatch_at)
    return office


def mailing(home: Path, port: int, **variables: str) -> AppContext:
    """An office in a home that is there, with its mail leaving by a port of this machine."""
    named = {"CPSA_HOME": str(home), "CPSA_SMTP_URL": f"smtp://127.0.0.1:{port}"}
    return AppContext.from_settings(from_environment(named | variables))


def restate(
    office: AppContext,
    folder: Path,
    now: datetime,
    reason: str = "counted twice",
    participants: int = 101,
) -> None:
    """An agency's accepted figures of the closed half are sent again, a little different."""
    agency, quarter = RESTATED, HALF.last_quarter
    typed = (SAMPLE / "updates" / quarter.key / f"{agency}.csv").read_text("utf-8")
    assert WRONG in typed
    typed = typed.replace(WRONG, WRONG.replace(",103,", f",{participants},"))
    late = folder / quarter.key / f"{agency}.csv"
    late.parent.mkdir(parents=True, exist_ok=True)
    late.write_text(typed, "utf-8")
    collect_updates(office, late, now)
    reopen_quarter(office, agency, quarter, reason, "an admin", now)
    build_documents(office, HALF, now)
