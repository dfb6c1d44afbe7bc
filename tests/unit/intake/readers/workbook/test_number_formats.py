"""A figure is what the sender saw: number formats that show another figure than a cell contains."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsa.intake.readers.workbook.number_format import find_other_figure, is_other_figure

OTHER = [
    (11.8, '0.00" lakh"', "11.80 lakh"),
    (11.8, '0.00" Cr"', "11.80 Cr"),
    (11.8, '#,##0.0\\ "लाख"', "11.8 लाख"),
    (25, '0"K"', "25K"),
    (0.5, "0%", "50%"),
    (1, "0%", "100%"),
    (0.125, "0.0%", "12.5%"),
    (1_180_052, "#,##0,", "1,180"),
    (11_800_520, '0.0,,"M"', "11.8M"),
    (1250, "[$$-409]#,##0.00", "$1,250.00"),
    (1250, '"€"0', "€1250"),
    (-12, "0;0", "12"),
    (11.8, '[<100]0.0" lakh";0', "11.8 lakh"),
    (7, 'General" lakh"', "7 lakh"),
]
SAME = [
    "General", "0", "0.00", "#,##0", "#,##0.00", "##,##,##0", "@", "0.00E+00", "00000",
    '"₹" #,##0', "[$₹-4009] #,##0.00", "[$Rs.-4009]#,##0", '"Rs. "0', "[$INR] 0", '0"/-"', '0" nos"',
    "[Red]0", "#,##0;[Red]#,##0", "#,##0;-#,##0", "0_);(0)", "#,##0.00_ ;[Red]\\-#,##0.00\\ ",
    '_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-', "[$-2000439]0", "0.0?",
    "[>=10000000]##\\,##\\,##\\,##0;[>=100000]##\\,##\\,##0;##,##0",
]  # fmt: skip


@pytest.mark.parametrize(("value", "code", "shown"), OTHER)
def test_a_format_that_changes_size_or_unit_is_quoted_as_shown(value, code, shown) -> None:
    assert find_other_figure(value, code) == shown


@pytest.mark.parametrize("code", SAME)
@pytest.mark.parametrize("value", [11.8, 0, 1_180_052, 7])
def test_a_format_that_groups_rounds_or_colours_changes_nothing(value: float, code: str) -> None:
    assert find_other_figure(value, code) == ""


@pytest.mark.parametrize("code", ["dd/mm/yyyy", "h:mm", "[h]:mm:ss", ";;;", '"yes"'])
def test_a_date_or_a_hidden_number_is_another_figure(code: str) -> None:
    assert find_other_figure(44_000, code)


@given(st.text(max_size=40), st.floats(allow_nan=False, allow_infinity=False))
def test_any_code_is_judged_without_an_error(code: str, value: float) -> None:
    assert isinstance(find_other_figure(value, code), str)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("11.8", "11.80 lakh"), ("0.5", "50%"), ("1", "100 %"), ("1180052", "1,180"), ("1250", "$1,250.00"),
        ("11.8", "11.8 लाख"), ("25", "25K"), ("1", "0"), ("7", "6"),
    ],
)  # fmt: skip
def test_what_an_open_document_shows_is_compared(text: str, shown: str) -> None:
    assert is_other_figure(text, shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("11.8", "12"), ("11.8", "₹ 11.80"), ("1180052", "11,80,052"), ("1180052", "1.180.052,00"),
        ("-500", "(500)"), ("-500", "-500"), ("0", "-"), ("1180052", "###"), ("1180052", "1.18E+06"),
        ("125", "१२५"), ("5", "5 nos."), ("250000", "Rs. 2,50,000/-"), ("7", ""),
    ],
)  # fmt: skip
def test_what_only_looks_otherwise_is_the_same_figure(text: str, shown: str) -> None:
    assert not is_other_figure(text, shown)
