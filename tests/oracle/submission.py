"""One received file: can it be read, whose is it, and what does each cell say (rules S00 to S06).

No rule that compares values belongs here.
"""

import csv
import io
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle.figures import MISSING, Reading, read
from tests.oracle.framework import INDICATORS, Indicator
from tests.oracle.programme import Agency, Formula

HEADER = ["agency", "quarter", "indicator", "dimension", "value", "note"]
SMALLEST = {"count": Fraction(1), "inr": Fraction(1, 100)}

Place = tuple[str, str]  # indicator and dimension, "" being the total


@dataclass(frozen=True, order=True)
class Found:
    """A finding without agency and quarter, which its submission knows."""

    rule: str
    indicator: str = ""
    dimension: str = ""


@dataclass
class Submission:
    agency: Agency
    quarter: str
    state: str = "received"
    findings: set[Found] = field(default_factory=set)
    nil: bool = False
    given: dict[Place, Fraction] = field(default_factory=dict)  # good numbers in the file
    faulty: set[Place] = field(default_factory=set)  # with an S01, S02, S03 or S05 finding
    values: dict[Place, Fraction] = field(default_factory=dict)  # given, and zeros by NIL

    def value(self, indicator: str, dimension: str = "") -> Fraction | None:
        return self.values.get((indicator, dimension))


def read_rows(content: bytes) -> list[list[str]] | None:
    """The rows under the header, each of six cells or more; None where it cannot be read."""
    try:
        marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = content.decode("utf-16" if marked else "utf-8-sig")
        rows = list(
            csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_between(text))
        )
    except (UnicodeDecodeError, csv.Error):
        return None
    rows = [[cell.strip() for cell in row] for row in rows]
    rows = [row for row in rows if any(row)]
    if not rows or [cell.casefold() for cell in rows[0]] != HEADER:
        return None
    return [row + [""] * (len(HEADER) - len(row)) for row in rows[1:]]


def _between(text: str) -> str:
    """What separates the cells: not a comma only where the header is then exactly ours."""
    first = text.lstrip("\r\n").splitlines()[:1] or [""]
    for separator in (";", "\t"):
        cells = [cell.strip().strip('"').casefold() for cell in first[0].split(separator)]
        if cells == HEADER:
            return separator
    return ","


def read_submission(content: bytes, agency: Agency, quarter: str) -> Submission:
    """Everything that can be said of the file without looking at another value."""
    submission = Submission(agency, quarter)
    rows = read_rows(content)
    if rows is None:
        submission.state = "unreadable"
        submission.findings.add(Found("S00"))
        return submission
    for row in rows:
        if row[0] not in ("", agency.code) or row[1] not in ("", quarter):
            submission.state = "rejected"
    if not agency.owes(quarter):
        submission.state = "rejected"
    if submission.state == "rejected":
        submission.findings.add(Found("S06"))
        return submission
    _read_cells(submission, rows)
    _answer_blanks(submission)
    return submission


def s07(submission: Submission, broken: bool) -> None:
    """A workbook whose seal is broken: nothing of it is used."""
    if broken:
        submission.state = "rejected"
        submission.findings = {Found("S07")}


def q08(submission: Submission, formulas: list[Formula]) -> None:
    """A formula's result that is 0, or that the file calls possibly out of date."""
    if submission.state in ("unreadable", "rejected"):
        return
    for formula in formulas:
        number = submission.given.get((formula.indicator, formula.dimension))
        if number is not None and (number == 0 or formula.outdated):
            submission.findings.add(Found("Q08", formula.indicator, formula.dimension))


def _read_cells(submission: Submission, rows: list[list[str]]) -> None:
    form = INDICATORS[submission.agency.form]
    written: dict[Place, list[Reading]] = {}
    for row in rows:
        code, dimension, value = row[2], row[3], row[4]
        if code.casefold() == "nil":
            submission.nil = submission.nil or value.casefold() == "yes"
            continue
        if dimension.casefold() == "total":
            dimension = ""
        if code not in form or dimension.casefold() not in ("", *form[code].dimensions):
            submission.findings.add(Found("S04", code, dimension))
            continue
        reading = read(value)
        if any(row[len(HEADER) :]) or _is_split(value, row[5]):
            # Most likely 1,25,000 without quotes: what the value was can only be guessed.
            reading = Reading("unreadable", text=",".join(row[4:]))
        written.setdefault((code, dimension.casefold()), []).append(reading)
    for (code, dimension), readings in written.items():
        rules = _faults(form[code], readings)
        if rules:
            submission.faulty.add((code, dimension))
            submission.findings.update(Found(rule, code, dimension) for rule in rules)
        elif readings[0] != MISSING and readings[0].number is not None:
            submission.given[code, dimension] = readings[0].number


def _is_split(value: str, note: str) -> bool:
    """A value of 1 to 3 digits beside a note of digits in groups of 2 or 3."""
    groups = note.removesuffix("/-").strip().partition(".")[0].split(",")
    return (
        value.isdecimal()
        and len(value) <= 3
        and all(group.isdecimal() and len(group) in (2, 3) for group in groups)
    )


def _faults(indicator: Indicator, readings: list[Reading]) -> list[str]:
    rules = []
    numbers = [reading.number for reading in readings if reading.number is not None]
    if any(reading.kind == "unreadable" for reading in readings):
        rules.append("S01")
    elif any(number < 0 for number in numbers) and not indicator.signed:
        rules.append("S02")
    elif any((number / SMALLEST[indicator.unit]).denominator != 1 for number in numbers):
        rules.append("S03")
    if len(set(readings)) > 1:
        rules.append("S05")
    return rules


def _answer_blanks(submission: Submission) -> None:
    submission.values = dict(submission.given)
    if not submission.nil:
        return
    for indicator in INDICATORS[submission.agency.form].values():
        if indicator.kind != "flow":
            continue
        for dimension in ("", *indicator.dimensions):
            place = (indicator.code, dimension)
            if place not in submission.given and place not in submission.faulty:
                submission.values[place] = Fraction(0)
