"""The template workbook: what it asks, offers and shows, and that it is the same each time."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile

import pytest
from openpyxl import load_workbook
from tests.factories import INCLUDE, ROOT, indicators
from tests.unit.intake.readers.workbook.samples import QUARTER, blank, cell, context, reference

from cpsa.i18n.catalogue import load_catalogue
from cpsa.i18n.text import Text
from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.readers.workbook.number_format import find_other_figure
from cpsa.template.filled_values import FilledValues
from cpsa.template.template_context import TemplateAgency, TemplateContext
from cpsa.template.write_template import write_template

BOTH_FORMS_AND_LANGUAGES = [(form, lang) for form in ("IA", "FC") for lang in ("en", "hi")]
ENTRY_SHEETS = {
    "success": "Successes",
    "challenge": "Challenges",
    "lesson": "Lessons",
    "suggestion": "Suggestions",
    "policy_support": "Policy support",
    "training_need": "Training needs",
    "convergence": "Convergence",
}


def opened(form: str = "IA", language: str = "en"):
    return load_workbook(io.BytesIO(blank(form, language)))


def asked(form: str) -> set[str]:
    """The names of all inputs by the test suite's own table of indicators."""
    return {
        f"in_{row['code']}_{part}"
        for row in indicators(form)
        for part in ("total", *re.findall(r"\w+", row["dimensions"]))
    }


@pytest.mark.parametrize(("form", "language"), BOTH_FORMS_AND_LANGUAGES)
def test_every_total_and_part_of_the_form_has_one_named_unlocked_input(form, language):
    book = opened(form, language)
    inputs = {name for name in book.defined_names if name.startswith("in_")}
    assert inputs == asked(form)
    places = {book.defined_names[name].attr_text for name in inputs}
    assert len(places) == len(inputs)
    for name in inputs | {"nil_return", "note_general", f"note_{indicators(form)[0]['code']}"}:
        assert cell(book, name).value is None
        assert not cell(book, name).protection.locked, name


def test_every_sheet_is_protected_without_a_password_and_rows_may_be_inserted():
    for sheet in opened():
        assert sheet.protection.sheet, sheet.title
        assert not sheet.protection.password
        if sheet.sheet_state == "visible":
            assert not sheet.protection.insertRows


def test_sheets_are_one_for_each_group_and_kind_of_entry_and_the_seal_is_out_of_sight():
    book = opened()
    visible = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    groups = ["Budget", "Activities", "Stakeholder contribution", "Capacity building"]
    groups += ["Output", "Outcome", "Impact", "Sustainability"]
    tables = ["Milestones", "Money for the common facility"]
    assert visible == ["Start", *groups, *tables, *ENTRY_SHEETS.values(), "Guide"]
    assert {sheet.title: sheet.sheet_state for sheet in book}["Seal"] == "veryHidden"


def test_beside_an_input_stand_the_last_accepted_value_and_the_target():
    book = opened()
    total, women = cell(book, "in_OP2_total"), cell(book, "in_OP2_women")
    assert total.offset(column=-1).value == "123"
    assert women.offset(column=-1).value == "45"
    assert total.offset(column=-2).value == "150"
    assert cell(book, "in_B1_total").offset(column=-1).value == "₹ 2,50,00,000"
    assert cell(book, "in_OP1_total").offset(column=-1).value == "–"


@pytest.mark.parametrize(("language", "first", "second"), [("en", "T", "प"), ("hi", "प", "T")])
def test_the_agencys_language_comes_first_and_the_other_below(language, first, second):
    book = opened(language=language)
    label = cell(book, "in_OP2_total").offset(column=-4).value
    assert [line[0] for line in label.split("\n")] == [first, second]


def test_no_validation_stops_what_people_type():
    for sheet in opened():
        for rule in sheet.data_validations.dataValidation:
            assert rule.errorStyle in ("information", "warning"), (sheet.title, rule.sqref)


def test_a_hint_doubts_only_what_would_come_back():
    book = opened()
    rules = {
        str(rule.sqref): rule.formula1 for rule in book["Outcome"].data_validations.dataValidation
    }
    persons = cell(book, "in_OC3P_total").coordinate
    assert f"{persons}<0" in rules[persons]
    assert f"INT({persons})" in rules[persons]
    signed_rupees = cell(book, "in_OC1_total").coordinate
    assert rules[signed_rupees] is None
    signed_count = cell(book, "in_OC5_total").coordinate
    assert "<0" not in rules[signed_count]


@pytest.mark.parametrize(("form", "language"), BOTH_FORMS_AND_LANGUAGES)
def test_drop_downs_offer_every_code_with_its_label(form, language):
    book = opened(form, language)
    offered = {
        "theme": {one.code: one.name for one in reference().themes.values()},
        "department": {one.code: one.name for one in reference().departments.values()},
        "scheme": {one.code: one.name for one in reference().schemes.values()},
        "module": {one.code: one.title for one in reference().training_modules.values()},
    }
    for name, labels in offered.items():
        title, _, area = book.defined_names[f"list_{name}"].attr_text.rpartition("!")
        shown = [row[0].value for row in book[title.strip("'")][area.replace("$", "")]]
        assert shown == [f"{code} – {label.in_(language)}" for code, label in labels.items()]
    for kind, title in ENTRY_SHEETS.items():
        if language == "en":
            column = cell(book, f"entry_{kind}_theme")
            rules = book[title].data_validations.dataValidation
            assert any(
                rule.formula1 == "list_theme" and column.coordinate in rule.sqref for rule in rules
            )


