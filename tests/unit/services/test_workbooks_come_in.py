"""A template goes out, comes back filled, and is judged like any other update."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from tests.factories import SAMPLE, Clerk, day_after_quarter

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.workbooks.build_template import build_template
from cpsa.store.database import read_transaction
from cpsa.store.queries import submission_queries

AGENCY, QUARTER = "FC-BHO", "2024-25-Q3"


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    load_registry(clerk.office, SAMPLE / "registry", day_after_quarter(QUARTER))
    return clerk


def filled(template: bytes, values: Mapping[str, object]) -> bytes:
    """The template as an agency sends it back: values by the name of their input."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    for name, value in values.items():
        ((sheet, place),) = book.defined_names[name].destinations
        book[sheet][place.replace("$", "")] = value
    sent = io.BytesIO()
    book.save(sent)
    return sent.getvalue()


def everything(clerk: Clerk, **values: object) -> dict[str, object]:
    """A figure for every input of the form, 1 unless told otherwise."""
    framework = clerk.office.load_framework(Quarter.parse(QUARTER))
    inputs = {
        f"in_{one.code}_{dimension or 'total'}": 1
        for one in framework.form_indicators("FC")
        for dimension in ("", *one.dimensions)
    }
    return inputs | values


def send(clerk: Clerk, content: bytes, agency: str = AGENCY, suffix: str = ".xlsx") -> str:
    """Collect and check one workbook; the state it comes to."""
    file = clerk.folder / QUARTER / f"{agency}{suffix}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    at = day_after_quarter(QUARTER)
    collect_updates(clerk.office, file, at)
    return check_quarter(clerk.office, Quarter.parse(QUARTER), at).judgements[-1].state


def rules(clerk: Clerk) -> list[tuple[str, str]]:
    found = list_findings(clerk.office, Quarter.parse(QUARTER))
    return list(zip(found["rule"], found["place"], strict=True))


def test_a_filled_template_is_accepted_with_its_figures(clerk: Clerk) -> None:
    template = build_template(clerk.office, AGENCY, Quarter.parse(QUARTER))
    assert template == build_template(clerk.office, AGENCY, Quarter.parse(QUARTER))
    content = filled(template, everything(clerk, in_FW2_total="1,250", in_FW2_women="१२"))
    assert send(clerk, content) == "accepted"
    with read_transaction(clerk.office.engine) as connection:
        facts = submission_queries.load_facts(connection, [1])
    women = facts[(facts["indicator"] == "FW2")].set_index("dimension")
    assert women["hundredths"].to_dict() == {"": 125_000, "women": 1_200}
    assert all("!" in place for place in facts["place"])


def test_a_finding_says_sheet_and_cell(clerk: Clerk) -> None:
    template = build_template(clerk.office, AGENCY, Quarter.parse(QUARTER))
    assert send(clerk, filled(template, everything(clerk, in_FA1_total="about 12"))) == "returned"
    (rule, place), *_ = rules(clerk)
    assert rule == "S01"
    assert "!" in place


def test_another_agencys_template_is_refused(clerk: Clerk) -> None:
    template = build_template(clerk.office, "FC-IND", Quarter.parse(QUARTER))
    assert send(clerk, filled(template, everything(clerk))) == "rejected"
    assert [rule for rule, _ in rules(clerk)] == ["S06"]


def test_a_template_that_was_tampered_with_is_refused(clerk: Clerk) -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(build_template(clerk.office, AGENCY, Quarter.parse(QUARTER)))
    )
    (seal,) = [sheet for sheet in book if sheet.sheet_state == "veryHidden"]
    for row in seal.iter_rows():
        for cell in row:
            if cell.value == QUARTER:
                cell.value = "2024-25-Q4"
    sent = io.BytesIO()
    book.save(sent)
    assert send(clerk, sent.getvalue()) == "rejected"
    assert [rule for rule, _ in rules(clerk)] == ["S07"]


def test_a_workbook_of_ones_own_is_refused(clerk: Clerk, tmp_path: Path) -> None:
    sent = io.BytesIO()
    openpyxl.Workbook().save(sent)
    assert send(clerk, sent.getvalue()) == "rejected"
    assert [rule for rule, _ in rules(clerk)] == ["S07"]


@pytest.mark.parametrize(
    ("suffix", "content"), [(".xlsx", b"PK no zip"), (".xlsm", b"x"), (".doc", b"x")]
)
def test_what_no_reader_takes_is_unreadable(clerk: Clerk, suffix: str, content: bytes) -> None:
    assert send(clerk, content, suffix=suffix) == "unreadable"
    assert [rule for rule, _ in rules(clerk)] == ["S00"]


def test_a_template_is_only_for_who_owes(clerk: Clerk) -> None:
    with pytest.raises(RequestError, match="IA-CHHAN"):
        build_template(clerk.office, "IA-CHHAN", Quarter.parse(QUARTER))
