"""Writing a value the many ways people do, and writing what nobody can read."""

import unicodedata
from fractions import Fraction
from random import Random

DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
CRORE_WORDS = ("crore", "cr", "करोड़", unicodedata.normalize("NFD", "करोड़"), "कर\u094b\u095c")
LAKH_WORDS = ("lakh", "lac", "लाख")
ZEROS = ("0", "0", "0", "NIL", "nil", "Nil", "शून्य", "०", "0.0", " 0 ")
MISSING = ("", "", "", "-", "NA", "N/A", "n/a", "na", "  ", " - ")
UNREADABLE = (
    *("12 approx", "1O", "2-3", "1,2,5", "+5", "12/07/2025", "2025-07-12", "12-Jul-2025"),
    *("abc", "1,25", "12,5000", "1,23,456,789", "12,34", "1 2", "1 25 000", "twelve", "बारह"),
    *("nan", "inf", "None", "TRUE", "?", "TBD", "#N/A", "12%", "12 nos", "5-", "--5", "1.2.3"),
    *("१२ लगभग", "१-२", "०x10", "1_000", "Rs.", "₹", "lakh", "लाख", "()", "12..0", "1,,000"),
    *("2.5 thousand", "2.5 lakh crore", "5/-/-", "Rs Rs 5", ",500", "500,", "12;5", "~10", "<5"),
)
# The rule book does not name these, and a reader could take another view of each.
CONTESTED = (
    *("1e5", "2.5lakh", "3lac", "2.5 LAKH", "5 Crores", "2 lakhs", "रु 500", "INR 500", ".5", "5."),
    *(
        "₹ -500",
        "(₹ 500)",
        "- 500",
        "-(500)",
        "(-500)",
        "१2",
        "٣",
        "１２",
        "₹ 2.5 lakh/-",
        "1.5 cr.",
    ),
    *("\u00a0500\u00a0", "–", "\u2212", "--", "N.A.", "not applicable", "\u200b12"),
)


def decimals(value: Fraction) -> str:
    """Exact decimal text; the value must have finitely many decimals."""
    sign, value = ("-" if value < 0 else ""), abs(value)
    places, scaled = 0, value
    while scaled.denominator != 1:
        places, scaled = places + 1, scaled * 10
        if places > 30:
            raise ValueError(f"no finite decimals: {value}")
    digits = str(scaled.numerator).rjust(places + 1, "0")
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def grouped(text: str, indian: bool) -> str:
    whole, _, rest = text.partition(".")
    head, tail = whole[:-3], whole[-3:]
    size = 2 if indian else 3
    groups: list[str] = []
    while head:
        groups.insert(0, head[-size:])
        head = head[:-size]
    return ",".join([*groups, tail]) + ("." + rest if rest else "")


def missing(rng: Random) -> str:
    return rng.choice(MISSING)


def spell(value: Fraction, unit: str, rng: Random) -> str:
    """One of the ways to write this very value."""
    if value == 0:
        return rng.choice(ZEROS)
    size, negative = abs(value), value < 0
    text = _size(size, unit, rng)
    if negative:
        text = rng.choice(("-{}", "\u2212{}", "({})")).format(text)
    if rng.random() < 0.12:
        text = text.translate(DEVANAGARI)
    if rng.random() < 0.08:
        text = rng.choice((" {}", "{} ", "  {} ", "\t{}")).format(text)
    return text


def _size(size: Fraction, unit: str, rng: Random) -> str:
    plain = decimals(size)
    manner = rng.random()
    if manner < 0.45:
        return plain
    if manner < 0.55 and "." not in plain:
        return plain + rng.choice((".0", ".00"))
    if manner < 0.75:
        return grouped(plain, indian=rng.random() < 0.7)
    if manner < 0.88 and unit == "inr":
        text = grouped(plain, indian=True) if rng.random() < 0.6 else plain
        form = rng.choice(("₹ {}", "₹{}", "Rs. {}", "Rs {}", "Rs.{}", "{}/-", "Rs {}/-"))
        return form.format(text)
    if size >= 100_000 or (size >= 1000 and rng.random() < 0.2):
        return _in_words(size, unit, rng)
    return plain


def _in_words(size: Fraction, unit: str, rng: Random) -> str:
    crore = size >= 10_000_000 and rng.random() < 0.7
    text = decimals(size / (10_000_000 if crore else 100_000))
    if rng.random() < 0.3:
        text = grouped(text, indian=True)
    text += " " + rng.choice(CRORE_WORDS if crore else LAKH_WORDS)
    if unit == "inr" and rng.random() < 0.4:
        text = rng.choice(("₹ ", "Rs. ", "Rs ", "₹")) + text
    return text
