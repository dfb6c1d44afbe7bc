"""A table in the workbook: what its sheet shows, and what is read and found once it was filled in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from tests.unit.intake.readers.workbook.samples import KEY, cell, context, reference, saved
from tests.unit.tables.table_samples import QUARTER, SHIPPED, load_with_tables

from cpsa.checks.rule_kinds import apply_rules
from cpsa.checks.structure_rules import StructureResult, judge_structure
from cpsa.checks.submission_rules import Submission
from cpsa.framework.loader import load_framework
from cpsa.framework.model import Framework
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.readers.workbook.blank_template import is_blank_template
from cpsa.intake.readers.workbook.template_seal import is_whole
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.services.workbooks.fresh_places import map_fresh_places
from cpsa.services.workbooks.mark_workbook import make_mark
from cpsa.services.workbooks.typed_values import collect_typed_values
from cpsa.submissions.finding import Finding, describe_finding
from cpsa.submissions.table_rows import TableRow, TableValue, TypedTable, TypedValue
from cpsa.submissions.update import Update
from cpsa.template.filled_values import FilledValues
from cpsa.template.marked_copy.marked_workbook import mark_workbook_cells
from cpsa.template.write_template import write_template

TABLES = {"IA": "steps", "FC": "applications"}
YELLOW, FIRST = "FFFFF7CC", 6
DAY = datetime.fromisoformat("2026-03-31")
APPLICATIONS = ("department", "scheme", "opening", "filed", "approved", "over_30")


@pytest.fixture(scope="module")
def framework(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return load_with_tables(tmp_path_factory.mktemp("framework"))


def write(framework: Framework, form: str, language: str = "en", **more: object) -> bytes:
    made = context(form, language, **more)
    return write_template(type(made)(**{**vars(made), "framework": framework}))


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content), rich_text=False)


def fill(content: bytes, table: str, row: int, values: Mapping[str, object]) -> bytes:
    """The workbook with values in a row of a table, counted from its first."""
    book = opened(content)
    for column, value in values.items():
        cell(book, f"table_{table}_{column}", row).value = value
    return saved(book)


def read(content: bytes) -> WorkbookUpdate:
    found = read_workbook(content)
    assert isinstance(found, WorkbookUpdate)
    return found


def judge(framework: Framework, form: str, content: bytes) -> tuple[StructureResult, list[Finding]]:
    lists = {
        "department": reference().department_codes,
        "scheme": {code: code for code in reference().schemes},
    }
    found = read(content)
    assert found.seal is not None and is_whole(found.seal, KEY) and found.sheet_fault is None
    agency, quarter = found.seal.agency, found.seal.quarter
    judged = judge_structure(found.update, agency, quarter, form, framework, lists=lists)
    findings = [
        finding
        for case in (judged, Submission(judged))
        for finding in apply_rules(framework, case)
        if finding.rule.startswith("T")
    ]
    return judged, findings


def make_row(key: str, place: str, **values: int | str) -> TableRow:
    return TableRow(
        key,
        place,
        {
            code: TableValue(value, "", place)
            if isinstance(value, int)
            else TableValue(None, value, place)
            for code, value in values.items()
        },
    )


LAST = make_row(
    "DOIC/New one", "line 2", department="DOIC", scheme="New one", filed=900, pending=700
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_shows_its_table_in_both_languages(framework: Framework, language: str) -> None:
    book = opened(write(framework, "IA", language))
    title = {"en": "Steps", "hi": "हिंदी Steps"}[language]
    page = book[title]
    said = [str(page.cell(row, 1).value) for row in (1, 2, FIRST - 1)]
    for text, line in zip(("Steps", "The dates of each step.", "Step"), said, strict=True):
        assert text in line and f"हिंदी {text}" in line
    assert [str(page.cell(row, 1).value).partition(" – ")[0] for row in (6, 7, 8)] == [
        *("CCC", "SPV", "DPR"),
    ]
    assert page.protection.sheet and all(page.cell(row, 1).protection.locked for row in (6, 7, 8))
    for column in range(2, 7):
        typed = page.cell(FIRST, column)
        assert not typed.protection.locked and typed.fill.fgColor.rgb == YELLOW
    assert not [name for name in book.defined_names if "applications" in name]


def test_a_sheet_offers_lists_and_computes_what_is_not_typed(framework: Framework) -> None:
    book = opened(write(framework, "FC"))
    page = book["Applications"]
    offered = {
        str(one.sqref).partition(":")[0]: (one.formula1, one.showErrorMessage)
        for one in page.data_validations.dataValidation
        if one.type == "list"
    }
    assert offered == {"A6": ("list_department", True), "B6": ("list_scheme", False)}
    assert "table_applications_pending" not in book.defined_names
    computed = page.cell(FIRST, 6)
    assert computed.protection.locked and computed.value.startswith("=IF(")


def test_a_list_of_its_own_is_offered(framework: Framework) -> None:
    book = opened(write(framework, "IA"))
    assert cell(book, "list_steps_step").value == "CCC – CCC"


def test_an_untouched_template_gives_no_table_and_is_blank(framework: Framework) -> None:
    for form in TABLES:
        content = write(framework, form)
        judged, findings = judge(framework, form, content)
        assert judged.tables == {} and findings == []
        assert is_blank_template(read(content), KEY)


def test_filled_rows_are_read_with_their_cells(framework: Framework) -> None:
    content = write(framework, "FC")
    row = {"department": "DOIC – any label", "scheme": "New – one", "opening": 5, "filed": "१२"}
    content = fill(content, "applications", 0, row)
    below = {"department": "DOIC", "scheme": "Another", "filed": 4}
    judged, findings = judge(framework, "FC", fill(content, "applications", 25, below))
    first, second = judged.tables["applications"].rows
    assert (first.key, second.key) == ("DOIC/New – one", "DOIC/Another"), "one below the frame"
    assert (first.get_figure("filed"), first.get_figure("pending")) == (1200, 1700)
    assert first.values["filed"].place == "Applications!D6"
    assert second.place == "Applications!A31"
    assert findings == []


DATES: list[Any] = [DAY, date(2026, 3, 31), "31.03.2026", "31/3/2026"]


@pytest.mark.parametrize("typed", DATES, ids=str)
def test_a_date_is_read_however_it_is_shown(framework: Framework, typed: object) -> None:
    book = opened(write(framework, "IA"))
    target = cell(book, "table_steps_actual", 1)
    target.value, target.number_format = typed, "mmm-yy"
    judged, findings = judge(framework, "IA", saved(book))
    (row,) = judged.tables["steps"].rows
    assert (row.key, row.get_text("actual")) == ("SPV", "2026-03-31") and findings == []


BAD = [
    ("IA", {"actual": "31.02.2026"}, "C6", "steps.actual"),
    ("IA", {"received": "about ten", "actual": "2026-01-01"}, "D6", "steps.received"),
    ("FC", {"department": "XX9", "scheme": "S", "filed": 1}, "A6", "applications.department"),
    ("FC", {"department": "DOIC", "scheme": "S", "approved": 1}, "D6", "applications.filed"),
    ("FC", {"department": "DOIC", "filed": 1}, "B6", "applications.scheme"),
]


@pytest.mark.parametrize(("form", "values", "place", "column"), BAD)
def test_a_value_that_cannot_be_used_is_found_at_its_cell_and_marked(
    framework: Framework, form: str, values: dict[str, object], place: str, column: str
) -> None:
    content = fill(write(framework, form), TABLES[form], 0, values)
    _, (finding, *others) = judge(framework, form, content)
    title = {"IA": "Steps", "FC": "Applications"}[form]
    assert others == []
    assert (finding.rule, finding.indicator, finding.place) == ("T01", column, f"{title}!{place}")
    for language in LANGUAGES:
        assert "table.expected" not in describe_finding(finding, framework, language)
        mark = make_mark(finding, framework, language, None)
        marked = mark_workbook_cells(content, [mark], language)
        assert describe_finding(finding, framework, language) in str(
            opened(marked)[title][place].comment.text
        )
        assert judge(framework, form, marked)[1] == [finding], "it can be corrected in place"


def test_a_figure_that_shows_another_is_found(framework: Framework) -> None:
    book = opened(write(framework, "IA"))
    target = cell(book, "table_steps_received")
    target.value, target.number_format = 11.8, '0.00" lakh"'
    _, (finding,) = judge(framework, "IA", saved(book))
    assert (finding.observed, finding.place) == ("11.80 lakh", "Steps!D6")
    assert "11.8" in describe_finding(finding, framework, "hi")


def test_what_a_date_is_shown_as_is_no_matter(framework: Framework) -> None:
    row = {
        "step": TypedValue("CCC", "Steps!A6"),
        "actual": TypedValue("2026-03-31", "Steps!C6", "Mar-26"),
    }
    typed = TypedTable("steps", tuple(row), (("Steps!A6", row),))
    judged = judge_structure(Update((), tables=(typed,)), "A", "2026-27-Q1", "IA", framework)
    assert judged.tables["steps"].whole and judged.findings == ()


def test_a_workbook_of_an_earlier_template_has_no_table(framework: Framework) -> None:
    earlier = load_framework(QUARTER, SHIPPED, None)
    content = write(earlier, "FC")
    assert read(content).update.tables == ()
    assert judge(framework, "FC", content)[0].tables == {}


def test_a_key_column_that_was_deleted_is_found_in_each_row(framework: Framework) -> None:
    content = write(framework, "FC")
    for row in range(2):
        content = fill(content, "applications", row, {"department": "DOIC", "filed": 1})
    book = opened(content)
    book.defined_names["table_applications_scheme"].attr_text = "Applications!#REF!"
    _, findings = judge(framework, "FC", saved(book))
    assert [(found.indicator, found.place) for found in findings] == [
        ("applications.scheme", "Applications!A6"),
        ("applications.scheme", "Applications!A7"),
    ]


def test_texts_like_codes_of_indicators_make_no_sheet_suspect(framework: Framework) -> None:
    content = write(framework, "FC")
    for row, scheme in enumerate(("AB1", "AB2", "OP1")):
        values = {"department": "DOIC", "scheme": scheme, "filed": 1}
        content = fill(content, "applications", row, values)
    assert read(content).sheet_fault is None


def test_rows_accepted_last_are_shown_with_a_locked_key(framework: Framework) -> None:
    content = write(framework, "FC", last_tables={"applications": [LAST]})
    page = opened(content)["Applications"]
    assert [page.cell(FIRST, column).value for column in range(1, 5)][1:] == ["New one", 7, None]
    assert page.cell(FIRST, 2).protection.locked and not page.cell(FIRST, 3).protection.locked
    shown = load_workbook(io.BytesIO(content), data_only=True)["Applications"].cell(FIRST, 6).value
    assert shown == 7, "what is pending, before anything was typed"
    assert judge(framework, "FC", content)[0].tables == {}, "nothing but what the sheet shows"
    judged, _ = judge(framework, "FC", fill(content, "applications", 0, {"filed": 2}))
    (row,) = judged.tables["applications"].rows
    assert (row.key, row.get_figure("pending")) == ("DOIC/New one", 900)


def test_fixed_rows_show_the_dates_accepted_last(framework: Framework) -> None:
    last = [make_row("SPV", "line 2", step="SPV", planned="2026-03-31")]
    content = write(framework, "IA", last_tables={"steps": last})
    page = opened(content)["Steps"]
    assert [page.cell(row, 2).value for row in (6, 7, 8)] == [None, DAY, None]
    (row,) = judge(framework, "IA", content)[0].tables["steps"].rows
    assert row.get_text("planned") == "2026-03-31"


def test_what_was_typed_is_in_a_fresh_template_and_found_there(framework: Framework) -> None:
    """Rows with a locked key come first, so a row may be elsewhere than in the agency's file."""
    last = {"last_tables": {"applications": [LAST]}}
    content = write(framework, "FC")
    new = {"department": "DOIC", "scheme": "S", "filed": "x"}
    known = {"department": "DOIC", "scheme": "new ONE", "filed": 3}
    content = fill(fill(content, "applications", 2, new), "applications", 4, known)
    filled = collect_typed_values(read(content))
    fresh = write(framework, "FC", filled=filled, **last)
    judged, (finding,) = judge(framework, "FC", fresh)
    assert [row.key for row in judged.tables["applications"].rows] == ["DOIC/New one"]
    assert map_fresh_places(read(content), fresh)["Applications!D8"] == finding.place
    assert write(framework, "FC", filled=FilledValues(), **last) != fresh


