"""The oracle reads the rule book's own examples of written numbers."""

from fractions import Fraction

import pytest
from tests.oracle.figures import places4, read


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1,25,000", 125_000),
        ("125,000", 125_000),
        ("1,234,567", 1_234_567),
        ("₹ 2.5 lakh", 250_000),
        ("Rs. 1.2 crore", 12_000_000),
        ("Rs 2,50,000/-", 250_000),
        ("2.5 लाख", 250_000),
        ("1 \u0915\u0930\u094b\u095c", 10_000_000),
        ("1 \u0915\u0930\u094b\u0921\u093c", 10_000_000),
        ("3 lac", 300_000),
        ("1.5 cr", 15_000_000),
        ("१२५", 125),
        (" 12.0 ", 12),
        ("(500)", -500),
        ("-500", -500),
        ("\u2212500", -500),
        ("NIL", 0),
        ("nil", 0),
        ("शून्य", 0),
        ("12.345", Fraction("12.345")),
    ],
)
def test_understood(written: str, number: Fraction | int) -> None:
    assert read(written).number == number


@pytest.mark.parametrize("written", ["", "  ", "-", "NA", "n/a", "N/A"])
def test_missing(written: str) -> None:
    assert read(written).kind == "missing"


@pytest.mark.parametrize(
    "written",
    [
        *("12 approx", "1O", "2-3", "1,2,5", "+5", "12/07/2025", "1,25", "12,5000", "1,23,456,789"),
        *("nan", "inf", "1_000", "1e5", "--5", "5-", "1 2", "12%", "₹", "lakh", "1.2.3"),
    ],
)
def test_unreadable(written: str) -> None:
    assert read(written).kind == "unreadable"


def test_printed_half_up_from_the_exact_figure() -> None:
    assert places4(Fraction(5, 100_000)) == "0.0001"
    assert places4(Fraction(5, 100_000) - Fraction(1, 10**30)) == "0.0000"
    assert places4(Fraction(1)) == "1.0000"
    assert places4(None) == ""
