"""The words of letters in one language: texts of the catalogue, days, places in a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from cpsa.calendar import last_day_before
from cpsa.translator import Translator, format_dotted_date

_CELL = re.compile(r"(?P<sheet>.+)!(?P<cell>[A-Z]+[0-9]+)", re.DOTALL)


class LetterText(Translator):
    """Texts, days and places in one language, for letters. ``words``: what its texts may contain
    without being given it each time."""

    def __init__(self, language: str, words: Mapping[str, object] = MappingProxyType({})) -> None:
        super().__init__(language, "letters")
        self._words = words

    def __call__(self, key: str, /, **params: object) -> str:
        return super().__call__(key, **{**self._words, **params})

    def digits(self, day: date) -> str:
        """A day in digits: for templates that an office copied before version 1.7.0 and changed."""
        return format_dotted_date(day)

    def number(self, value: int) -> str:
        """A count of a letter: its digits are not grouped."""
        return str(value)

    def last_day(self, ends: datetime) -> str:
        """The day at whose end something ends, with the name of its month."""
        return self.day(last_day_before(ends))

    def moment(self, instant: datetime) -> str:
        """India's day and time."""
        return self("moment", day=self.day(instant), time=self.time(instant))

    def place(self, where: str) -> str:
        """The place of a value: sheet and cell of a workbook, or line of a CSV; "" for nowhere."""
        if match := _CELL.fullmatch(where):
            return self("where.cell", sheet=match["sheet"], cell=match["cell"])
        kind, _, number = where.partition(" ")
        return self("where.line", number=number) if kind == "line" else where
