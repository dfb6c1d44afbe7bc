"""Reads entries beside the numbers: successes, challenges, lessons, requests (domain.md).

A row that cannot be used is told with its line and the offending value; the others are kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from cpsa import figures
from cpsa.calendar import is_quarter_key
from cpsa.errors import RequestError

HEADER = [
    "agency",
    "quarter",
    "kind",
    "theme",
    "department",
    "text",
    "request",
    "urgency",
    "scheme",
    "amount",
    "people",
]
KINDS = [
    "success",
    "challenge",
    "lesson",
    "suggestion",
    "policy_support",
    "training_need",
    "convergence",
]
URGENCIES = ("high", "medium", "low")


@dataclass(frozen=True)
class Codes:
    """The codes an entry may use."""

    agencies: Collection[str]
    themes: Collection[str]
    departments: Collection[str]
    schemes: Collection[str]


@dataclass(frozen=True)
class Entries:
    """What was read: rows as the store keeps them, and what is wrong with the others."""

    rows: tuple[Mapping[str, object], ...]
    problems: tuple[RequestError, ...]


def read(content: bytes, file_name: str, codes: Codes) -> Entries:
    """Read an entries CSV; RequestError when it cannot be read at all."""
    try:
        text = content.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
        header = [name.strip().casefold() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        lines = [(f"line {reader.line_num}", row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError("entries.no_csv", file=file_name) from error
    if missing := [name for name in HEADER if name not in header]:
        raise RequestError("entries.no_column", file=file_name, column=", ".join(missing))
    return sort_out(lines, file_name, codes)


def sort_out(
    lines: Iterable[tuple[str, Mapping[str, str | None]]], file_name: str, codes: Codes
) -> Entries:
    """Keep the rows that can be used, each with its place; tell what is wrong with the others."""
    rows: list[Mapping[str, object]] = []
    problems: list[RequestError] = []
    for place, raw in lines:
        row = {name: (raw[name] or "").strip() for name in HEADER}
        if not any(row.values()):
            continue
        if problem := _problem(row, codes):
            key, value = problem
            problems.append(RequestError(key, file=file_name, place=place, value=value))
        else:
            rows.append(_kept(row, place))
    return Entries(tuple(rows), tuple(problems))


def _problem(row: Mapping[str, str], codes: Codes) -> tuple[str, str] | None:
    """What is wrong with a row: a key of the catalogue and the offending value."""
    asks = row["kind"] == "policy_support"
    checks = (
        (row["agency"] in codes.agencies, "entries.bad_agency", row["agency"]),
        (is_quarter_key(row["quarter"]), "entries.bad_quarter", row["quarter"]),
        (row["kind"] in KINDS, "entries.bad_kind", row["kind"]),
        (_known(row["theme"], codes.themes), "entries.bad_theme", row["theme"]),
        (_known(row["department"], codes.departments), "entries.bad_department", row["department"]),
        (_known(row["scheme"], codes.schemes), "entries.bad_scheme", row["scheme"]),
        (not asks or bool(row["department"]), "entries.no_department", row["request"]),
        (not asks or bool(row["request"]), "entries.no_request", row["text"]),
        (not asks or row["urgency"] in URGENCIES, "entries.bad_urgency", row["urgency"]),
        (_is_figure(row["amount"]), "entries.bad_figure", row["amount"]),
        (_is_whole(row["people"]), "entries.bad_figure", row["people"]),
    )
    return next(((key, value) for holds, key, value in checks if not holds), None)


def _known(code: str, codes: Collection[str]) -> bool:
    return not code or code in codes


def _is_figure(cell: str) -> bool:
    figure = figures.read(cell)
    if figure is figures.MISSING:
        return True
    return figure.hundredths is not None and figure.hundredths >= 0


def _is_whole(cell: str) -> bool:
    figure = figures.read(cell)
    return figure is figures.MISSING or (_is_figure(cell) and figure.is_whole)


def _kept(row: Mapping[str, str], place: str) -> dict[str, object]:
    amount, people = figures.read(row["amount"]), figures.read(row["people"])
    return {
        **row,
        "amount": amount.hundredths,
        "people": None if people.amount is None else int(people.amount),
        "place": place,
    }
