"""Reads entries beside the numbers: successes, challenges, lessons, requests (domain.md).

A row that cannot be used is reported with its line and the offending value; the others are kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cpsa import figures
from cpsa.calendar import is_quarter_key
from cpsa.errors import RequestError
from cpsa.nearest_code import find_alike_code, find_nearest_code

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
ADDED_COLUMNS = ("help", "units", "rate", "women")
"""What a file may have beside these columns: the kind of help, how many units of it at what rate in
rupees, and how many of the people are women."""
COLUMNS = (*HEADER, *ADDED_COLUMNS)
CONVERGENCE = "convergence"
KINDS = [
    "success",
    "challenge",
    "lesson",
    "suggestion",
    "policy_support",
    "training_need",
    CONVERGENCE,
]
URGENCIES = ("high", "medium", "low")


def _always(agency: str, quarter: str) -> bool:
    return True


@dataclass(frozen=True)
class EntryCodes:
    """The codes an entry may use.

    ``departments`` has every code that a department has or had, each with the one it has now;
    ``contributors`` and ``kinds_of_help`` each code and name in small letters, each with its code: both
    lists are open. ``is_active`` says whether an agency is active in a quarter.
    """

    agencies: Collection[str]
    themes: Collection[str]
    departments: Mapping[str, str]
    schemes: Collection[str]
    modules: Collection[str] = ()
    contributors: Mapping[str, str] = field(default_factory=dict)
    kinds_of_help: Mapping[str, str] = field(default_factory=dict)
    is_active: Callable[[str, str], bool] = _always


@dataclass(frozen=True)
class Entries:
    """What was read: rows as the store keeps them, and what is wrong with the others.

    ``notices``: what of the rows that are kept was not read as typed.
    """

    rows: tuple[Mapping[str, object], ...]
    problems: tuple[RequestError, ...]
    notices: tuple[RequestError, ...] = ()


def read_entries(content: bytes, file_name: str, codes: EntryCodes) -> Entries:
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
    return select_usable_rows(lines, file_name, codes)


def select_usable_rows(
    lines: Iterable[tuple[str, Mapping[str, str | None]]], file_name: str, codes: EntryCodes
) -> Entries:
    """Keep the rows that can be used, each with its place; report what is wrong with the others."""
    rows: list[Mapping[str, object]] = []
    problems: list[RequestError] = []
    notices: list[RequestError] = []
    for place, raw in lines:
        row = {name: (raw.get(name) or "").strip() for name in COLUMNS}
        if not any(row.values()):
            continue
        at = {"file": file_name, "place": place}
        if problem := _find_problem(row, codes):
            problems.append(RequestError(problem.key, **at, **problem.params))
            continue
        notices += [
            RequestError(notice.key, **at, **notice.params) for notice in _take_codes(row, codes)
        ]
        rows.append(_make_entry(row, place))
    return Entries(tuple(rows), tuple(problems), tuple(notices))


def _take_codes(row: dict[str, str], codes: EntryCodes) -> Iterator[RequestError]:
    """Put codes in the place of what was typed; what the open lists do not have stays as it is."""
    typed = row["department"]
    if (code := codes.departments.get(typed, typed)) != typed:
        row["department"] = code
        yield RequestError("entries.former_department", value=typed, code=code)
    if row["kind"] != CONVERGENCE:
        return
    for column, key, known in (
        ("department", "contributor", codes.contributors),
        ("help", "help", codes.kinds_of_help),
    ):
        typed = row[column]
        if not typed or typed in codes.departments:
            continue
        row[column] = known.get(typed.casefold(), typed)
        if typed.casefold() not in known and (near := _find_nearest(key, typed, known)):
            yield RequestError(f"entries.unknown_{key}", value=typed, nearest=near)


def _find_nearest(key: str, typed: str, known: Mapping[str, str]) -> str:
    """The code nearest to what was typed; of a kind of help only where it may have been meant."""
    find = find_nearest_code if key == "contributor" else find_alike_code
    return known.get(find(typed.casefold(), known), "")


def _find_problem(row: Mapping[str, str], codes: EntryCodes) -> RequestError | None:
    """What is wrong with a row, with the offending value and, of a code, the nearest."""
    agency, quarter = row["agency"], row["quarter"]
    listed = (
        ("theme", row["theme"], codes.themes),
        ("department", "" if row["kind"] == CONVERGENCE else row["department"], codes.departments),
        ("scheme", row["scheme"], codes.schemes),
        ("module", row["request"] if row["kind"] == "training_need" else "", codes.modules),
    )
    if agency not in codes.agencies:
        near = find_nearest_code(agency, sorted(codes.agencies))
        return RequestError("entries.bad_agency", value=agency, nearest=near)
    for holds, key, value in (
        (is_quarter_key(quarter), "entries.bad_quarter", quarter),
        (row["kind"] in KINDS, "entries.bad_kind", row["kind"]),
    ):
        if not holds:
            return RequestError(key, value=value)
    if not codes.is_active(agency, quarter):
        return RequestError("entries.not_active", value=agency, quarter=quarter)
    for name, typed, known in listed:
        if typed and typed not in known:
            near = find_nearest_code(typed, sorted(known))
            return RequestError(f"entries.bad_{name}", value=typed, nearest=near)
    return _find_value_problem(row)


def _find_value_problem(row: Mapping[str, str]) -> RequestError | None:
    asks = row["kind"] == "policy_support"
    checks = (
        (not asks or bool(row["department"]), "entries.no_department", row["request"]),
        (not asks or bool(row["request"]), "entries.no_request", row["text"]),
        (not asks or row["urgency"] in URGENCIES, "entries.bad_urgency", row["urgency"]),
        (_is_figure(row["amount"]), "entries.bad_figure", row["amount"]),
        (_is_figure(row["rate"]), "entries.bad_figure", row["rate"]),
        *(
            (_is_whole(row[name]), "entries.bad_figure", row[name])
            for name in ("people", "units", "women")
        ),
    )
    return next((RequestError(key, value=value) for holds, key, value in checks if not holds), None)


def _is_figure(cell: str) -> bool:
    figure = figures.parse_figure(cell)
    if figure is figures.MISSING:
        return True
    return figure.hundredths is not None and figure.hundredths >= 0


def _is_whole(cell: str) -> bool:
    figure = figures.parse_figure(cell)
    return figure is figures.MISSING or (_is_figure(cell) and figure.is_whole)


def _make_entry(row: Mapping[str, str], place: str) -> dict[str, object]:
    return {
        **row,
        **{name: figures.parse_figure(row[name]).hundredths for name in ("amount", "rate")},
        **{name: _read_whole(row[name]) for name in ("people", "units", "women")},
        "place": place,
    }


def _read_whole(cell: str) -> int | None:
    amount = figures.parse_figure(cell).amount
    return None if amount is None else int(amount)
