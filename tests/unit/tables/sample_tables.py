"""The sample with the tables beside its updates, received and checked quarter by quarter."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import timedelta

from tests.factories import SAMPLE

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry

QUARTERS = tuple(Quarter.parse(folder.name) for folder in sorted((SAMPLE / "updates").iterdir()))


def read_newest(table: str, quarters: Iterable[Quarter]) -> dict[str, list[dict[str, str]]]:
    """The rows of each agency's newest file of these quarters."""
    found: dict[str, list[dict[str, str]]] = {}
    for quarter in quarters:
        for file in sorted((SAMPLE / "tables" / quarter.key).glob(f"*.{table}.csv")):
            with file.open(encoding="utf-8") as stream:
                found[file.name.partition(".")[0]] = list(csv.DictReader(stream))
    return found


def count_pending(row: Mapping[str, str]) -> int:
    """What is left of a row of applications, reckoned from its four numbers."""
    opening, filed, approved, refused = (
        int(row[name]) for name in ("opening", "filed", "approved", "refused")
    )
    return opening + filed - approved - refused


def receive_sample(
    office: AppContext,
    quarters: tuple[Quarter, ...] = QUARTERS,
    *,
    tables: bool = True,
    close: bool = False,
) -> None:
    """Receive updates, tables and entries of these quarters on the tenth day after each."""
    load_registry(office, SAMPLE / "registry", quarters[0].opens_at)
    for quarter in quarters:
        at = quarter.opens_at + timedelta(days=10)
        collect_updates(office, SAMPLE / "updates" / quarter.key, at)
        if tables:
            collect_updates(office, SAMPLE / "tables" / quarter.key, at)
        load_entries(office, SAMPLE / "entries" / f"{quarter.key}.csv", at)
        check_quarter(office, quarter, at)
        if close:
            close_quarter(office, quarter, quarter.closes_at)
