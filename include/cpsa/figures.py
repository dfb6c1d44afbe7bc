"""Reading figures as people write them, and printing them in both languages.

Every stored quantity is a whole number of **hundredths**: paise for rupees, hundredths of a unit
for counts, so that nothing passes through a float. What cannot be read with certainty is not
read at all (domain.md, "A submission"). Whether a figure makes sense is for ``check`` to say.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from enum import Enum
from functools import lru_cache
from typing import Self

HUNDRED = 100
LAKH = 100_000
CRORE = 10_000_000
NO_FIGURE = "–"
"""Printed where there is no figure."""
# 90 lakh crore: up to here whole hundredths are exact in a float64, where rules are computed.
LARGEST = Decimal(90_000_000_000_000)
_SURELY_DIGITS = 13  # so many digits are below it
# What is read is never rounded, however many digits a cell holds.
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)

_DEVANAGARI_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
_BLANKS = {"", "-", "na", "n/a"}
_NIL_WORDS = {"nil", "शून्य"}
_SCALES = {
    "lakh": LAKH, "lakhs": LAKH, "lac": LAKH, "lacs": LAKH, "लाख": LAKH,
    "crore": CRORE, "crores": CRORE, "cr": CRORE, "cr.": CRORE,
    "करोड़": CRORE, "करोड": CRORE,
}  # fmt: skip
_SCALES = {unicodedata.normalize("NFC", word): factor for word, factor in _SCALES.items()}

_PLAIN = r"[0-9]+"
_BY_THREE = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+"
_INDIAN = r"[1-9][0-9]?(?:,[0-9]{2})*,[0-9]{3}"
_FIGURE = re.compile(
    r"(?P<currency>₹|rs\.?|inr|रु\.?|रू\.?)?\s*"
    rf"(?P<whole>{_PLAIN}|{_BY_THREE}|{_INDIAN})(?P<fraction>\.[0-9]+)?"
    rf"(?:\s*(?P<scale>{'|'.join(sorted(map(re.escape, _SCALES), key=len, reverse=True))}))?"
    r"(?P<closing>\s*/-)?"
)


class Reading(Enum):
    """How a cell was read: as a number, nothing, or something that is no number."""

    NUMBER = "number"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Figure:
    """A cell as read. ``amount`` is exact, in units (rupees or pieces); None unless a number."""

    reading: Reading
    amount: Decimal | None = None

    @property
    def hundredths(self) -> int | None:
        """Whole hundredths; None when there is no number or it is finer than that."""
        if self.amount is None:
            return None
        hundredths = _EXACT.multiply(self.amount, HUNDRED)
        whole = int(hundredths)
        return whole if whole == hundredths else None

    @property
    def is_whole(self) -> bool:
        return self.amount is not None and self.amount == self.amount.to_integral_value()

    @property
    def is_whole_hundredths(self) -> bool:
        return self.hundredths is not None


MISSING = Figure(Reading.MISSING)
UNREADABLE = Figure(Reading.UNREADABLE)
ZERO = Figure(Reading.NUMBER, Decimal(0))


def parse_figure(text: str) -> Figure:
    """Read one cell's text; never guesses, never raises.

    ``1,25,000``, ``₹ 2.5 lakh``, ``1 करोड़``, ``१२५``, ``(500)`` are numbers; ``NIL`` is a
    confirmed zero; ``-`` and blanks are missing; ``12 approx``, ``1O``, ``+5`` are unreadable.
    Invisible characters, and typographic quotes around all of it, are no part of a figure.
    """
    if text.isascii() and text.isdigit() and len(text) <= _SURELY_DIGITS:
        return Figure(Reading.NUMBER, Decimal(text))
    cell = unicodedata.normalize("NFC", clean_code(text)).translate(_DEVANAGARI_DIGITS).casefold()
    if is_between_quote_signs(cell):
        cell = cell[1:-1].strip()
    if cell in _BLANKS:
        return MISSING
    if cell in _NIL_WORDS:
        return ZERO
    cell, negative = _take_sign(cell)
    match = _FIGURE.fullmatch(cell)
    if match is None:
        return UNREADABLE
    amount = Decimal(match["whole"].replace(",", "") + (match["fraction"] or ""))
    amount = _EXACT.multiply(amount, _SCALES.get(match["scale"] or "", 1))
    if amount > LARGEST:
        return UNREADABLE
    return Figure(Reading.NUMBER, amount.copy_negate() if negative and amount else amount)


def clean_code(text: str) -> str:
    """A code or figure without blanks around it and without invisible format characters (Cf)."""
    if text.isascii():
        return text.strip()
    return "".join(
        character for character in text if unicodedata.category(character) != "Cf"
    ).strip()


def is_between_quote_signs(text: str) -> bool:
    """Whether typographic quotes enclose a text, which mark no cell in a CSV."""
    inner = text.strip()
    return len(inner) > 2 and (inner[0], inner[-1]) in (("“", "”"), ("‘", "’"))


def _take_sign(cell: str) -> tuple[str, bool]:
    """The cell without its sign, and whether it was negative (leading minus or brackets)."""
    if cell.startswith(("-", "\u2212")):
        return cell[1:].lstrip(), True
    if cell.startswith("(") and cell.endswith(")"):
        return cell[1:-1].strip(), True
    return cell, False


def group_indian(whole: int) -> str:
    """A whole number with Indian grouping: 12345678 → ``1,23,45,678``."""
    digits = str(abs(whole))
    head, tail = digits[:-3], digits[-3:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    return ("-" if whole < 0 else "") + ",".join([*groups, tail])


def count(hundredths: int, language: str = "en") -> str:
    """A count with Indian grouping; decimals only where there are some."""
    return _format_grouped(hundredths)


def rupees(hundredths: int, language: str = "en") -> str:
    """Rupees in full: ``₹ 1,25,000``, with paise only where there are some."""
    sign, magnitude = ("-", -hundredths) if hundredths < 0 else ("", hundredths)
    return f"{sign}₹ {_format_grouped(magnitude, pad=True)}"


class RoundedRupees(str):
    """Rupees printed in lakh or crore, with the exact amount for those who calculate."""

    __slots__ = ("hundredths",)
    hundredths: int

    def __new__(cls, printed: str, hundredths: int) -> Self:
        rounded = super().__new__(cls, printed)
        rounded.hundredths = hundredths
        return rounded

    def __getnewargs__(self) -> tuple[str, int]:  # type: ignore[override]
        return str(self), self.hundredths


def rupees_short(hundredths: int, language: str = "en") -> str:
    """Rupees in lakh or crore to two places, half up: ``₹ 2.50 crore``; in full below a lakh.

    What is rounded is a ``RoundedRupees``.
    """
    magnitude = abs(hundredths)
    words = {"en": ("crore", "lakh"), "hi": ("करोड़", "लाख")}[language]
    for unit, word in zip((CRORE, LAKH), words, strict=True):
        if magnitude >= unit * HUNDRED:
            short = _round_half_up(Decimal(magnitude) / (unit * HUNDRED), 2)
            sign = "-" if hundredths < 0 else ""
            whole, _, fraction = f"{short:.2f}".partition(".")
            return RoundedRupees(
                f"{sign}₹ {group_indian(int(whole))}.{fraction} {word}", hundredths
            )
    return rupees(hundredths, language)


def crore(hundredths: int) -> str:
    """Rupees as a bare number of crore to two places, half up: ``85.50``; for tables in crore."""
    short = _round_half_up(Decimal(abs(hundredths)) / (CRORE * HUNDRED), 2)
    whole, _, fraction = f"{short:.2f}".partition(".")
    return f"{'-' if hundredths < 0 and short else ''}{group_indian(int(whole))}.{fraction}"


def quantity(hundredths: int, unit: str, language: str = "en") -> str:
    """A quantity in its indicator's unit (``inr`` or ``count``)."""
    return (rupees if unit == "inr" else count)(hundredths, language)


@lru_cache(1024)  # limits and full shares repeat
def places4(value: float | None) -> str:
    """A score or rate to four places, half up; blank for none (domain.md, "Scores")."""
    return "" if value is None or value != value else f"{_round_half_up(_make_exact(value), 4):.4f}"


def percent(value: float | None, language: str = "en") -> str:
    """A share as a percentage to one place, half up; an en dash for none."""
    return (
        NO_FIGURE
        if value is None or value != value
        else f"{_round_half_up(_make_exact(value) * 100, 1):.1f} %"
    )


def _format_grouped(hundredths: int, *, pad: bool = False) -> str:
    whole, rest = divmod(abs(hundredths), HUNDRED)
    fraction = f"{rest:02d}" if pad else f"{rest:02d}".rstrip("0")
    return ("-" if hundredths < 0 else "") + group_indian(whole) + (f".{fraction}" if rest else "")


def _make_exact(value: float) -> Decimal:
    """The decimal value of a computed ratio: float noise beyond the 14th place is dropped."""
    return Decimal(repr(round(float(value), 14)))


def _round_half_up(value: Decimal, places: int) -> Decimal:
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)
