"""Entries beside the numbers: good rows are kept, others are told with line and value."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import csv_text

from cpsa.errors import RequestError
from cpsa.intake.readers.entries_reader import (
    COLUMNS,
    HEADER,
    KINDS,
    EntryCodes,
    read_entries,
)

CODES = EntryCodes(
    agencies={"IA-A"},
    themes={"RAWMAT"},
    departments={"BANKS": "BANKS", "DOIC": "DOIC", "DIC": "DOIC"},
    schemes={"S1"},
    modules={"L3-G2-M8", "L3-G2-M9", "L1-M1"},
    is_active=lambda agency, quarter: quarter >= "2026-27-Q1",
)
GOOD = {"agency": "IA-A", "quarter": "2026-27-Q1", "kind": "challenge", "text": "Coal is dear."}
ASKED = GOOD | {
    "kind": "policy_support",
    "department": "BANKS",
    "request": "Lend.",
    "urgency": "high",
}


def content(*rows: dict[str, str], header=HEADER) -> bytes:
    return csv_text([header, *([row.get(name, "") for name in header] for row in rows)]).encode()


def problem(row: dict[str, str]) -> RequestError:
    entries = read_entries(content(GOOD, row, ASKED), "IA-A.entries.csv", CODES)
    assert len(entries.rows) == 2, "the others are kept"
    (told,) = entries.problems
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_taken(kind: str) -> None:
    named = {"request": "L3-G2-M8"} if kind == "training_need" else {}
    entries = read_entries(content(ASKED | {"kind": kind} | named), "x.csv", CODES)
    assert entries.problems == ()
    assert entries.rows[0]["kind"] == kind
    assert entries.rows[0]["place"] == "line 2"


def test_amounts_are_paise_and_people_whole() -> None:
    row = GOOD | {"kind": "convergence", "amount": "₹ 2.5 lakh", "people": "१,२५०", "scheme": "S1"}
    (kept,) = read_entries(content(row), "x.csv", CODES).rows
    assert (kept["amount"], kept["people"]) == (25_000_000, 1250)
    (kept,) = read_entries(content(GOOD), "x.csv", CODES).rows
    assert (kept["amount"], kept["people"]) == (None, None)


@pytest.mark.parametrize(
    ("change", "key", "value"),
    [
        ({"agency": "IA-Z"}, "entries.bad_agency", "IA-Z"),
        ({"quarter": "2026"}, "entries.bad_quarter", "2026"),
        ({"kind": "rumour"}, "entries.bad_kind", "rumour"),
        ({"theme": "X1"}, "entries.bad_theme", "X1"),
        ({"department": "X2"}, "entries.bad_department", "X2"),
        ({"scheme": "X3"}, "entries.bad_scheme", "X3"),
        ({"department": ""}, "entries.no_department", "Lend."),
        ({"request": ""}, "entries.no_request", "Coal is dear."),
        ({"urgency": "very"}, "entries.bad_urgency", "very"),
        ({"urgency": ""}, "entries.bad_urgency", ""),
        ({"amount": "lots"}, "entries.bad_figure", "lots"),
        ({"amount": "-5"}, "entries.bad_figure", "-5"),
        ({"amount": "0.001"}, "entries.bad_figure", "0.001"),
        ({"people": "2.5"}, "entries.bad_figure", "2.5"),
        ({"people": "(3)"}, "entries.bad_figure", "(3)"),
    ],
)
def test_what_cannot_be_used_is_told_with_line_and_value(change, key, value) -> None:
    told = problem(ASKED | change)
    assert told.key == key
    for language in ("en", "hi"):
        text = told.text(language)
        assert "IA-A.entries.csv" in text
        assert "3" in text
        assert value in text


def test_only_requests_need_department_request_and_urgency() -> None:
    assert read_entries(content(GOOD | {"urgency": "sometime"}), "x.csv", CODES).problems == ()


def test_blank_rows_are_no_problem() -> None:
    entries = read_entries(content(GOOD, {}, GOOD), "x.csv", CODES)
    assert [row["place"] for row in entries.rows] == ["line 2", "line 4"]


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"", b"agency,quarter\n"])
def test_a_file_that_is_none_of_entries_is_refused(bad: bytes) -> None:
    with pytest.raises(RequestError) as refused:
        read_entries(bad, "x.csv", CODES)
    assert "x.csv" in refused.value.text("hi")


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(body: bytes, under_our_header: bool) -> None:
    given_bytes = content() + body if under_our_header else body
    try:
        read_entries(given_bytes, "x.csv", CODES)
    except RequestError as refused:
        assert refused.text("en")


@pytest.mark.parametrize(
    ("change", "nearest"),
    [
        ({"kind": "training_need", "request": "L3-G2-M99"}, "L3-G2-M9"),
        ({"kind": "training_need", "request": "L3-G2M8"}, "L3-G2-M8"),
        ({"department": "BANK"}, "BANKS"),
        ({"theme": "RAWMATS"}, "RAWMAT"),
        ({"scheme": "S2"}, "S1"),
        ({"agency": "IA-B"}, "IA-A"),
    ],
)
def test_a_mistyped_code_is_refused_and_the_nearest_is_named(change, nearest: str) -> None:
    """A training module that nobody knows became another one in the learning document."""
    told = problem(ASKED | change)
    for language in ("en", "hi"):
        assert nearest in told.text(language)


def test_a_training_need_may_leave_the_module_blank() -> None:
    row = GOOD | {"kind": "training_need", "theme": "RAWMAT"}
    assert read_entries(content(row), "x.csv", CODES).problems == ()


def test_an_agency_that_is_not_active_in_the_quarter_has_no_entries() -> None:
    told = problem(ASKED | {"quarter": "2025-26-Q4"})
    assert told.key == "entries.not_active"
    for language in ("en", "hi"):
        assert "IA-A" in told.text(language)
        assert "2025-26-Q4" in told.text(language)


def test_a_department_by_its_former_code_is_read_with_a_notice() -> None:
    entries = read_entries(content(ASKED | {"department": "DIC"}), "x.csv", CODES)
    assert entries.problems == ()
    (row,) = entries.rows
    assert row["department"] == "DOIC"
    (notice,) = entries.notices
    for language in ("en", "hi"):
        assert "DIC" in notice.text(language)
        assert "DOIC" in notice.text(language)


# Contributors and kinds of help: lists that are open.

OPEN = replace(
    CODES,
    contributors={"banks": "BANKS", "banks (public)": "BANKS", "dc-handloom": "DC-HANDLOOM"},
    kinds_of_help={"workshed": "WORKSHED", "loan": "LOAN"},
)
GIVEN = GOOD | {"kind": "convergence", "department": "DC-HANDLOOM"}


@pytest.mark.parametrize(
    ("change", "kept", "notice"),
    [
        ({}, ("DC-HANDLOOM", ""), None),
        ({"department": "dc-handloom", "help": "workshed"}, ("DC-HANDLOOM", "WORKSHED"), None),
        ({"department": "Banks (public)"}, ("BANKS", ""), None),
        ({"department": "DIC"}, ("DOIC", ""), ("former_department", "DIC", None)),
        ({"department": "DC-HANDLOM"}, ("DC-HANDLOM", ""), ("unknown_contributor", "DC-HANDLOM", "DC-HANDLOOM")),
        ({"help": "worksheds"}, ("DC-HANDLOOM", "worksheds"), ("unknown_help", "worksheds", "WORKSHED")),
        ({"help": "Solar lamps"}, ("DC-HANDLOOM", "Solar lamps"), None),
    ],
)  # fmt: skip
def test_a_contributor_that_is_not_listed_is_kept_with_a_notice(change, kept, notice) -> None:
    read = read_entries(content(GIVEN | change, header=COLUMNS), "x.csv", OPEN)
    assert read.problems == ()
    assert [(row["department"], row["help"]) for row in read.rows] == [kept]
    found = [(one.key, one.params["value"], one.params.get("nearest")) for one in read.notices]
    assert found == ([(f"entries.{notice[0]}", *notice[1:])] if notice else [])
    for one in read.notices:
        for language in ("en", "hi"):
            assert " 2: " in one.text(language) and one.params["value"] in one.text(language)


def test_a_request_still_needs_a_department_of_the_list() -> None:
    asked = ASKED | {"department": "DC-HANDLOOM"}
    (told,) = read_entries(content(asked), "x.csv", OPEN).problems
    assert (told.key, told.params["value"]) == ("entries.bad_department", "DC-HANDLOOM")


@pytest.mark.parametrize("column", ["units", "women", "rate"])
@pytest.mark.parametrize("value", ["many", "-1"])
def test_figures_of_help_are_figures(column: str, value: str) -> None:
    read = read_entries(content(GIVEN | {column: value}, header=COLUMNS), "x.csv", OPEN)
    assert [one.key for one in read.problems] == ["entries.bad_figure"]
