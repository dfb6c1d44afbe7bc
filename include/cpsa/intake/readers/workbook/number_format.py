"""Whether a cell shows another figure than it contains, because of its number format.

A format that only groups, rounds, colours or narrows shows the same figure. One that adds a unit
(lakh, Cr, K), a percent sign, a foreign currency or a scale, shows a date, or hides the number,
shows another (domain.md, "A submission"). What must not go here: opening files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

GENERAL = "general"
# Words and signs beside a figure that change neither its size nor its unit.
_HARMLESS = re.compile(
    r"₹|\brs\b\.?|\binr\b|रु\.?|रू\.?|\brupees?\b|रुपये|/-|\bonly\b|मात्र|\bnos?\b\.?"
)
_DATE_LETTERS = frozenset("ymdhsbeg")
_PLACEHOLDERS = frozenset("0#?")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_ELAPSED = re.compile(r"[hms]+", re.IGNORECASE)
_COLOUR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|colou?r\s*\d+", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"[-+−]?\d(?:[.,]\d*)?e[-+−]?\d+", re.IGNORECASE)
_MAX_SIGNS = 300


@dataclass
class _Section:
    """One part of a format code, for positive, negative or zero numbers."""

    condition: tuple[str, float] | None = None
    before: str = ""  # literal text before the digits
    after: str = ""  # and after or between them
    whole: int = 0  # placeholders before the point
    decimals: int = 0
    grouped: bool = False
    scale: int = 0  # commas behind the last digit, each a thousand
    percent: int = 0
    is_date: bool = False
    is_general: bool = False
    has_point: bool = False
    colour: bool = False
    pending: int = field(default=0, repr=False)  # commas that are grouping or scale

    @property
    def has_digits(self) -> bool:
        return bool(self.whole or self.decimals or self.is_general)

    @property
    def literal(self) -> str:
        return f"{self.before} {self.after}"


def find_other_figure(value: float, code: str) -> str:
    """What a number shows by an Excel format code where that is another figure; else "".

    ``11.8`` by ``0.00" lakh"`` shows ``11.80 lakh``.
    """
    if code.casefold() in (GENERAL, "", "@"):
        return ""
    sections = [_parse_section(part) for part in _split_sections(code[:_MAX_SIGNS])]
    section, minus_shown = _choose_section(value, sections)
    if not _shows_other_figure(value, section, minus_shown=minus_shown):
        return ""
    return _format_display(value, section, minus_shown=minus_shown)


def is_other_figure(text: str, shown: str) -> bool:
    """Whether a shown text, in the grouping of any language, is another figure than a plain number.

    ``11.8`` shown as ``11.80 lakh`` is; shown as ``₹ 12`` or ``11,80`` it is not.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        return False
    plain = _strip_harmless("".join(_to_western_digit(sign) for sign in shown)).strip()
    if not plain or not plain.strip("#") or _SCIENTIFIC.fullmatch(plain):
        return False
    if _has_unit(plain):
        return True
    digits = re.sub(r"\D", "", plain)
    if not digits:
        return value != 0
    last = re.search(r"[.,](\d+)\D*$", plain)
    return not any(
        abs(Decimal(digits).scaleb(-places) - abs(value)) <= Decimal(1).scaleb(-places) / 2
        for places in {0, len(last[1]) if last else 0}
    )


def _shows_other_figure(value: float, section: _Section, *, minus_shown: bool) -> bool:
    if section.is_date or section.percent or section.scale or _has_unit(section.literal):
        return True
    if not section.has_digits:
        return value != 0
    return value < 0 and not minus_shown


def _has_unit(literal: str) -> bool:
    """Whether text beside the digits changes what they mean: letters, a percent sign, a currency."""
    rest = _strip_harmless(literal)
    return any(
        character.isalpha() or character in "%‰" or unicodedata.category(character) == "Sc"
        for character in rest
    )


def _strip_harmless(literal: str) -> str:
    return _HARMLESS.sub(" ", literal.casefold())


