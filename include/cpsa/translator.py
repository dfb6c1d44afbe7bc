"""What every page in a browser shares: strict templates, and the words of one language.

What must not go here: what is on a page, or words only one kind of page has.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import jinja2

from cpsa.calendar import IST, AnyPeriod, Quarter, last_day_before
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES, Text


def make_template_environment(*folders: Path) -> jinja2.Environment:
    """Templates of these folders: everything is escaped, and a name nobody defined raises."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


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
