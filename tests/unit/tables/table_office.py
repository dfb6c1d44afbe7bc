"""An office whose framework has tables, and how files with rows of tables reach it."""

from __future__ import annotations

from pathlib import Path

from tests.factories import Clerk, csv_text, day_after_quarter

from cpsa.calendar import Quarter
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.service_results import SubmissionResult

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
COLUMNS = ("department", "scheme", "opening", "filed", "approved", "over_30")
HEADER = ("agency", "quarter", *COLUMNS)
NOW = Quarter.parse(Q2).due_by


def table(quarter: str, *rows: tuple[object, ...], columns: tuple[str, ...] = COLUMNS) -> bytes:
    lines = [("FC-C", quarter, *row) for row in rows]
    return csv_text([("agency", "quarter", *columns), *lines]).encode()


def send(
    clerk: Clerk, tmp_path: Path, quarter: str, **files: bytes
) -> tuple[list[str], list[SubmissionResult]]:
    """Put files into the inbox, by what follows FC-C in their names; collect and check it."""
    folder = tmp_path / "inbox" / quarter
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        suffix = "" if name == "update" else f".{name}"
        (folder / f"FC-C{suffix}.csv").write_bytes(content)
    at = day_after_quarter(quarter)
    items = collect_updates(clerk.office, tmp_path / "inbox", NOW, at).items
    checked = check_updates(clerk.office, NOW)
    return [item.outcome for item in items], [*checked.judgements]
