"""A marked workbook opened, corrected and saved in LibreOffice, as an agency would."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

import pytest
from openpyxl import load_workbook
from tests.unit.intake.readers.workbook.conftest import let_the_clerk
from tests.unit.intake.readers.workbook.samples import KEY, QUARTER, blank, cell, filled, framework
from tests.unit.template.marked_copy.test_marking import ERROR, GROUP, SAID, WARNING

from cpsa.intake.readers.workbook.template_seal import SealState, find_seal_state
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.template.marked_copy.marked_workbook import mark_workbook_cells

pytestmark = pytest.mark.slow

FORMATS = ("xlsx", "xls", "ods")


@pytest.fixture(scope="session")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    folder = tmp_path_factory.mktemp("mending")
    content = filled({**SAID, "in_OP3_total": "=1+2"})
    (folder / "marked.xlsx").write_bytes(
        mark_workbook_cells(content, [ERROR, WARNING, GROUP], "hi")
    )
    return let_the_clerk("mend", folder)


def test_the_office_sees_the_marks_and_what_was_there_before(mended):
    seen = json.loads(mended["seen.json"])
    assert seen["active"] == seen["sheets"][0] == "क्या सुधारें · What to correct"
    assert seen["sheets"][1] == "Start"
    assert seen["hidden"] == ["Lists", "Seal"]
    assert seen["protected"]
    assert seen["choices"] == "list_theme"
    assert seen["calculated"] == "3"
    assert {place: said.split("\n")[0] for place, said in seen["notes"].items()} == {
        "Output!5,5": "CPSA · Q02 · कृपया स्पष्टीकरण दें",
        "Output!5,6": "CPSA · S01 · सुधारना है",
        "Output!3,19": "CPSA · Q05 · कृपया स्पष्टीकरण दें",
    }


@pytest.mark.parametrize("ending", FORMATS)
def test_mended_in_the_office_it_is_read_with_its_seal_whole(mended, ending):
    outcome = read_workbook(mended[f"mended.{ending}"])
    assert isinstance(outcome, WorkbookUpdate), outcome
    said = {(one.indicator, one.dimension): one for one in outcome.update.cells if one.text}
    assert {key: one.text for key, one in said.items()} == {
        ("OP1", ""): "5",
        ("OP2", ""): "1,250",
        ("OP2", "women"): "3",
        ("OP3", ""): "3",
    }
    assert said["OP2", ""].place == "Output!F9"
    assert [(one.about, one.text) for one in outcome.explanations] == [("OP1", "why")]
    assert outcome.entries == ()
    assert outcome.sheet_fault is None
    assert find_seal_state(outcome.seal, KEY, "IA-INDPH", QUARTER.key, framework()) is SealState.OK


def test_marks_that_went_through_the_office_come_off_again(mended):
    again = mark_workbook_cells(mended["unmended.xlsx"], [ERROR], "hi")
    book = load_workbook(io.BytesIO(again))
    listed = [title for title in book.sheetnames if "What to correct" in title]
    assert listed == book.sheetnames[:1]
    assert cell(book, "in_OP2_total").coordinate == "F9"
    assert cell(book, "in_OP2_total").comment.text.count("S01") == 1
    clean = load_workbook(io.BytesIO(blank()))
    for name in ("in_OP1_total", "note_output"):
        assert cell(book, name).comment is None
        fill = cell(book, name).fill.fgColor.rgb
        assert fill[-6:] == cell(clean, name).fill.fgColor.rgb[-6:]
        assert cell(book, name).border.left.style == "thin"
