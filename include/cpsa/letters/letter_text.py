"""The words of letters in one language: texts of the catalogue, days, places in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from cpsa.calendar import IST, last_day_before
from cpsa.i18n import catalogue

_CELL = re.compile(r"(?P<sheet>.+)!(?P<cell>[A-Z]+[0-9]+)", re.DOTALL)


@dataclass(frozen=True)
class LetterText:
    """Texts, days and places in one language, for letters."""

    language: str

    def __call__(self, key: str, /, **params: object) -> str:
        return catalogue.text(f"letters.{key}", self.language, **params)

    def format_count(self, key: str, number: int) -> str:
        """A number with its noun: the text ``key.one`` for one, ``key.many`` for others."""
        return self(f"{key}.one") if number == 1 else self(f"{key}.many", number=number)

    def format_day(self, day: date) -> str:
        month = catalogue.text(f"documents.month.{day.month}", self.language)
        return f"{day.day} {month} {day.year}"

    def format_last_day(self, instant: datetime) -> str:
        """The day at whose end something ends."""
        return self.format_day(last_day_before(instant))

    def format_instant(self, instant: datetime) -> str:
        local = instant.astimezone(IST)
        return self("moment", day=self.format_day(local.date()), time=f"{local:%H:%M}")

    def format_place(self, where: str) -> str:
        """The place of a value: sheet and cell of a workbook, or line of a CSV; "" for nowhere."""
        if match := _CELL.fullmatch(where):
            return self("where.cell", sheet=match["sheet"], cell=match["cell"])
        kind, _, number = where.partition(" ")
        return self("where.line", number=number) if kind == "line" else where
