"""P12: units and rate of an entry against its amount, from both sides, in a CSV and in a workbook."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.factories import INCLUDE, Clerk, RegistryFolder, csv_text
from tests.unit.intake.readers.workbook.samples import AGENCIES, QUARTER, blank, cell, saved

from cpsa.calendar import Quarter
from cpsa.checks.rule_kinds import apply_rules
from cpsa.checks.structure_rules import judge_structure
from cpsa.checks.submission_rules import Submission
from cpsa.framework.loader import load_framework
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.readers.entries_reader import (
    COLUMNS,
    HEADER,
    Entries,
    EntryCodes,
    read_entries,
    select_usable_rows,
)
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.publication.document_inputs import digest_entries, digest_frame
from cpsa.services.reports.list_findings import list_findings
from cpsa.store.database import read_transaction
from cpsa.store.queries import entry_queries
from cpsa.submissions.entry_amounts import ENTRY_AMOUNT
from cpsa.submissions.finding import describe_finding
from cpsa.submissions.update import Update

Q1 = "2025-26-Q1"
HELP = {"kind": "convergence", "department": "BANKS", "help": "WORKSHED", "text": "Worksheds."}
# Sixty-four at ₹ 9,000: ₹ 5,76,000.
RIGHT = {"units": "64", "rate": "₹ 9,000", "amount": "5.76 lakh"}


def give(clerk: Clerk, folder: Path, *rows: dict[str, str], columns: Any = COLUMNS) -> list[str]:
    """Load a file of entries and check the quarter; the notices of the load."""
    made = [{"agency": "IA-A", "quarter": Q1} | row for row in rows]
    folder.mkdir(exist_ok=True)
    file = folder / "help.csv"
    lines = [[row.get(name, "") for name in columns] for row in made]
    file.write_text(csv_text([columns, *lines]), "utf-8")
    (item,) = load_entries(clerk.office, file, Quarter.parse(Q1).due_by).items
    assert (item.outcome, item.problem) == ("entries", "")
    clerk.check(Q1)
    return [*item.notices]


def find(clerk: Clerk) -> list[dict[str, Any]]:
    found = list_findings(clerk.office, Quarter.parse(Q1))
    return found[found["rule"] == "P12"].to_dict("records")


@pytest.fixture
def reported(clerk: Clerk, tmp_path: Path) -> Clerk:
    """An office with one agency, whose update of the quarter was checked."""
    made = RegistryFolder(agencies={"IA-A": Q1}, recipients={"DOIC": "doic@example.org"})
    made.load(clerk.office, tmp_path / "registry", Quarter.parse(Q1).opens_at)
    clerk.send("IA-A", Q1, nil=True)
    clerk.check(Q1)
    return clerk


CODES = EntryCodes(
    agencies=[*AGENCIES.values()], themes=(), departments={"BANKS": "BANKS"}, schemes=()
)
OWNER = {"agency": AGENCIES["IA"], "quarter": QUARTER.key, "kind": "convergence"}


def read_csv(values: dict[str, str]) -> Entries:
    row = {"department": "BANKS", "help": "WORKSHED", **OWNER, **values}
    lines = [COLUMNS, [row.get(name, "") for name in COLUMNS]]
    return read_entries(csv_text(lines).encode(), "help.csv", CODES)


def read_workbook(values: dict[str, str]) -> Entries:
    book = load_workbook(io.BytesIO(blank()))
    typed = {"department": "BANKS – Banks", "help": "WORKSHED – Workshed", **values}
    for column, value in typed.items():
        cell(book, f"entry_convergence_{column}").value = value
    read = read_update(saved(book))
    assert isinstance(read, WorkbookUpdate)
    lines = [(row.place, {**row.values, **OWNER}) for row in read.entries]
    return select_usable_rows(lines, "", CODES)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, False),
        ({"amount": "5,76,000.01"}, True),
        ({"amount": "5,75,999.99"}, True),
        ({"rate": "9,000.01"}, True),
        ({"units": "63"}, True),
        ({"units": ""}, False),
        ({"rate": ""}, False),
        ({"amount": ""}, False),
        ({"units": "0", "amount": "0"}, False),
        ({"units": "0"}, True),
    ],
)
@pytest.mark.parametrize(
    ("read", "place"), [(read_csv, "line 2"), (read_workbook, "Convergence!A6")]
)
def test_units_times_rate_is_the_amount(read: Any, place: str, change: Any, found: bool) -> None:
    entries = read(RIGHT | change)
    assert entries.problems == ()
    amounts = entry_queries.list_entry_amounts(entries.rows)
    framework = load_framework(QUARTER, INCLUDE / "programme" / "framework")
    judged = judge_structure(Update(()), AGENCIES["IA"], QUARTER.key, "IA", framework)
    told = apply_rules(framework, Submission(judged, entry_amounts=amounts))
    assert [(one.rule, one.place) for one in told] == [("P12", place)] * found


def test_a_finding_names_the_entry_its_file_and_line_in_both_languages(
    reported: Clerk, tmp_path: Path
) -> None:
    rows = HELP | RIGHT, HELP | RIGHT | {"amount": "5 lakh"}
    give(reported, tmp_path / "entries", *rows)
    (finding,) = find(reported)
    assert (finding["severity"], finding["indicator"]) == ("warning", ENTRY_AMOUNT)
    assert finding["dimension"] == "BANKS/WORKSHED (2)"
    assert finding["place"] == "line 3 (help.csv)"
    framework = reported.office.load_framework(Quarter.parse(Q1))
    english, hindi = (describe_finding(finding, framework, language) for language in LANGUAGES)
    assert english.startswith("Convergence: Amount (₹), BANKS/WORKSHED (2): ₹ 5,00,000")
    assert "₹ 5,76,000" in english and "₹ 5,76,000" in hindi and "अभिसरण" in hindi


def test_the_newest_file_counts_and_its_correction_ends_the_finding(
    reported: Clerk, tmp_path: Path
) -> None:
    give(reported, tmp_path / "entries", HELP | RIGHT | {"amount": "1"})
    assert len(find(reported)) == 1
    give(reported, tmp_path / "entries", HELP | RIGHT)
    assert find(reported) == []


def test_other_entries_are_not_judged(reported: Clerk, tmp_path: Path) -> None:
    give(reported, tmp_path / "entries", HELP | RIGHT | {"kind": "success", "amount": "1"})
    assert find(reported) == []


def test_a_file_without_the_columns_is_read_and_not_judged(reported: Clerk, tmp_path: Path) -> None:
    give(reported, tmp_path / "entries", HELP | RIGHT, columns=HEADER)
    assert find(reported) == []
    with read_transaction(reported.office.engine) as connection:
        kept = entry_queries.load_entries(connection, Q1)
    assert list(kept["amount"]) == [5_76_000_00] and list(kept["help"]) == [""]
    assert digest_entries(kept) == digest_frame(
        kept.drop(columns=["help", "units", "rate", "women"])
    ), "documents of before stay as they are"


def test_an_update_that_comes_later_is_judged_with_them(reported: Clerk, tmp_path: Path) -> None:
    give(reported, tmp_path / "entries", HELP | RIGHT | {"amount": "1"})
    reported.send("IA-A", Q1, {"OP1": 4})
    reported.check(Q1)
    (finding,) = find(reported)
    assert finding["version"] == 2


def test_before_the_release_nothing_is_judged() -> None:
    framework = INCLUDE / "programme" / "framework"
    quarter = Quarter.parse(Q1)
    assert "P12" not in load_framework(quarter, framework, {"1.7.0": "2025-26-Q2"}).rules
    assert "P12" in load_framework(quarter, framework, {"1.7.0": Q1}).rules
