"""The tables of the programme by a second reading: S08 and P02 to P09 (domain.md).

A table comes as a file of its own beside its agency's update, with the update's figures. One function for
each rule, named by it.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.oracle.figures import read
from tests.oracle.submission import Found, Submission

STEPS = [
    *("CCC", "STUDY", "PLAN", "SOFT", "SPV", "DPR", "FORWARDED", "INPRINCIPLE", "FINAL"),
    *("CONSTRUCTION", "WORKING"),
]
SOURCES = ["CENTRE", "STATE", "SPV"]
DATES, MONEY = ("planned", "actual"), ("due", "received")
COUNTS = ("opening", "filed", "approved", "refused", "over_30", "over_90")
ERRORS = {"S08", "P02", "P03", "P06", "P07", "P09"}

Row = dict[str, date | Fraction]


@dataclass
class Table:
    """The usable rows of a file by key; ``whole``: no row was left out."""

    name: str
    rows: dict[str, Row] = field(default_factory=dict)
    findings: set[Found] = field(default_factory=set)
    whole: bool = True

    @property
    def is_accepted(self) -> bool:
        return not any(found.rule in ERRORS for found in self.findings)


def read_table(name: str, content: bytes) -> Table:
    """Every row with its dates and figures; one with a value that cannot be used is left out (S08)."""
    table = Table(name)
    for line in csv.DictReader(io.StringIO(content.decode("utf-8"))):
        key, row, faults = _read_row(name, line)
        if not faults and key in table.rows:
            faults = [{"milestones": "step", "money": "source"}.get(name, "department")]
        table.findings |= {Found("S08", f"{name}.{column}", key) for column in faults}
        if faults:
            table.whole = False
        else:
            table.rows[key] = row
    return table


def _read_row(name: str, line: dict[str, str]) -> tuple[str, Row, list[str]]:
    row: Row = {}
    faults = []
    if name == "applications":
        key = f"{line['department']}/{line['scheme']}"
    else:
        first, choices = ("step", STEPS) if name == "milestones" else ("source", SOURCES)
        key = line[first]
        if key not in choices:
            faults.append(first)
    for column, text in line.items():
        if not text.strip():
            if (name, column) == ("applications", "filed"):
                faults.append(column)
        elif column in DATES:
            day = _read_date(text)
            if day:
                row[column] = day
            else:
                faults.append(column)
        elif column in MONEY or column in COUNTS:
            number = read(text).number
            smallest = Fraction(1, 100) if column in MONEY else Fraction(1)
            if number is None or number < 0 or number % smallest:
                faults.append(column)
            else:
                row[column] = number
    return key, row, faults


def _read_date(text: str) -> date | None:
    parts = text.replace("/", ".").split(".")
    try:
        if len(parts) == 3:
            return date(int(parts[2]), int(parts[1]), int(parts[0]))
        return date.fromisoformat(text)
    except ValueError:
        return None


def judge(table: Table, update: Submission, last: dict[str, Row], arrived_on: date) -> None:
    """Adds what is found; ``last``: the rows that were accepted last before the quarter."""
    if not table.rows:
        return
    if table.name == "milestones":
        table.findings |= {*p02(table, arrived_on), *p03(table), *p04(table), *p05(table, last)}
    elif table.name == "money":
        table.findings |= set(p06(table))
    else:
        table.findings |= {*p07(table, update), *p08(table, last), *p09(table)}


def p02(table: Table, arrived_on: date) -> Iterator[Found]:
    for key, row in table.rows.items():
        if "actual" in row and row["actual"] > arrived_on:  # type: ignore[operator]
            yield Found("P02", "milestones.actual", key)


def p03(table: Table) -> Iterator[Found]:
    dated = [(step, table.rows[step]["actual"]) for step in STEPS if _has_actual(table, step)]
    for place, (step, day) in enumerate(dated):
        if any(earlier > day for _, earlier in dated[:place]):  # type: ignore[operator]
            yield Found("P03", "milestones.actual", step)


def p04(table: Table) -> Iterator[Found]:
    if not _has_actual(table, "DPR"):
        return
    submitted = table.rows["DPR"]["actual"]
    if not _has_actual(table, "SOFT"):
        if table.whole:
            yield Found("P04", "milestones.actual", "DPR")
        return
    begun = table.rows["SOFT"]["actual"]
    assert isinstance(begun, date) and isinstance(submitted, date)
    is_leap_day = (begun.month, begun.day) == (2, 29)
    anniversary = begun.replace(year=begun.year + 1, day=28 if is_leap_day else begun.day)
    if submitted < anniversary:
        yield Found("P04", "milestones.actual", "DPR")


def _has_actual(table: Table, step: str) -> bool:
    return "actual" in table.rows.get(step, {})


def p05(table: Table, last: dict[str, Row]) -> Iterator[Found]:
    for key, before in last.items():
        for column in DATES:
            if column not in before or (key not in table.rows and not table.whole):
                continue
            if table.rows.get(key, {}).get(column) != before[column]:
                yield Found("P05", f"milestones.{column}", key)


def p06(table: Table) -> Iterator[Found]:
    for key, row in table.rows.items():
        if "due" in row and "received" in row and row["received"] > row["due"]:  # type: ignore[operator]
            yield Found("P06", "money.received", key)


def p07(table: Table, update: Submission) -> Iterator[Found]:
    for column, indicator in (("filed", "FA3"), ("approved", "FA4")):
        total = update.value(indicator)
        added = sum((_count(row, column) for row in table.rows.values()), Fraction(0))
        if table.whole and total is not None and total != added:
            yield Found("P07", f"applications.{column}")


def p08(table: Table, last: dict[str, Row]) -> Iterator[Found]:
    for key, before in last.items():
        if key not in table.rows and not table.whole:
            continue
        if _count(table.rows.get(key, {}), "opening") != pending(before):
            yield Found("P08", "applications.opening", key)


def p09(table: Table) -> Iterator[Found]:
    for key, row in table.rows.items():
        left = pending(row)
        over_30, over_90 = row.get("over_30"), row.get("over_90")
        if left < 0:
            yield Found("P09", "applications.pending", key)
        if over_30 is not None and over_30 > left:  # type: ignore[operator]
            yield Found("P09", "applications.over_30", key)
        if over_90 is not None and (over_90 > left or (over_30 is not None and over_90 > over_30)):  # type: ignore[operator]
            yield Found("P09", "applications.over_90", key)


def pending(row: Row) -> Fraction:
    filed = _count(row, "opening") + _count(row, "filed")
    return filed - _count(row, "approved") - _count(row, "refused")


def _count(row: Row, column: str) -> Fraction:
    return Fraction(row.get(column, 0))  # type: ignore[arg-type]
