"""Texts, days and periods in one language, as every page in a browser shows them.

What must not go here: what is on a page, or words only one kind of page has.
"""

from __future__ import annotations

from datetime import date, datetime

from cpsa.calendar import IST, AnyPeriod, Quarter, last_day_before
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES, Text


class Translator:
    """Texts, days and periods in one language, for templates."""

    def __init__(self, language: str) -> None:
        self.language = language

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

    def period(self, period: AnyPeriod) -> str:
        return period.label(self.language)

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
