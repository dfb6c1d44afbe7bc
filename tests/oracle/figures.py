"""Reading numbers as people write them, and printing results to four places.

Only what the rule book names is understood. Whatever else stands in a cell is unreadable.
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

DEVANAGARI_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
MINUS_SIGNS = ("-", "\u2212")
MISSING_WORDS = ("", "-", "na", "n/a")
ZERO_WORDS = ("nil", unicodedata.normalize("NFC", "शून्य"))
MULTIPLES = {
    "lakh": 100_000,
    "lac": 100_000,
    "crore": 10_000_000,
    "cr": 10_000_000,
    unicodedata.normalize("NFC", "लाख"): 100_000,
    unicodedata.normalize("NFC", "करोड़"): 10_000_000,
}

# Ungrouped, grouped by threes, or the Indian way: three at the end, pairs before it.
DIGITS = r"[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}"
AMOUNT = re.compile(
    r"(?:₹|rs\.|rs)?\s*"
    rf"(?P<whole>{DIGITS})(?P<decimals>\.[0-9]+)?"
    rf"(?:\s*(?P<multiple>{'|'.join(MULTIPLES)}))?"
    r"\s*(?:/-)?"
)


@dataclass(frozen=True)
class Reading:
    """What one written value means: a number, missing, or unreadable."""

    kind: str  # "number", "missing" or "unreadable"
    number: Fraction | None = None
    text: str = ""  # kept for unreadable ones only, to tell two of them apart


MISSING = Reading("missing")


def read(written: str) -> Reading:
    text = unicodedata.normalize("NFC", written.strip()).casefold().translate(DEVANAGARI_DIGITS)
    if text in MISSING_WORDS:
        return MISSING
    if text in ZERO_WORDS:
        return Reading("number", Fraction(0))
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    elif text.startswith(MINUS_SIGNS):
        negative, text = True, text[1:].strip()
    match = AMOUNT.fullmatch(text)
    if match is None:
        return Reading("unreadable", text=written.strip())
    number = Fraction(match["whole"].replace(",", "") + (match["decimals"] or ""))
    number *= MULTIPLES.get(match["multiple"] or "", 1)
    return Reading("number", -number if negative else number)


def places4(figure: Fraction | None) -> str:
    """Four places, half up, from the exact figure; blank for none."""
    if figure is None:
        return ""
    if figure < 0:
        raise ValueError(f"no printed figure is negative: {figure}")
    ten_thousandths = (figure * 10_000 + Fraction(1, 2)).__floor__()
    return f"{ten_thousandths // 10_000}.{ten_thousandths % 10_000:04d}"
