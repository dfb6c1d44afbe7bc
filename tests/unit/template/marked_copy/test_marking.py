"""Marks on an agency's own workbook: where they stand, what survives them, how they come off."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment
from tests.factories import INCLUDE, ROOT
from tests.unit.intake.readers.workbook.samples import (
    KEY,
    QUARTER,
    blank,
    cell,
    changed,
    filled,
    framework,
    saved,
    sheet_part,
)

from cpsa.intake.readers.workbook.template_seal import SealState, find_seal_state
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.template.marked_copy import marking_process
from cpsa.template.marked_copy.fault_mark import FaultMark
from cpsa.template.marked_copy.marked_workbook import mark_workbook_cells

SAID = {"in_OP2_total": "about 12", "in_OP2_women": 3, "in_OP1_total": 5, "note_OP1": "why"}
ERROR = FaultMark("S01", True, "OP2: “about 12” is not a number.", "Write digits.", "in_OP2_total")
WARNING = FaultMark("Q02", False, "OP1 is five times as large.", "Explain it.", "in_OP1_total")
GROUP = FaultMark("Q05", False, "The score is under 0.5.", "Explain it.", "note_output")
WHOLE = FaultMark("S07", True, "The template is unknown.", "Fill ours.")


def read(content: bytes) -> WorkbookUpdate:
    outcome = read_workbook(content)
    assert isinstance(outcome, WorkbookUpdate), outcome
    return outcome


def marked(*marks: FaultMark, content: bytes | None = None, language: str = "en") -> bytes:
    return mark_workbook_cells(filled(SAID) if content is None else content, marks, language)


def opened(content: bytes):
    return load_workbook(io.BytesIO(content), rich_text=True)


def comment(book, name: str) -> str | None:
    said = cell(book, name).comment
    return said.text if said else None


def rows(book) -> list[tuple[str, ...]]:
    return list(book.worksheets[0].iter_rows(min_row=5, values_only=True))


def looks(one) -> tuple[str, str, str]:
    return one.fill.fgColor.rgb, one.border.left.style, one.border.left.color.rgb


def test_what_a_workbook_says_is_the_same_under_its_marks():
    before, after = read(filled(SAID)), read(marked(ERROR, WARNING, GROUP, WHOLE))
    assert after == before
    state = find_seal_state(after.seal, KEY, "IA-INDPH", QUARTER.key, framework())
    assert state is SealState.OK


def test_a_faulty_cell_is_filled_framed_and_commented():
    book = opened(marked(ERROR, WARNING))
    assert comment(book, "in_OP2_total") == (
        "CPSA · S01 · To be corrected\nOP2: “about 12” is not a number.\n→ Write digits."
    )
    assert cell(book, "in_OP2_total").border.left.style == "thick"
    assert cell(book, "in_OP1_total").border.left.style == "mediumDashed"
    fills = {looks(cell(book, f"in_OP{one}_total"))[0] for one in (1, 2, 3)}
    assert len(fills) == 3
    assert not cell(book, "in_OP2_total").protection.locked
    assert comment(book, "in_OP3_total") is None


def test_errors_come_first_and_the_rest_in_the_order_told():
    found = rows(opened(marked(WARNING, WHOLE, GROUP, ERROR)))
    assert [row[2] for row in found] == ["S07", "S01", "Q02", "Q05"]
    assert [row[0] for row in found] == ["1", "2", "3", "4"]
    assert {row[1] for row in found} == {"To be corrected", "Please explain"}


def test_every_line_of_the_list_links_to_its_cell():
    book = opened(marked(ERROR, GROUP, WHOLE))
    assert [row[3] for row in rows(book)] == ["Output!F7", "whole file", "Output!D20"]
    page = book.worksheets[0]
    links = [page.cell(row, 4).hyperlink for row in range(5, 8)]
    assert [one and one.location for one in links] == ["'Output'!F7", None, "'Output'!D20"]


def test_the_list_stands_first_and_alone_is_selected():
    book = opened(marked(ERROR))
    assert book.sheetnames[:2] == ["What to correct · क्या सुधारें", "Start"]
    assert opened(marked(ERROR, language="hi")).sheetnames[0] == "क्या सुधारें · What to correct"
    selected = [sheet.title for sheet in book if sheet.sheet_view.tabSelected]
    assert selected == book.sheetnames[:1]
    assert book.active.title == book.sheetnames[0]


def test_one_cell_says_all_that_is_told_of_it():
    also = FaultMark("Q07", False, "Women are missing.", "Fill in.", "in_OP2_total")
    book = opened(marked(also, ERROR))
    said = comment(book, "in_OP2_total")
    assert said.index("S01") < said.index("Q07")
    assert cell(book, "in_OP2_total").border.left.style == "thick"


def test_protection_validation_names_and_hidden_sheets_survive():
    before, after = opened(filled(SAID)), opened(marked(ERROR, WARNING, GROUP))
    assert set(after.defined_names) - set(before.defined_names) == {"marks_list"}
    for sheet in before:
        same = after[sheet.title]
        assert same.sheet_state == sheet.sheet_state
        assert same.protection.sheet == sheet.protection.sheet
        assert same.protection.insertRows == sheet.protection.insertRows
        assert same.freeze_panes == sheet.freeze_panes
        assert same.print_title_rows == sheet.print_title_rows
        rules = [
            (str(rule.sqref), rule.type, rule.formula1, rule.prompt)
            for rule in sheet.data_validations.dataValidation
        ]
        kept = [
            (str(rule.sqref), rule.type, rule.formula1, rule.prompt)
            for rule in same.data_validations.dataValidation
        ]
        assert kept == rules
    assert after.worksheets[0].protection.sheet


def test_new_marks_take_the_place_of_old_ones():
    first = marked(ERROR, WARNING, GROUP)
    second = opened(marked(WARNING, content=first))
    assert len(second.sheetnames) == len(opened(first).sheetnames)
    assert [row[2] for row in rows(second)] == ["Q02"]
    assert comment(second, "in_OP2_total") is comment(second, "note_output") is None
    assert comment(second, "in_OP1_total").count("Q02") == 1
    clean = opened(blank())
    assert looks(cell(second, "in_OP2_total")) == looks(cell(clean, "in_OP2_total"))
    assert looks(cell(second, "note_output")) == looks(cell(clean, "note_output"))


def test_a_renamed_list_is_known_again_and_a_deleted_one_is_not_missed():
    book = opened(marked(ERROR))
    book.worksheets[0].title = "Mine"
    book.defined_names["marks_list"].attr_text = "Mine!$A$1"  # as a spreadsheet would
    assert "Mine" not in opened(marked(ERROR, content=saved(book))).sheetnames
    book.remove(book.worksheets[0])
    book.defined_names["marks_list"].attr_text = "#REF!"
    assert len(opened(marked(ERROR, content=saved(book))).sheetnames) == len(book.sheetnames) + 1


def test_an_agencys_own_comment_stays():
    book = opened(filled(SAID))
    cell(book, "in_OP2_total").comment = Comment("ask Ravi", "me")
    cell(book, "in_OP3_total").comment = Comment("later", "me")
    first = marked(ERROR, content=saved(book))
    assert comment(opened(first), "in_OP2_total").endswith("ask Ravi")
    twice = opened(marked(ERROR, content=first))
    assert comment(twice, "in_OP2_total").count("ask Ravi") == 1
    without = opened(marked(WARNING, content=first))
    assert comment(without, "in_OP2_total") == "ask Ravi"
    assert comment(without, "in_OP3_total") == "later"


def test_results_of_formulas_are_kept():
    at = cell(opened(blank()), "in_OP2_total").coordinate.encode()

    def with_result(xml: bytes) -> bytes:
        start = xml.index(b'<c r="%s"' % at)
        end = xml.index(b"/>", start)
        return xml[:end] + b' t="str"><f>"a&amp;b"&amp;1</f><v>a&amp;b1</v></c>' + xml[end + 2 :]

    content = changed(blank(), sheet_part(blank(), "Output"), with_result)
    after = read(marked(ERROR, content=content))
    assert after == read(content)
    assert [(one.formula, one.text) for one in after.update.cells if one.formula] == [
        ('="a&b"&1', "a&b1")
    ]


def test_a_formula_that_was_never_calculated_stays_so():
    content = filled({"in_OP2_total": "=SUM(1,2)"})
    assert read(marked(ERROR, content=content)) == read(content)


def test_an_input_whose_cell_was_deleted_is_listed_without_a_link():
    book = opened(filled(SAID))
    book.defined_names["in_OP2_total"].attr_text = "#REF!"
    assert [row[3] for row in rows(opened(marked(ERROR, content=saved(book))))] == ["whole file"]


@pytest.mark.parametrize("said", ["=1+1", "a\x00b\ud800￿", "x" * 40_000])
def test_whatever_is_quoted_is_text(said):
    book = opened(marked(FaultMark("S01", True, said, said, "in_OP2_total")))
    assert not any(one.data_type == "f" for row in book.worksheets[0].iter_rows() for one in row)


def test_the_same_marks_give_the_same_bytes_in_another_process():
    script = (
        "import hashlib; from tests.unit.template.marked_copy.test_marking import *;"
        "print(hashlib.sha256(marked(ERROR, WARNING, content=blank())).hexdigest())"
    )
    paths = os.pathsep.join([str(ROOT), str(INCLUDE)])
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": paths, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Kolkata"))
    }
    here = marked(ERROR, WARNING, content=blank())
    assert said == {hashlib.sha256(here).hexdigest()}


def test_the_limited_process_marks_the_same():
    content = filled(SAID)
    alone = marking_process.mark_in_process(content, [ERROR, WARNING], "hi")
    assert alone == marked(ERROR, WARNING, content=content, language="hi")


@pytest.mark.slow  # until the limit of time is reached
@pytest.mark.parametrize(
    "hostile",
    [
        b'<mergeCells count="1"><mergeCell ref="A1:ZZ9999"/></mergeCells>',
        b'<hyperlinks><hyperlink ref="A1:ZZ9999" location="A1"/></hyperlinks>',
    ],
    ids=["merged", "linked"],
)
def test_what_would_eat_the_machine_is_given_up(hostile):
    def with_hostile(xml: bytes) -> bytes:
        # Of two lists of merged cells only one would count.
        own = re.sub(rb"<mergeCells.*?</mergeCells>", b"", xml, flags=re.DOTALL)
        return own.replace(b"</sheetData>", b"</sheetData>" + hostile)

    part = sheet_part(blank(), "Output")
    content = changed(blank(), part, with_hostile)
    assert marking_process.mark_in_process(content, [ERROR], "en") is None
    assert marking_process.mark_in_process(b"no workbook", [ERROR], "en") is None


def test_a_mark_leads_to_what_its_check_means():
    address = "https://updates.example.org/checks?language=en#S01"
    told = [replace(ERROR, address=address), WARNING]
    content = mark_workbook_cells(filled(SAID), told, "en")
    assert content == mark_workbook_cells(filled(SAID), told, "en")
    book = load_workbook(io.BytesIO(content))
    links = {
        cell.hyperlink.target
        for row in book.worksheets[0].iter_rows()
        for cell in row
        if cell.hyperlink and cell.hyperlink.target
    }
    assert links == {address}
    notes = [
        cell.comment.text
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    ]
    assert sum(address in text for text in notes) == 1
    again = mark_workbook_cells(content, [WARNING], "en")
    assert address.encode() not in b"".join(parts(again).values())


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
