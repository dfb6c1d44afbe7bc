"""A printed figure as the number a spreadsheet can calculate with, and the format that prints it alike.

What is not exactly what it says is no number here: a dash, and shares of text. Rupees that are printed in
lakh or crore are the exact amount. What must not go here: any figure that is not printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from cpsa.figures import HUNDRED, RoundedRupees

_PRINTED_NUMBER = re.compile(
    r"(?P<minus>-?)(?P<rupees>₹ )?(?P<whole>[0-9][0-9,]*)(?:\.(?P<part>[0-9]+))?(?P<percent> %)?"
)
RUPEES_FORMAT = r'[>=10000000]"₹ "##\,##\,##\,##0;[>=100000]"₹ "##\,##\,##0;"₹ "#,##0'
"""Rupees grouped as in India. A spreadsheet allows two conditions: what is negative has a format by its size."""
_EXACT_DIGITS = 15  # a spreadsheet forgets the rest


@dataclass(frozen=True)
class ExcelNumber:
    value: float
    format: str


def parse_printed_number(text: str) -> ExcelNumber | None:
    """The number of a printed text such as ``₹ 1,25,000``, ``83.6 %`` or ``0.7646``; else None."""
    if isinstance(text, RoundedRupees):
        return _make_rupees(text.hundredths)
    number_match = _PRINTED_NUMBER.fullmatch(text)
    if number_match is None:
        return None
    whole, part = number_match["whole"].replace(",", ""), number_match["part"] or ""
    if len(whole) + len(part) > _EXACT_DIGITS:
        return None
    value = Decimal(f"{number_match['minus']}{whole}.{part or 0}")
    if number_match["percent"]:
        return ExcelNumber(float(value / 100), f'{_make_zeros(part)}" "%')
    shown = (
        _make_grouping(len(whole) if "," in number_match["whole"] else 0) + _make_zeros(part)[1:]
    )
    shown = f'"₹ "{shown}' if number_match["rupees"] else shown
    return ExcelNumber(float(value), f"{shown};-{shown}")


def _make_rupees(hundredths: int) -> ExcelNumber:
    """An exact amount, with the format by which it is read in full."""
    if hundredths >= 0:
        return ExcelNumber(hundredths / HUNDRED, RUPEES_FORMAT)
    shown = f'"₹ "{_make_grouping(len(str(-hundredths // HUNDRED)))}'
    return ExcelNumber(hundredths / HUNDRED, f"{shown};-{shown}")


def _make_zeros(part: str) -> str:
    return f"0.{'0' * len(part)}" if part else "0"


def _make_grouping(digits: int) -> str:
    """Grouped as in India, for a number of so many digits; spreadsheets know no such grouping."""
    return "##\\," * -(-max(digits - 3, 0) // 2) + ("##0" if digits else "0")