@pytest.mark.parametrize("form", ["IA", "FC"])
def test_the_guide_explains_every_indicator_with_its_source(form):
    guide = opened(form)["Guide"]
    rows = {row[0].value: [one.value for one in row] for row in guide.iter_rows(min_row=5)}
    of_tables = "–"  # in place of a code
    assert set(rows) - {of_tables} == {row["code"] for row in indicators(form)}
    for indicator in context(form).framework.form_indicators(form):
        assert rows[indicator.code][1] == f"{indicator.label.en}\n{indicator.label.hi}"
        assert rows[indicator.code][-1] == indicator.source


def test_the_same_context_gives_the_same_bytes_in_another_process():
    script = (
        "import hashlib, sys; from tests.unit.intake.readers.workbook.samples import blank;"
        "print(hashlib.sha256(blank('IA', 'hi')).hexdigest())"
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
    assert said == {hashlib.sha256(blank("IA", "hi")).hexdigest()}


@pytest.mark.parametrize(
    "change",
    [{"key": b"another"}, {"quarter": QUARTER + 1}, {"targets": {}}, {"last": {}}],
    ids=lambda change: next(iter(change)),
)
def test_another_context_gives_other_bytes(change):
    whole = {name: getattr(context(), name) for name in context().__dataclass_fields__}
    assert write_template(TemplateContext(**{**whole, **change})) != blank()


def test_a_name_that_begins_like_a_formula_stays_text():
    agency = TemplateAgency("IA-INDPH", "IA", Text("=1+1", "=1+1"), "en")
    whole = {name: getattr(context(), name) for name in context().__dataclass_fields__}
    content = write_template(TemplateContext(**{**whole, "agency": agency}))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheets = [package.read(one) for one in package.namelist() if "worksheets/" in one]
    formulas = [one for sheet in sheets for one in re.findall(rb"<f>(.*?)</f>", sheet)]
    assert len(formulas) == len(context().list_groups())
    assert all(one.startswith(b'"Totals still blank: "&amp;') for one in formulas)


@pytest.mark.parametrize(("form", "language"), BOTH_FORMS_AND_LANGUAGES)
def test_the_door_lets_our_own_template_in(form, language):
    assert inspect_file(blank(form, language)) is FileKind.XLSX


def test_every_text_of_the_template_is_there_in_both_languages():
    texts = {key: both for key, both in load_catalogue().items() if key.startswith("template.")}
    assert len(texts) > 60
    for key, both in texts.items():
        assert set(both) == {"en", "hi"}, key
        assert both["en"].strip() and both["hi"].strip(), key
        named = [re.findall(r"{\w+}", said) for said in both.values()]
        assert named[0] == named[1], key


@pytest.mark.parametrize(("form", "language"), BOTH_FORMS_AND_LANGUAGES)
def test_the_first_sheet_says_how_rupees_are_written_and_counts_what_is_still_to_do(form, language):
    book = opened(form, language)
    said = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    for key in ("how.rupees", "how.copy", "officer.name", "officer.designation"):
        assert any(load_catalogue()[f"template.{key}"][language] in one for one in said), key
    counted = [one for one in said if one.startswith('="')]
    assert len(counted) == len(context(form).list_groups())
    assert load_catalogue()["template.complete.blank"][language] in counted[0]


def test_what_is_still_to_do_is_right_before_anything_is_calculated():
    filled = FilledValues({("B1", ""): "5", ("B2", ""): " ", ("A1", ""): "1"}, nil=False)
    nil = FilledValues(nil=True)
    for given, budget, activities in ((filled, 1, 1), (nil, 1, 0)):
        content = write_template(context(filled=given))
        start = load_workbook(io.BytesIO(content), data_only=True)["Start"]
        told = {str(row[0].value).partition("\n")[0]: row[1].value for row in start.iter_rows()}
        assert told["Budget"].startswith(f"Totals still blank: {budget} ")
        assert told["Activities"].startswith(f"Totals still blank: {activities} ")
        assert told["Impact"].startswith("Totals still blank: 0 ")


def test_rupees_are_grouped_and_shown_as_they_are_read():
    book = opened()
    for row in indicators("IA"):
        code = cell(book, f"in_{row['code']}_total").number_format
        assert (code != "General") == (row["unit"] == "inr"), row["code"]
        for value in (0, 11.8, -1_250_000, 99_999, 100_000, 1_180_052.5, 11_800_520, 10**9):
            assert find_other_figure(value, code) == "", (row["code"], value)
