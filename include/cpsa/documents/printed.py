"""A printed figure as the number a spreadsheet can reckon with, and the format that prints it alike.

What is not exactly what it says is no number here: a dash, and what is rounded to lakh or crore.
What must not go here: any figure that is not printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_PRINTED = re.compile(
    r"(?P<minus>-?)(?P<rupees>₹ )?(?P<whole>[0-9][0-9,]*)(?:\.(?P<part>[0-9]+))?(?P<percent> %)?"
)
_EXACT_DIGITS = 15  # a spreadsheet forgets the rest


@dataclass(frozen=True)
class Number:
    value: float
    format: str


def number(text: str) -> Number | None:
    """The number of a printed text such as ``₹ 1,25,000``, ``83.6 %`` or ``0.7646``; else None."""
    found = _PRINTED.fullmatch(text)
    if found is None:
        return None
    whole, part = found["whole"].replace(",", ""), found["part"] or ""
    if len(whole) + len(part) > _EXACT_DIGITS:
        return None
    value = Decimal(f"{found['minus']}{whole}.{part or 0}")
    if found["percent"]:
        return Number(float(value / 100), f'{_zeros(part)}" "%')
    shown = _grouped(len(whole) if "," in found["whole"] else 0) + _zeros(part)[1:]
    shown = f'"₹ "{shown}' if found["rupees"] else shown
    return Number(float(value), f"{shown};-{shown}")


def _zeros(part: str) -> str:
    return f"0.{'0' * len(part)}" if part else "0"


def _grouped(digits: int) -> str:
    """Grouped as in India, for a number of so many digits; spreadsheets know no such grouping."""
    return "##\\," * -(-max(digits - 3, 0) // 2) + ("##0" if digits else "0")
