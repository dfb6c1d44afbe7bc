"""An update that was returned comes back to its agency as its own workbook, with marks."""

from __future__ import annotations

import io
from collections.abc import Mapping
from html import escape

import openpyxl
import pytest
from tests.factories import SAMPLE, Clerk, day_after_quarter
from tests.unit.intake.file_guard.hostile import ods
from tests.unit.services.test_workbooks_come_in import everything, filled, rules, send

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.intake.readers.workbook import defined_names
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.workbooks.build_template import build_filled_template, build_template
from cpsa.services.workbooks.mark_workbook import mark_workbook
from cpsa.template.filled_values import FilledValues
from cpsa.template.marked_copy import marking_process

pytestmark = pytest.mark.slow

AGENCY, QUARTER = "FC-BHO", Quarter.parse("2024-25-Q3")


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    load_registry(clerk.office, SAMPLE / "registry", day_after_quarter(QUARTER.key))
    return clerk


def sent(clerk: Clerk, suffix: str = ".xlsx", **values: object) -> str:
    template = build_template(clerk.office, AGENCY, QUARTER)
    return send(clerk, filled(template, everything(clerk, **values)), suffix=suffix)


def back(clerk: Clerk, version: int = 1, language: str = "en"):
    content = mark_workbook(clerk.office, AGENCY, QUARTER, version, language)
    assert content is not None
    assert content == mark_workbook(clerk.office, AGENCY, QUARTER, version, language)
    return content


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def comments(content: bytes) -> Mapping[str, str]:
    return {
        f"{sheet.title}!{cell.coordinate}": cell.comment.text
        for sheet in opened(content)
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }


def listed(content: bytes) -> list[tuple[str, str]]:
    """The rules and places on the first sheet."""
    rows = opened(content).worksheets[0].iter_rows(min_row=5, values_only=True)
    return [(row[2], row[3]) for row in rows]


def test_what_was_returned_is_marked_where_the_findings_say(clerk: Clerk) -> None:
    assert sent(clerk, in_FA1_total="about 12", in_FW2_women=5) == "returned"
    content = back(clerk)
    found = [one for one in rules(clerk) if one[1]]
    assert [one for one in listed(content) if one in found] == found
    said = comments(content)
    assert set(said) == {place for _, place in listed(content)} - {"whole file"}
    for rule, place in found:
        assert rule in said[place]
    assert "cannot be read as a number" in said[dict(found)["S01"]]
    assert "संख्या" in comments(back(clerk, language="hi"))[dict(found)["S01"]]


def test_mended_in_place_it_is_accepted(clerk: Clerk) -> None:
    assert sent(clerk, in_FA1_total="about 12") == "returned"
    assert send(clerk, filled(back(clerk), {"in_FA1_total": 12})) == "accepted"


def test_a_marked_workbook_sent_again_unmended_is_returned_for_the_same(clerk: Clerk) -> None:
    assert sent(clerk, in_FA1_total="about 12") == "returned"
    first = back(clerk)
    found = rules(clerk)
    assert send(clerk, first) == "returned"
    assert rules(clerk) == found
    second = back(clerk, version=2)
    assert listed(second) == listed(first)
    assert comments(second) == comments(first)
    assert len(opened(second).sheetnames) == len(opened(first).sheetnames)


def test_explained_warnings_are_not_requested_again(clerk: Clerk) -> None:
    assert sent(clerk, in_FA1_total="about 12", in_FW1_total=5, in_FW2_total=0) == "returned"
    assert "Q01" in dict(listed(back(clerk)))
    said = WarningAnswer("Q01", "FW2", "", "Nobody came.")
    explain_warnings(
        clerk.office, AGENCY, QUARTER, [said], "portal", day_after_quarter(QUARTER.key)
    )
    assert "Q01" not in dict(listed(back(clerk)))


def test_an_accepted_workbook_without_questions_has_nothing_to_mark(clerk: Clerk) -> None:
    assert sent(clerk) == "accepted"
    asked = load_agency_quarter(clerk.office, AGENCY, QUARTER).open_warnings
    said = [WarningAnswer(one.rule, one.indicator, one.dimension, "Rains.") for one in asked]
    explain_warnings(clerk.office, AGENCY, QUARTER, said, "portal", day_after_quarter(QUARTER.key))
    assert mark_workbook(clerk.office, AGENCY, QUARTER, 1, "en") is None


