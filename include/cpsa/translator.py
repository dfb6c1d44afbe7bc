"""The words of one language: texts, and figures, days and periods as they are printed in it.

What must not go here: what is on a page, or words only one kind of page or document has.
"""

from __future__ import annotations

from datetime import date, datetime

from cpsa import figures
from cpsa.calendar import IST, AnyPeriod, Quarter, last_day_before
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES, Text


class Formatter:
    """Figures, days and periods as they are printed in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def period(self, period: AnyPeriod) -> str:
        return period.label(self.language)

    def months(self, quarter: Quarter) -> str:
        """A quarter by its months, without its key: for the heads of columns."""
        return quarter.label(self.language).partition(" (")[0]

    def day(self, instant: datetime | date) -> str:
        """A day, or the day of an instant in India, with the month by its name."""
        day = instant.astimezone(IST) if isinstance(instant, datetime) else instant
        month = catalogue.text(f"documents.month.{day.month}", self.language)
        return f"{day.day} {month} {day.year}"

    def quantity(self, hundredths: int | None, unit: str) -> str:
        """Rupees in lakh and crore, counts in full; a dash for none."""
        if hundredths is None:
            return figures.NO_FIGURE
        if unit == "inr":
            return figures.rupees_short(int(hundredths), self.language)
        return figures.count(int(hundredths), self.language)

    def in_full(self, hundredths: int | None, unit: str) -> str:
        """Every digit of it; a dash for none."""
        if hundredths is None:
            return figures.NO_FIGURE
        return figures.quantity(int(hundredths), unit, self.language)

    def percent(self, value: float | None) -> str:
        return figures.percent(value, self.language)

    def whole_percent(self, value: float) -> str:
        """A share that was decided, such as a weight: without decimals where it has none."""
        return self.percent(value).replace(".0 ", " ")

    def score(self, value: float | None) -> str:
        """A score as the programme prints it everywhere: four places."""
        return figures.places4(value) or figures.NO_FIGURE

    def number(self, value: int) -> str:
        return figures.group_indian(value)


class Translator(Formatter):
    """Texts, days and periods in one language, for templates."""

    def __call__(self, key: str, **params: object) -> str:
        return catalogue.text(key, self.language, **params)

    @property
    def other(self) -> str:
        """The language that this page is not in."""
        return next(language for language in LANGUAGES if language != self.language)

    def in_other(self, key: str) -> str:
        return catalogue.text(key, self.other)

    def label(self, text: Text) -> str:
        return text.in_(self.language)

    def date(self, day: date | datetime) -> str:
        """A day, or the day of an instant in India."""
        local = day.astimezone(IST) if isinstance(day, datetime) else day
        return f"{local:%d-%m-%Y}"

    def due(self, quarter: Quarter) -> str:
        """The last day on which an update is in time."""
        return self.date(quarter.due_day)

    def last_day(self, ends: datetime) -> str:
        """The day at whose end something ends."""
        return self.date(last_day_before(ends))
