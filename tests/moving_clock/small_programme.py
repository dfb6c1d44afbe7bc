"""The sample for ten of its agencies and all its departments: whole, and quick to build documents of.

What must not go here: when their updates come, which each story says.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

AGENCIES = (
    *("IA-INDPH", "IA-CHHAN", "IA-BPENG", "IA-GWTRA"),
    *("FC-IND", "FC-BHO", "FC-SAG", "FC-MOR", "FC-NAR", "FC-GWA"),
)
_COLUMN_OF_AGENCY = {
    "agencies": "code",
    "targets": "agency",
    "baselines": "agency",
    "weights": "agency",
    "cluster_agencies": "agency",
}


def copy_registry(sample: Path, folder: Path) -> Path:
    """The sample's registry for the ten agencies, in a new folder; that folder."""
    shutil.copytree(sample / "registry", folder)
    for name, column in _COLUMN_OF_AGENCY.items():
        file = folder / f"{name}.csv"
        if file.exists():  # earlier versions have no register of clusters
            _keep_agencies(file, column)
    return folder


def copy_entries(sample: Path, quarter: str, file: Path) -> None:
    """What the ten agencies wrote beside the figures of a quarter."""
    shutil.copyfile(sample / "entries" / f"{quarter}.csv", file)
    _keep_agencies(file, "agency")


def _keep_agencies(file: Path, column: str) -> None:
    """Take the rows of other agencies out of a table."""
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        rows = [row for row in reader if row[column] in AGENCIES]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows(rows)
