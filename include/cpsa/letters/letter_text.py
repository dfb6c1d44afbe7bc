"""The words of letters in one language: texts of the catalogue, days, places in a file."""

from __future__ import annotations

import re
from datetime import datetime

from cpsa.calendar import last_day_before
from cpsa.translator import Translator

_CELL = re.compile(r"(?P<sheet>.+)!(?P<cell>[A-Z]+[0-9]+)", re.DOTALL)


class LetterText(Translator):
    """Texts, days and places in one language, for letters."""

    def __init__(self, language: str) -> None:
        super().__init__(language, "letters")

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
