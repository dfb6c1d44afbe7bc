"""Reading figures as people write them, and printing them in both languages."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.oracle.figures import places4 as exact_places4

from cpsa import figures
from cpsa.figures import MISSING, UNREADABLE, ZERO, Reading

NUMBERS = [
    ("1,25,000", 125_000), ("125,000", 125_000), ("1,234,567", 1_234_567),
    ("12,34,567", 1_234_567), ("1,23,45,678", 12_345_678), ("₹ 2.5 lakh", 250_000),
    ("Rs. 1.2 crore", 12_000_000), ("Rs 2,50,000/-", 250_000), ("2.5 लाख", 250_000),
    ("1 करोड़", 10_000_000), ("3 lac", 300_000), ("1.5 cr", 15_000_000), ("१२५", 125),
    ("१,२५,०००", 125_000), ("१.५ लाख", 150_000), ("12.0", 12), ("12.50", Decimal("12.5")),
    (" 12 ", 12), ("\u00a012\u00a0", 12), ("0", 0), ("000", 0), ("007", 7), ("-5", -5),
    ("-0", 0), ("\u2212500", -500), ("(500)", -500), ("( 500 )", -500), ("(2.5 lakh)", -250_000),
    ("-₹ 500", -500), ("₹500/-", 500), ("RS. 5", 5), ("2.5 LAKH", 250_000), ("2.5lakh", 250_000),
    ("999", 999), ("1,000", 1000), ("10,000", 10_000), ("0.01", Decimal("0.01")),
    # Invisible characters, as a chat or web page leaves them, and typographic quotes.
    ("\u200b10", 10), ("1\u200e0", 10), ("\ufeff1,25,000\u200d", 125_000), ("“11,80,052”", 1_180_052),
    # The two ways in which a keyboard writes the last letter of the word.
    ("1 \u0915\u0930\u094b\u095c", 10_000_000), ("1 \u0915\u0930\u094b\u0921\u093c", 10_000_000),
]  # fmt: skip
ABSENT = ["", " ", "\t", "\u00a0", "-", " - ", "NA", "na", "N/A", "n/a"]
NOTHING = ["NIL", "nil", "Nil", " nIL ", "शून्य"]
NO_NUMBERS = [
    *("12 approx", "1O", "2-3", "1,2,5", "+5", "12/07/2025", "2025-07-12", "12-Jul-2025"),
    *("1,25", "12,5000", "1,23,456,789", "1,25,000,00", ",125", "125,", "1,,000", "0,125"),
    *("nan", "inf", "NaN", "-inf", "1_000", "1e5", "0x10", "--5", "5-", "1 2", "12%", "₹", "lakh"),
    *("1.2.3", "5.", ".5", "(5", "5)", "((5))", "(-5)", "-(5)", "₹-5", "$5", "5 kg", "NIL 0"),
    *(
        "N.A.",
        "none",
        "yes",
        "०.",
        "²",
        "٣",
        "½",
        "1 000",
        "Rs.",
        "/-",
        "2 lakh crore",
        "5 thousand",
    ),
    *("—", "–", "?", "#REF!", "=1+1", "“10", "10”", "“”", "1\u00ad 0x"),
]


@pytest.mark.parametrize(("text", "amount"), NUMBERS)
def test_what_people_write_is_understood(text: str, amount: Decimal | int) -> None:
    figure = figures.parse_figure(text)
    assert figure.reading is Reading.NUMBER
    assert figure.amount == amount
    assert figure.hundredths == amount * 100


@pytest.mark.parametrize("text", ABSENT)
def test_blanks_are_missing(text: str) -> None:
    assert figures.parse_figure(text) == MISSING
    assert figures.parse_figure(text).hundredths is None


@pytest.mark.parametrize("text", NOTHING)
def test_nil_is_a_confirmed_zero(text: str) -> None:
    assert figures.parse_figure(text) == ZERO
    assert figures.parse_figure(text).hundredths == 0


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_not_certain_is_not_read(text: str) -> None:
    assert figures.parse_figure(text) == UNREADABLE


CELLS = st.text("0123456789०१२९,.-−+() ₹/ RslakhcroreNIAलाखकरोड़\u00a0\u0000", max_size=14)


@given(st.one_of(st.text(max_size=40), CELLS))
@example("9" * 1_000_001)
@example("0." + "3" * 100_000)
@example("1" + "," * 10_000)
@example("\ud800")
def test_reading_never_raises(text: str) -> None:
    figure = figures.parse_figure(text)
    assert (figure.amount is None) == (figure.reading is not Reading.NUMBER)


@given(st.integers(-(10**12), 10**12))
def test_a_figure_is_read_as_it_was_printed_in_every_grouping(paise: int) -> None:
    """Indian and western grouping, plain digits and Devanagari ones say the same."""
    sign, magnitude = ("-" if paise < 0 else ""), abs(paise)
    whole, fraction = magnitude // 100, f".{magnitude % 100:02d}"
    indian = f"{sign}{figures.group_indian(whole)}{fraction}"
    devanagari = indian.translate(str.maketrans("0123456789", "०१२३४५६७८९"))
    for text in (indian, f"{sign}{whole:,}{fraction}", f"{sign}{whole}{fraction}", devanagari):
        assert figures.parse_figure(text).hundredths == paise


@given(st.integers(-(10**14), 10**14))
def test_printed_rupees_and_counts_are_read_back(hundredths: int) -> None:
    assert figures.parse_figure(figures.rupees(hundredths)).hundredths == hundredths
    assert figures.parse_figure(figures.count(hundredths)).hundredths == hundredths


@given(st.integers(-(10**14), 10**14), st.sampled_from(["en", "hi"]))
def test_lakh_and_crore_are_off_by_half_of_their_last_place_at_most(
    hundredths: int, language: str
) -> None:
    back = figures.parse_figure(figures.rupees_short(hundredths, language))
    assert back.amount is not None
    unit = next((one for one in (10**9, 10**7) if abs(hundredths) >= one), 0)
    assert abs(back.amount * 100 - hundredths) <= Decimal(unit) / 200


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [
        ("0.29", 29), ("1.15", 115), ("4.35", 435), ("1234567.89", 123_456_789),
        ("0.000001 crore", 1000), ("0.0000001 lakh", 1), ("90000000000000", 9_000_000_000_000_000),
    ],
)  # fmt: skip
def test_hundredths_are_exact_where_floats_are_not(text: str, hundredths: int) -> None:
    assert figures.parse_figure(text).hundredths == hundredths


@pytest.mark.parametrize("text", ["0.001", "0.00000001 lakh", "1." + "0" * 28 + "1", "12.345"])
def test_finer_than_a_hundredth_is_known_to_be(text: str) -> None:
    figure = figures.parse_figure(text)
    assert figure.reading is Reading.NUMBER
    assert not figure.is_whole_hundredths
    assert figure.hundredths is None


def test_whole_is_told_from_the_value_not_from_how_it_is_written() -> None:
    assert figures.parse_figure("12.00").is_whole
    assert figures.parse_figure("2.5 lakh").is_whole
    assert not figures.parse_figure("12.5").is_whole
    assert not figures.parse_figure("12.6").is_whole
    assert not MISSING.is_whole


@pytest.mark.parametrize("text", ["90000000000000.01", "900000001 lakh", "9000001 crore"])
def test_what_floats_cannot_hold_exactly_is_not_read(text: str) -> None:
    assert figures.parse_figure(text) == UNREADABLE


@pytest.mark.parametrize(
    ("hundredths", "printed"),
    [
        (0, "₹ 0"), (12_500_000, "₹ 1,25,000"), (12_500_050, "₹ 1,25,000.50"), (5, "₹ 0.05"),
        (-12_500_000, "-₹ 1,25,000"), (99_900, "₹ 999"), (100_000, "₹ 1,000"),
        (1_234_567_800, "₹ 1,23,45,678"),
    ],
)  # fmt: skip
def test_rupees_are_grouped_the_indian_way(hundredths: int, printed: str) -> None:
    assert figures.rupees(hundredths) == printed
    assert figures.quantity(hundredths, "inr", "hi") == printed


@pytest.mark.parametrize(
    ("hundredths", "english", "hindi"),
    [
        (9_999_999, "₹ 99,999.99", "₹ 99,999.99"),
        (10_000_000, "₹ 1.00 lakh", "₹ 1.00 लाख"),
        (12_500_000, "₹ 1.25 lakh", "₹ 1.25 लाख"),
        (12_549_999, "₹ 1.25 lakh", "₹ 1.25 लाख"),
        (12_550_000, "₹ 1.26 lakh", "₹ 1.26 लाख"),
        (2_500_000_000, "₹ 2.50 crore", "₹ 2.50 करोड़"),
        (-2_500_000_000, "-₹ 2.50 crore", "-₹ 2.50 करोड़"),
        (123_456_000_000_000, "₹ 1,23,456.00 crore", "₹ 1,23,456.00 करोड़"),
    ],
)
def test_lakh_and_crore_in_both_languages(hundredths: int, english: str, hindi: str) -> None:
    assert figures.rupees_short(hundredths, "en") == english
    assert figures.rupees_short(hundredths, "hi") == unicodedata.normalize("NFC", hindi)


@pytest.mark.parametrize(
    ("hundredths", "printed"),
    [(1200, "12"), (1250, "12.5"), (-1200, "-12"), (12_345_600, "1,23,456")],
)
def test_counts_show_decimals_only_where_there_are_some(hundredths: int, printed: str) -> None:
    assert figures.count(hundredths) == printed
    assert figures.quantity(hundredths, "count") == printed


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_four_places_are_those_of_the_exact_fraction(part: int, whole: int) -> None:
    assert figures.places4(part / whole) == exact_places4(Fraction(part, whole))


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.00005, "0.0001"), (0.00004999, "0.0000"), (0.12345, "0.1235"), (0.5, "0.5000"),
        (1.0, "1.0000"), (0.0, "0.0000"), (-0.00001, "0.0000"), (2 / 3, "0.6667"),
        (None, ""), (float("nan"), ""),
    ],
)  # fmt: skip
def test_places_are_half_up(value: float | None, printed: str) -> None:
    assert figures.places4(value) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0.8006, "80.1 %"), (0.8005, "80.1 %"), (0.80049, "80.0 %"), (1.0, "100.0 %"), (None, "–")],
)
def test_percentages_are_half_up(value: float | None, printed: str) -> None:
    assert figures.percent(value) == printed


@pytest.mark.parametrize(
    ("hundredths", "shown"),
    [
        (85_500_000_000, "85.50"),
        (-85_500_000_000, "-85.50"),
        (15_000_000, "0.02"),  # half up
        (4_999_999, "0.00"),
        (-4_999_999, "0.00"),  # no minus before nothing
        (123_456_000_000_000, "1,23,456.00"),
        (0, "0.00"),
    ],
)
def test_a_number_of_crore_has_two_places_and_no_word(hundredths: int, shown: str) -> None:
    assert figures.crore(hundredths) == shown


def test_what_is_no_number_has_no_hundredths() -> None:
    assert not MISSING.is_whole_hundredths
    assert MISSING.hundredths is None


@pytest.mark.parametrize("value", [None, float("nan")])
def test_no_share_is_a_dash(value: float | None) -> None:
    assert figures.percent(value) == "–"


def test_plain_digits_are_read_up_to_the_largest_amount() -> None:
    assert figures.parse_figure("9" * 13).amount == Decimal("9" * 13)
    assert figures.parse_figure("9" * 14) is UNREADABLE
    assert figures.parse_figure("9" * 15) is UNREADABLE
