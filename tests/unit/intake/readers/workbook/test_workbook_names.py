"""Defined names and the references they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsa.intake.readers.workbook import defined_names
from cpsa.intake.readers.workbook.defined_names import Area


@pytest.mark.parametrize(
    "spelled",
    [
        "'It''s'!$C$5",
        "='It''s'!$C$5",
        "$'It''s'.$C$5",
        "$'It''s'.$C$5:.$C$5",
        "$'It''s'.$C$5:$'It''s'.$C$5",
        "'It''s'!C5",
    ],
)
def test_every_office_program_spells_a_cell_its_own_way(spelled):
    assert defined_names.parse_area(spelled) == Area("It's", 5, 3, 5, 3)


@pytest.mark.parametrize("spelled", ["S!$C$5:$D$9", "$S.$C$5:.$D$9", "$S.$C$5:$S.$D$9"])
def test_ranges(spelled):
    assert defined_names.parse_area(spelled) == Area("S", 5, 3, 9, 4)


def test_a_sheet_may_have_a_dot_or_hindi_in_its_name():
    assert defined_names.parse_area("a.b!$C$5") == Area("a.b", 5, 3, 5, 3)
    assert defined_names.parse_area("$'उत्पादन (आउटपुट)'.$C$8") == Area("उत्पादन (आउटपुट)", 8, 3, 8, 3)


@pytest.mark.parametrize(
    "nowhere",
    [
        "",
        "#REF!",
        "S!#REF!",
        "S!$A$0",
        "S!$A$10001",
        "S!$AAA$1",
        "S!$B$2:$A$1",
        "A1",
        "1+1",
        "'" * 9,
    ],
)
def test_what_points_nowhere_is_no_area(nowhere):
    assert defined_names.parse_area(nowhere) is None


@given(st.text(max_size=400))
def test_no_reference_is_an_error(text):
    defined_names.parse_area(text)


@given(st.integers(1, 16384))
def test_columns_have_letters(number):
    assert defined_names.column_number(defined_names.column_letters(number)) == number


@pytest.mark.parametrize("key", [("OP2", ""), ("OC3P", "poverty"), ("X1", "below_the_line")])
def test_an_inputs_name_says_what_it_is_for(key):
    assert defined_names.input_key(defined_names.input_name(*key)) == key


@pytest.mark.parametrize("key", [("OP_2", ""), ("", ""), ("OP2", "total"), ("OP2", "Women!")])
def test_codes_that_no_name_can_hold_are_a_fault_of_the_framework(key):
    with pytest.raises(ValueError, match="no defined name"):
        defined_names.input_name(*key)


def test_families_keep_apart():
    assert defined_names.entry_key("entry_policy_support_text") == ("policy_support", "text")
    assert defined_names.table_key(defined_names.table_name("applications", "over_30")) == (
        "applications",
        "over_30",
    )
    assert defined_names.table_key("table_1") is None and not defined_names.is_template_name(
        "Table_1"
    )
    assert defined_names.note_subject("note_general") == ""
    assert defined_names.note_subject("note_output") == "output"
    assert defined_names.input_key("note_OP2") is None
    assert not defined_names.is_template_name("list_theme")
    assert (
        defined_names.digest_names(["b", "A"])
        == defined_names.digest_names(["a", "B", "b"])
        != defined_names.digest_names(["a"])
    )