def copy_sheet(content: bytes, title: str, place: str, value: object) -> bytes:
    """The workbook with a copy of a sheet, as Excel makes it, in which a cell is something else."""
    book = opened(content)
    page = book.copy_worksheet(book[title])
    page.title = f"{title} (2)"
    page[place].value = value
    return saved(book)


@pytest.mark.parametrize(("form", "place"), [("IA", "C6"), ("FC", "D6")])
def test_a_sheet_that_is_there_twice_with_other_rows_is_refused_by_name(
    framework: Framework, form: str, place: str
) -> None:
    content = write(framework, form)
    title = {"IA": "Steps", "FC": "Applications"}[form]
    assert read(copy_sheet(content, title, place, None)).sheet_fault is None, "it says the same"
    copied = copy_sheet(content, title, place, 5)
    fault = read(copied).sheet_fault
    assert str(fault) == f"workbook.table_twice: “{title}”, “{title} (2)”"
    for language in LANGUAGES:
        cause, _, detail = str(fault).partition(": ")
        assert f"{title} (2)" in catalogue.text(cause, language, detail=detail)
    book = opened(copied)
    book[title][place].value = 5
    del book[f"{title} (2)"]
    assert read(saved(book)).sheet_fault is None, "the advice was followed"


def test_another_sheet_of_the_agency_is_no_copy(framework: Framework) -> None:
    book = opened(write(framework, "FC"))
    page = book.create_sheet("Notes")
    for place, value in (("A5", "Department"), ("B5", "Our own list"), ("A6", "DOIC")):
        page[place].value = value
    assert read(saved(book)).sheet_fault is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_sheet_and_the_guide_name_the_tables(framework: Framework, language: str) -> None:
    book = opened(write(framework, "FC", language))
    title = {"en": "Applications", "hi": "हिंदी Applications"}[language]
    first, guide = (
        "\n".join(str(found.value) for row in page for found in row if found.value)
        for page in (book.worksheets[0], book[{"en": "Guide", "hi": "मार्गदर्शिका"}[language]])
    )
    assert f"“{title}”" in first
    for shown in (
        "Applications",
        "One row for each department and scheme.",
        "Pending over 30 days",
    ):
        assert shown in guide and f"हिंदी {shown}" in guide
    without = opened(write(replace(framework, tables={}), "FC", language)).worksheets[0]
    assert not any("तालिकाएँ" in str(found.value) for row in without for found in row)
