"""Everything that is printed in one language: texts, labels, figures, days and periods.

What belongs here: the formats that documents, letters and pages share. What must not: texts, which
are in the catalogue, or words that only one kind of document, letter or page has; those extend
``Translator``.
"""

from __future__ import annotations

from datetime import date, datetime

from cpsa import figures
from cpsa.calendar import IST, AnyPeriod, Quarter, last_day_before
from cpsa.figures import NO_FIGURE
from cpsa.i18n import catalogue
from cpsa.i18n.text import Text, get_other_language


class Translator:
    """Texts, labels, figures, days and periods in one language.

    ``area``: the first part of the keys of its texts; blank where callers give whole keys.
    """

    def __init__(self, language: str, area: str = "") -> None:
        self.language = language
        self._prefix = f"{area}." if area else ""

    # Texts

    def __call__(self, key: str, /, **params: object) -> str:
        return catalogue.text(f"{self._prefix}{key}", self.language, **params)

    @property
    def other(self) -> str:
        """The language that this page is not in."""
        return get_other_language(self.language)

    def in_other(self, key: str) -> str:
        return catalogue.text(f"{self._prefix}{key}", self.other)

    def label(self, text: Text) -> str:
        return text.in_(self.language)

    def count(self, key: str, number: int) -> str:
        """A number with its noun: the text ``key.one`` for one, ``key.many`` for others."""
        form = "one" if number == 1 else "many"
        return self(f"{key}.{form}", number=self.number(number))

    # Periods and days

    def period(self, period: AnyPeriod) -> str:
        return period.label(self.language)

    def months(self, quarter: Quarter) -> str:
        """A quarter by its months, without its key: for the heads of columns."""
        return quarter.label(self.language).partition(" (")[0]

    def day(self, day: date | datetime) -> str:
        """A day, or the day of an instant in India, with the name of its month."""
        local = to_local_day(day)
        month = catalogue.text(f"documents.month.{local.month}", self.language)
        return f"{local.day} {month} {local.year}"

    def date(self, day: date | datetime) -> str:
        """A day, or the day of an instant in India, in digits."""
        return f"{to_local_day(day):%d-%m-%Y}"

    def time(self, instant: datetime) -> str:
        """The time of an instant in India."""
        return f"{instant.astimezone(IST):%H:%M}"

    def moment(self, instant: datetime) -> str:
        """India's day and time, in digits."""
        return f"{self.date(instant)} {self.time(instant)}"

    def due(self, quarter: Quarter) -> str:
        """The last day on which an update is in time."""
        return self.date(quarter.due_day)

    def last_day(self, ends: datetime) -> str:
        """The day at whose end something ends."""
        return self.date(last_day_before(ends))

    # Figures

    def quantity(self, hundredths: int | None, unit: str) -> str:
        """Rupees in lakh and crore, counts in full; a dash for none."""
        if hundredths is None:
            return NO_FIGURE
        if unit == "inr":
            return figures.rupees_short(int(hundredths), self.language)
        return figures.count(int(hundredths), self.language)

    def in_full(self, hundredths: int | None, unit: str) -> str:
        return (
            NO_FIGURE
            if hundredths is None
            else figures.quantity(int(hundredths), unit, self.language)
        )

    def percent(self, value: float | None) -> str:
        return figures.percent(value, self.language)

    def whole_percent(self, value: float) -> str:
        """A share that was decided, such as a weight: without decimals where it has none."""
        return self.percent(value).replace(".0 ", " ")

    def score(self, value: float | None) -> str:
        """A score as the programme prints it everywhere: four places."""
        return figures.places4(value) or NO_FIGURE

    def number(self, value: int) -> str:
        return figures.group_indian(value)


def format_dotted_date(day: date | datetime) -> str:
    """A day, or the day of an instant in India, as notices and the command line write it."""
    return f"{to_local_day(day):%d.%m.%Y}"


def format_dotted_moment(instant: datetime) -> str:
    """India's day and time, as notices and the command line write them."""
    return f"{instant.astimezone(IST):%d.%m.%Y %H:%M}"


def to_local_day(day: date | datetime) -> date:
    """A day as it is, or the day of an instant in India."""
    return day.astimezone(IST).date() if isinstance(day, datetime) else day