def _to_western_digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def _split_sections(code: str) -> list[str]:
    """The sections of a code, parted by semicolons outside of quotes and brackets."""
    parts, within, escaped = [""], "", False
    for character in code:
        if escaped:
            escaped = False
        elif within:
            within = "" if character == within else within
        elif character == "\\":
            escaped = True
        elif character in '"[':
            within = '"' if character == '"' else "]"
        elif character == ";":
            parts.append("")
            continue
        parts[-1] += character
    return parts


def _choose_section(value: float, sections: list[_Section]) -> tuple[_Section, bool]:
    """The section that a value is shown by, and whether a minus is then seen."""
    if any(section.condition for section in sections):
        chosen = next(
            (section for section in sections if _meets_condition(value, section.condition)),
            sections[-1],
        )
        return chosen, True  # a program adds the minus that a condition does not speak of
    if value < 0 and len(sections) > 1:
        negative = sections[1]
        return negative, negative.colour or bool(re.search(r"[-−(]", negative.literal))
    if value == 0 and len(sections) > 2:
        return sections[2], True
    return sections[0], True


def _meets_condition(value: float, condition: tuple[str, float] | None) -> bool:
    if condition is None:
        return True
    sign, limit = condition
    return {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
        "=": value == limit,
        "<>": value != limit,
    }[sign]


def _parse_section(part: str) -> _Section:
    section = _Section()
    signs = iter(part)
    for sign in signs:
        if sign == '"':
            _add_literal(section, _read_until(signs, '"'))
        elif sign == "[":
            _read_bracket(section, _read_until(signs, "]"))
        elif sign == "\\":
            _add_literal(section, next(signs, ""))
        elif sign in "_*":
            next(signs, "")  # a blank as wide as a sign, or a sign that fills the cell
        else:
            _read_sign(section, sign, signs)
    section.scale += section.pending
    return section


def _read_sign(section: _Section, sign: str, signs: Iterator[str]) -> None:
    if sign in _PLACEHOLDERS:
        section.grouped |= section.pending > 0
        section.pending = 0
        if section.has_point:
            section.decimals += 1
        else:
            section.whole += 1
    elif sign == "." and not section.has_point:
        section.scale += section.pending
        section.pending = 0
        section.has_point = True
    elif sign == "," and section.whole:
        section.pending += 1
    elif sign == "%":
        section.percent += 1
        _add_literal(section, "%")
    elif sign in "Ee" and section.has_digits:
        next(signs, "")  # E+00: as precise as its digits, and no unit
    elif sign in "Gg" and not section.has_digits and not section.before:
        rest = sign + "".join(signs)
        if rest.casefold().startswith(GENERAL):
            section.is_general = True
            _add_literal(section, rest[len(GENERAL) :].replace('"', "").replace("\\", ""))
        else:
            section.is_date = True
    elif sign.casefold() in _DATE_LETTERS:
        section.is_date = True
    elif sign != "@":
        _add_literal(section, sign)


def _read_bracket(section: _Section, inside: str) -> None:
    if inside.startswith("$"):
        _add_literal(section, inside[1:].partition("-")[0])
    elif condition := _CONDITION.fullmatch(inside.strip()):
        section.condition = condition[1], float(condition[2])
    elif _ELAPSED.fullmatch(inside):
        section.is_date = True
    elif _COLOUR.fullmatch(inside.strip()):
        section.colour = True


def _add_literal(section: _Section, text: str) -> None:
    if section.has_digits:
        section.after += "" if text == "," else text  # an escaped comma groups by lakh and crore
    else:
        section.before += text


def _read_until(signs: Iterator[str], end: str) -> str:
    found = ""
    for sign in signs:
        if sign == end:
            break
        found += sign
    return found


def _format_display(value: float, section: _Section, *, minus_shown: bool) -> str:
    """What a cell shows, near enough to be quoted."""
    if section.is_date or not section.has_digits:
        return f"{value:.15g} ({section.literal.strip() or '–'})"
    shown = abs(value) * 100**section.percent / 1000**section.scale
    number = f"{shown:.15g}" if section.is_general else f"{shown:,.{section.decimals}f}"
    if not section.grouped:
        number = number.replace(",", "")
    minus = "-" if value < 0 and minus_shown and "(" not in section.before else ""
    return f"{minus}{section.before}{number}{section.after}".strip()
