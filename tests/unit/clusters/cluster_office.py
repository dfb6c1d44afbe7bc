"""An office with a register of clusters, whose centre is asked about those of its district."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from openpyxl import load_workbook
from tests.factories import Clerk, RegistryFolder, csv_text, day_after_quarter, update
from tests.unit.intake.readers.workbook.samples import cell, saved

from cpsa.calendar import Quarter
from cpsa.registry.cluster_files import CLUSTER_FILE_COLUMNS
from cpsa.registry.cluster_register import Cluster
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.workbooks.build_template import build_template
from cpsa.store.database import read_transaction

Q3, Q4, NEXT = "2025-26-Q3", "2025-26-Q4", "2026-27-Q1"
CENTRE = "FC-C"
OFFERED = ("CL-A", "CL-B")
CSV_COLUMNS = (
    *("code", "answer", "name_en", "name_hi", "sector", "products", "nic", "block"),
    *("units_micro", "units_small", "units_medium", "units_women", "units_scst"),
    *("jobs", "jobs_women", "output_rupees", "exports_rupees", "as_of", "basis", "source"),
)
ORIGIN = {"as_of": "31.03.2026", "basis": "survey", "source": "Survey of the centre"}
KNOWN: dict[str, object] = {
    "name_en": "Cluster A",
    "name_hi": "क्लस्टर क",
    "sector": "textile",
    "products": "Shirts | कमीज़",
    "nic": "14101",
    "district": "Indore",
    "block": "Indore",
    "units_micro": 100,
    "units_small": 40,
    "units_women": 30,
    "jobs": 1000,
    "jobs_women": 400,
    "output_rupees": 50_000_000,
    "as_of": "2024-09-30",
    "basis": "survey",
    "source": "Study",
}


def write_clusters(folder: Path) -> Path:
    """Two clusters of the centre's district, one that has ended, and one of another district."""
    rows = [
        {**KNOWN, "code": "CL-A"},
        {**KNOWN, "code": "CL-B", "name_en": "Cluster B"},
        {**KNOWN, "code": "CL-GONE", "active_to": "2025-26-Q2"},
        {**KNOWN, "code": "CL-FAR", "district": "Bhopal"},
    ]
    lines = [[row.get(name, "") for name in CLUSTER_FILE_COLUMNS] for row in rows]
    file = folder / "clusters.csv"
    file.write_text(csv_text([CLUSTER_FILE_COLUMNS, *lines]), "utf-8")
    return folder


def open_office(office: AppContext, folder: Path) -> Clerk:
    registry = RegistryFolder(agencies={CENTRE: Q3}).write(folder / "registry")
    load_registry(office, write_clusters(registry), Quarter.parse(Q3).opens_at)
    return Clerk(office, folder / "sent")


def make_row(code: str, answer: str = "", **given: object) -> dict[str, object]:
    """A row as the sheet has it of a known cluster, with an answer and other values."""
    return {**{name: KNOWN.get(name, "") for name in CSV_COLUMNS[2:17]}, "code": code} | {
        "answer": answer,
        **given,
    }


def write_csv(*rows: Mapping[str, object], quarter: str = Q4) -> bytes:
    lines = [[CENTRE, quarter, *(row.get(name, "") for name in CSV_COLUMNS)] for row in rows]
    return csv_text([("agency", "quarter", *CSV_COLUMNS), *lines]).encode()


def write_workbook(office: AppContext, *rows: Mapping[str, object], quarter: str = Q4) -> bytes:
    """The centre's own workbook with every total 0, and with these rows typed over what it shows."""
    book = load_workbook(io.BytesIO(build_template(office, CENTRE, Quarter.parse(quarter))))
    for line in csv.DictReader(io.StringIO(update(CENTRE, quarter).decode())):
        if line["dimension"] == "":
            cell(book, f"in_{line['indicator']}_total").value = int(line["value"])
    place = len(OFFERED)
    for row in rows:
        if row["code"] in OFFERED:
            at = OFFERED.index(str(row["code"]))
        else:
            at, place = place, place + 1
            cell(book, "table_clusters_code", at).value = row["code"]
        for name in CSV_COLUMNS[1:]:
            cell(book, f"table_clusters_{name}", at).value = row.get(name, "")
    return saved(book)


def answer(
    clerk: Clerk, tmp_path: Path, channel: str, *rows: Mapping[str, object], quarter: str = Q4
) -> str:
    """Send the rows in a file of their own after the update, or in the workbook; the newest state."""
    folder = tmp_path / f"inbox-{channel}" / quarter
    folder.mkdir(parents=True, exist_ok=True)
    if channel == "csv":
        (folder / f"{CENTRE}.csv").write_bytes(update(CENTRE, quarter))
        (folder / f"{CENTRE}.clusters.csv").write_bytes(write_csv(*rows, quarter=quarter))
    else:
        (folder / f"{CENTRE}.xlsx").write_bytes(
            write_workbook(clerk.office, *rows, quarter=quarter)
        )
    now = Quarter.parse(quarter).due_by
    collect_updates(clerk.office, folder, day_after_quarter(quarter), now)
    return check_updates(clerk.office, now).judgements[-1].state


def find(office: AppContext, *rules: str) -> list[tuple[str, str, str, str, str]]:
    """What is found now: rule, column, cluster, observed and expected."""
    found = list_findings(office)
    own = found[found["rule"].isin(rules)]
    names = ["rule", "indicator", "dimension", "observed", "expected"]
    return [tuple(row) for row in own[names].itertuples(index=False, name=None)]


def load_cluster_register(office: AppContext, load: int | None = None) -> dict[str, Cluster]:
    with read_transaction(office.engine) as connection:
        return office.load_registry(connection, load).cluster_register.clusters
