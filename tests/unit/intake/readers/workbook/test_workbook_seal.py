"""The seal: whole only on the template we made, for whom and when we made it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from openpyxl import load_workbook
from openpyxl.workbook.defined_name import DefinedName
from tests.unit.intake.readers.workbook.samples import (
    KEY,
    QUARTER,
    blank,
    cell,
    context,
    filled,
    framework,
    saved,
)

from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.readers.workbook.template_seal import SealState, find_seal_state
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.template.write_template import write_template


def state(
    content: bytes,
    key: bytes = KEY,
    agency: str = "IA-INDPH",
    quarter: str = QUARTER.key,
    by=None,
) -> SealState:
    outcome = read_workbook(content)
    assert isinstance(outcome, WorkbookUpdate), outcome
    return find_seal_state(outcome.seal, key, agency, quarter, by or framework())


def test_our_own_template_holds_filled_or_not():
    assert state(blank()) is SealState.OK
    assert state(filled({"in_OP2_total": 5, "note_OP2": "x"})) is SealState.OK
    assert state(blank("FC", "hi"), agency="FC-IND") is SealState.OK


@pytest.mark.parametrize("field", ["agency", "quarter", "framework", "template", "names", "code"])
def test_a_changed_field_breaks_it(field):
    assert state(filled({f"seal_{field}": "IA-UJPLA"})) is SealState.BROKEN


def test_another_key_breaks_it():
    assert state(blank(), key=b"another") is SealState.BROKEN


@pytest.mark.parametrize("name", ["in_OP2_total", "note_OP2", "nil_return", "entry_lesson_text"])
def test_a_name_taken_away_or_added_breaks_it(name):
    book = load_workbook(io.BytesIO(blank()))
    defined = book.defined_names.pop(name)
    assert state(saved(book)) is SealState.BROKEN
    book.defined_names[name] = defined
    assert state(saved(book)) is SealState.OK
    book.defined_names["in_ZZ9_total"] = DefinedName("in_ZZ9_total", attr_text=defined.attr_text)
    assert state(saved(book)) is SealState.BROKEN


def test_a_persons_own_names_do_no_harm():
    book = load_workbook(io.BytesIO(blank()))
    own = book.defined_names["in_OP2_total"]
    book.defined_names["my_total"] = DefinedName("my_total", attr_text=own.attr_text)
    assert state(saved(book)) is SealState.OK


def test_a_template_for_someone_else_or_another_time_is_told_apart():
    assert state(blank(), agency="IA-UJPLA") is SealState.OTHER
    assert state(blank(), quarter="2026-27-Q1") is SealState.OTHER
    assert state(blank(), agency="ia-indph") is SealState.OK


def test_a_template_asks_what_the_framework_asks_now():
    amended = framework().indicators
    fewer = replace(framework(), indicators=amended[1:], holds_from="2099-00-Q1")
    assert state(blank(), by=fewer) is SealState.UNKNOWN_TEMPLATE
    other_words = replace(framework(), digest="0" * 64)
    assert state(blank(), by=other_words) is SealState.OK


def test_no_seal_is_an_unknown_template():
    book = load_workbook(io.BytesIO(blank()))
    cell(book, "seal_code").value = None
    assert state(saved(book)) is SealState.UNKNOWN_TEMPLATE


def test_the_key_does_not_show():
    secret = replace(context(), key=b"very secret indeed")
    assert "very secret indeed" not in repr(secret)
    assert b"very secret indeed" not in write_template(secret)


def test_every_state_has_words():
    for one in SealState:
        for language in LANGUAGES:
            assert text(one.text_key, language)
