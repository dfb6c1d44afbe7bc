"""The tables that agencies of a made-up programme send beside their updates, one CSV for each.

Those that are due each quarter, filled so that their sums are those of the update; what agencies get wrong is in
the figures alone. What must not go here: the clusters that centres confirm once a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.programme import PIECE, Programme
from cpsa.checks.structure_rules import StructureResult
from cpsa.framework.model import TOTAL

_STEPS = (
    ("CCC", "2022-01-10"),
    ("STUDY", "2022-05-02"),
    ("PLAN", "2022-09-01"),
    ("SOFT", "2022-12-01"),
    ("SPV", "2023-06-01"),
    ("DPR", "2024-03-01"),
)
_SOURCES = ("CENTRE", "STATE", "SPV")
_OTHER_DEPARTMENTS = ("DOMSME", "BANKS", "REV")
Rows = list[tuple[str, ...]]


def write_tables(programme: Programme, inbox: Path) -> list[Path]:
    """Write the tables of the quarter at hand beside its updates."""
    folder = inbox / programme.quarter
    files = []
    for data in programme.forms:
        for update in data.judged:
            for table, rows in _make_tables(data.form, update):
                lines = [("agency", "quarter", *rows[0])]
                lines += [(update.agency, update.quarter, *row) for row in rows[1:]]
                file = folder / f"{update.agency}.{table}.csv"
                file.write_text("".join(",".join(line) + "\n" for line in lines), "utf-8")
                files.append(file)
    return files


def _make_tables(form: str, update: StructureResult) -> Iterator[tuple[str, Rows]]:
    if form == "IA":
        yield "milestones", _make_milestones()
        yield "money", _make_money()
    else:
        yield "applications", _make_applications(update)


def _make_milestones() -> Rows:
    reached = [(step, day, day, "", "") for step, day in _STEPS]
    return [
        ("step", "planned", "actual", "pending_with", "reference"),
        *reached,
        ("FORWARDED", "2030-01-01", "", "DOMSME", "No. 12/2024"),
    ]


def _make_money() -> Rows:
    received = [(source, "1000000", "500000") for source in _SOURCES]
    return [("source", "due", "received"), *received]


def _make_applications(update: StructureResult) -> Rows:
    filed, approved = (_count_total(update, code) for code in ("FA3", "FA4"))
    others = [
        (department, "SFURTI", "7", "0", "0", "1", "2", "1") for department in _OTHER_DEPARTMENTS
    ]
    header = "department,scheme,opening,filed,approved,refused,over_30,over_90"
    return [
        tuple(header.split(",")),
        ("DOIC", "MSE-CDP", "5", str(filed), str(approved), "0", "2", "1"),
        *others,
    ]


def _count_total(update: StructureResult, indicator: str) -> int:
    fact = update.facts.get((indicator, TOTAL))
    return fact.hundredths // PIECE if fact else 0
