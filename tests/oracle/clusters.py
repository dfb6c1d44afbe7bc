"""The yearly table of clusters by a second reading: S08, P10 and P14 to P16.

Rule: domain.md, "The programme beside the forms". The register is read from clusters.csv of the registry. One
function for each rule, named by it.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.oracle.figures import read
from tests.oracle.submission import Found

COUNTS = (
    *("units_micro", "units_small", "units_medium", "units_women", "units_scst"),
    *("jobs", "jobs_women"),
)
MONEY = ("output_rupees", "exports_rupees")
WORDS = ("name_en", "name_hi", "sector", "products", "nic", "block")
ANSWERS = ("UNCHANGED", "CHANGED", "CLOSED", "NEW")
BASES = ("estimate", "survey")
ORIGIN = ("as_of", "basis", "source")
ERRORS = {"S08", "P14", "P16"}

Row = dict[str, str | Fraction]


@dataclass
class Answers:
    """The usable rows of a centre's file by cluster, and what is found in it."""

    rows: dict[str, Row] = field(default_factory=dict)
    findings: set[Found] = field(default_factory=set)

    @property
    def is_accepted(self) -> bool:
        return not any(found.rule in ERRORS for found in self.findings)


def load_register(content: str, district: str, quarter: str) -> dict[str, Row]:
    """The clusters of a district that go on in a quarter: words and figures, by code."""
    return {
        line["code"]: _read_values(line)[0]
        for line in csv.DictReader(io.StringIO(content))
        if line["district"] == district and (not line["active_to"] or quarter <= line["active_to"])
    }


def read_answers(content: bytes, sectors: set[str]) -> Answers:
    """Every row; one with a value that cannot be used is left out (S08)."""
    answers = Answers()
    for line in csv.DictReader(io.StringIO(content.decode("utf-8"))):
        row, faults = _read_values(line)
        for column, known in (("answer", ANSWERS), ("basis", BASES), ("sector", sectors)):
            if line[column] and line[column] not in known:
                faults.append(column)
        if line["as_of"] and not _is_date(line["as_of"]):
            faults.append("as_of")
        row |= {name: line[name] for name in ("answer", *ORIGIN) if line[name]}
        code = line["code"]
        if not faults and code in answers.rows:
            faults = ["code"]
        answers.findings |= {Found("S08", f"clusters.{column}", code) for column in faults}
        if not faults:
            answers.rows[code] = row
    return answers


def _read_values(line: dict[str, str]) -> tuple[Row, list[str]]:
    """Words and figures that are given; the columns of figures that cannot be used."""
    row: Row = {name: line[name] for name in WORDS if line[name]}
    faults = []
    for column in (*COUNTS, *MONEY):
        if not line[column].strip():
            continue
        number = read(line[column]).number
        smallest = Fraction(1, 100) if column in MONEY else Fraction(1)
        if number is None or number < 0 or number % smallest:
            faults.append(column)
        else:
            row[column] = number
    return row, faults


def _is_date(text: str) -> bool:
    parts = text.replace("/", ".").split(".")
    try:
        if len(parts) == 3:
            return bool(date(int(parts[2]), int(parts[1]), int(parts[0])))
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def judge(answers: Answers, register: dict[str, Row]) -> None:
    """Adds what is found when the file is checked; ``register``: the clusters that were shown."""
    answers.findings |= {*p14(answers, register), *p15(answers, register), *p16(answers)}


def p10(answers: Answers, register: dict[str, Row]) -> Iterator[Found]:
    """When the quarter closes: more than half against what was confirmed last."""
    for code, row in answers.rows.items():
        if code not in register or row.get("answer") in ("CLOSED", "NEW"):
            continue
        for column in (*COUNTS, *MONEY):
            before, now = register[code].get(column), row.get(column)
            if not isinstance(before, Fraction) or not isinstance(now, Fraction):
                continue
            if abs(now - before) * 2 > before:
                yield Found("P10", f"clusters.{column}", code)


def p14(answers: Answers, register: dict[str, Row]) -> Iterator[Found]:
    for code, row in answers.rows.items():
        answer = row.get("answer")
        if answer != "NEW" and code not in register:
            yield Found("P14", "clusters.code", code)
        needed: tuple[str, ...] = ORIGIN if answer in ("CHANGED", "NEW") else ()
        if answer == "NEW":
            needed = ("name_en", "name_hi", "sector", *ORIGIN)
        for column in needed:
            if column not in row:
                yield Found("P14", f"clusters.{column}", code)


def p15(answers: Answers, register: dict[str, Row]) -> Iterator[Found]:
    for code, row in answers.rows.items():
        if code in register and row.get("answer") in (None, "UNCHANGED"):
            for column in (*WORDS, *COUNTS, *MONEY):
                if column in row and row[column] != register[code].get(column):
                    yield Found("P15", f"clusters.{column}", code)


def p16(answers: Answers) -> Iterator[Found]:
    for code, row in answers.rows.items():
        sizes = [row[name] for name in COUNTS[:3] if name in row]
        limits = {
            "units_women": sum(sizes, Fraction(0)) if sizes else None,
            "units_scst": sum(sizes, Fraction(0)) if sizes else None,
            "jobs_women": row.get("jobs"),
            "exports_rupees": row.get("output_rupees"),
        }
        for column, limit in limits.items():
            part = row.get(column)
            if isinstance(part, Fraction) and isinstance(limit, Fraction) and part > limit:
                yield Found("P16", f"clusters.{column}", code)
