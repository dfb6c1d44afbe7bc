"""Fills what agencies send: a workbook by the names of its cells, and an update with other figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import openpyxl


def fill_workbook(template: Path, values: Mapping[str, object]) -> bytes:
    """The workbook with values in the first cell of each named place."""
    book = openpyxl.load_workbook(template)
    for name, value in values.items():
        ((sheet, place),) = book.defined_names[name].destinations
        book[sheet][place.replace("$", "").partition(":")[0]] = value
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def listed_value(template: Path, list_name: str, code: str) -> str:
    """How a list of the workbook writes a code, such as ``DIC – …``."""
    book = openpyxl.load_workbook(template)
    ((sheet, place),) = book.defined_names[list_name].destinations
    values = [str(row[0].value) for row in book[sheet][place.replace("$", "")]]
    return next(value for value in values if value.split()[0] == code)


def inputs_of(update: Path) -> dict[str, object]:
    """The figures of an update by the names of the workbook's inputs."""
    with update.open(encoding="utf-8", newline="") as stream:
        return {
            f"in_{row['indicator']}_{row['dimension'] or 'total'}": row["value"]
            for row in csv.DictReader(stream)
        }


def corrected(update: Path, values: Mapping[tuple[str, str], str]) -> str:
    """The update with other values for some indicators and dimensions."""
    with update.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    places = {(row["indicator"], row["dimension"]) for row in rows}
    assert set(values) <= places, f"not in {update}: {set(values) - places}"
    for row in rows:
        row["value"] = values.get((row["indicator"], row["dimension"]), row["value"])
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