def test_csv_and_what_nobody_examined_have_no_workbook(clerk: Clerk) -> None:
    clerk.send(AGENCY, QUARTER.key, {"FA1": "about 12"})
    assert mark_workbook(clerk.office, AGENCY, QUARTER, 1, "en") is None
    clerk.check(QUARTER.key)
    assert mark_workbook(clerk.office, AGENCY, QUARTER, 1, "en") is None
    assert mark_workbook(clerk.office, AGENCY, QUARTER, 2, "en") is None


def test_what_cannot_be_read_has_no_workbook(clerk: Clerk) -> None:
    assert send(clerk, b"PK no zip") == "unreadable"
    assert mark_workbook(clerk.office, AGENCY, QUARTER, 1, "en") is None


def test_a_broken_seal_brings_a_fresh_template_with_the_figures(clerk: Clerk) -> None:
    book = opened(build_template(clerk.office, AGENCY, QUARTER))
    del book.defined_names["in_FW2_total"]
    content = io.BytesIO()
    book.save(content)
    assert send(clerk, filled(content.getvalue(), {"in_FA1_total": 17})) == "rejected"
    fresh = read_workbook(back(clerk))
    assert [one.text for one in fresh.update.cells if one.text] == ["17"]
    assert listed(back(clerk)) == [("S07", "whole file")]
    assert not comments(back(clerk))
    assert send(clerk, filled(back(clerk), everything(clerk))) == "accepted"


def test_another_agencys_workbook_brings_a_blank_template(clerk: Clerk) -> None:
    template = build_template(clerk.office, "FC-IND", QUARTER)
    assert send(clerk, filled(template, everything(clerk))) == "rejected"
    fresh = read_workbook(back(clerk))
    assert [one.text for one in fresh.update.agencies] == [AGENCY]
    assert not any(one.text for one in fresh.update.cells)


def test_an_ods_comes_back_as_a_template_filled_with_what_was_understood(
    clerk: Clerk,
) -> None:
    said = FilledValues(
        {("FA1", ""): "about 12"}, True, {"FA1": "why"}, {"lesson": [{"text": "x"}]}
    )
    content = build_filled_template(clerk.office, AGENCY, QUARTER, said)
    assert send(clerk, as_ods(content), suffix=".ods") == "returned"
    fresh = read_workbook(back(clerk))
    assert [one.text for one in fresh.update.cells if one.text] == ["about 12"]
    assert fresh.update.nil is not None
    assert [(one.about, one.text) for one in fresh.explanations] == [("FA1", "why")]
    assert [one.values["text"] for one in fresh.entries] == ["x"]
    assert ("S01", fresh.update.cells[0].place) in listed(back(clerk))
    assert send(clerk, filled(back(clerk), everything(clerk, nil_return=None))) == "accepted"


def as_ods(content: bytes) -> bytes:
    """A filled workbook as a small .ods: its sheets with the same cells, and its names."""
    book = opened(content)
    ranges = []
    for name, defined in book.defined_names.items():
        if defined_names.is_template_name(name):
            sheet, _, area = defined.attr_text.rpartition("!")
            at = f"${sheet}.{area.partition(':')[0]}"
            ranges.append(
                f'<table:named-range table:name="{name}" table:cell-range-address="{at}"/>'
            )
    sheets = "".join(ods_sheet(sheet) for sheet in book.worksheets)
    return ods(f"{sheets}<table:named-expressions>{''.join(ranges)}</table:named-expressions>")


def ods_sheet(sheet) -> str:
    """A sheet's values as text."""
    rows = "".join(
        f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>"
        for row in sheet.iter_rows(values_only=True)
    )
    return f'<table:table table:name="{escape(sheet.title)}">{rows}</table:table>'


def ods_cell(value: object) -> str:
    text = "" if value is None else f"<text:p>{escape(str(value))}</text:p>"
    return f"<table:table-cell>{text}</table:table-cell>"


def test_a_workbook_that_is_too_heavy_to_mark_comes_back_as_a_fresh_one(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sent(clerk, in_FA1_total="about 12") == "returned"
    monkeypatch.setattr(marking_process, "mark_in_process", lambda *said: None)
    fresh = read_workbook(back(clerk))
    assert {one.text for one in fresh.update.cells} == {"1", "about 12"}


def test_who_owes_nothing_has_no_workbook(clerk: Clerk) -> None:
    with pytest.raises(RequestError, match="IA-CHHAN"):
        build_filled_template(clerk.office, "IA-CHHAN", QUARTER, FilledValues())
