"""The programme that an office runs: its names, its office and its calendar, from ``programme.yaml``.

What belongs here: that file, and making it the one of this process. What must not: what the other
files of a programme's folder contain (``framework`` and the other modules of ``reference``).
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cpsa.calendar import CalendarOffsets, DayAfterPeriod, Quarter, is_quarter_key
from cpsa.i18n.text import LANGUAGES, Text
from cpsa.reference.data_model import (
    Code,
    DataModel,
    Label,
    Several,
    String,
    wrong_value,
)
from cpsa.reference.yaml_reader import read_yaml_file

FILE = "programme.yaml"
TEXT_NAMES = ("name", "short_name", "state")
"""What a text may fill in as ``{programme.<name>}``."""
_PREFIX = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")


def _read_quarter(key: object) -> Quarter:
    if isinstance(key, Quarter):
        return key
    if not isinstance(key, str) or not is_quarter_key(key):
        raise wrong_value("quarter")
    return Quarter.parse(key)


def _require_prefix(prefix: str) -> str:
    if not _PREFIX.fullmatch(prefix):
        raise wrong_value("prefix")
    return prefix


def _require_languages(languages: tuple[str, ...]) -> tuple[str, ...]:
    if sorted(languages) != sorted(LANGUAGES):
        raise wrong_value("languages", value=", ".join(languages), choices=", ".join(LANGUAGES))
    return languages


def _require_no_braces(name: Text) -> Text:
    """Names are filled into texts that have placeholders of their own."""
    for label in name.list_labels():
        if "{" in label or "}" in label:
            raise wrong_value("name", value=label)
    return name


Name = Annotated[Label, AfterValidator(_require_no_braces)]
QuarterKey = Annotated[Quarter, BeforeValidator(_read_quarter)]


class DayOfMonth(DataModel):
    """A day in one of the months after a period; beyond the month's end, the last."""

    months_after: Annotated[int, Field(ge=1, le=3)]
    day: Annotated[int, Field(ge=1, le=31)]

    @property
    def value(self) -> DayAfterPeriod:
        return DayAfterPeriod(self.months_after, self.day)


class CalendarEntry(DataModel):
    """The days of quarters from one on."""

    since: QuarterKey = Field(alias="from")
    due: DayOfMonth
    window_ends: DayOfMonth
    dispatch: DayOfMonth

    @model_validator(mode="after")
    def _require_closing_within_a_quarter(self) -> Self:
        if self.window_ends.months_after > 2:
            raise wrong_value("at_most", entry="window_ends", value=3, limit=2)
        return self

    @property
    def offsets(self) -> CalendarOffsets:
        return CalendarOffsets(self.due.value, self.window_ends.value, self.dispatch.value)

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if not self.due.value <= self.window_ends.value < self.dispatch.value:
            raise wrong_value("days_in_order", value=self.since.key)
        return self


class Signatory(DataModel):
    """Who signs what the office sends to departments."""

    post: Label
    name: Label | None = None
    telephone: String | None = None


class Abbreviation(DataModel):
    """Letters that documents use, and what they stand for."""

    short: Label
    name: Label


class DataLicence(DataModel):
    """The licence under which the public data may be used; ``code`` is its usual short name."""

    code: Code
    name: Label


class PublicResult(DataModel):
    """A result that the public first page shows: an indicator's sum over all agencies, or, with a
    ``dimension``, that dimension's share in it."""

    name: Label
    indicator: Code
    dimension: String = ""


class Programme(DataModel):
    """programme.yaml.

    ``short_name``: what agencies and departments call the office. ``sender``: the name beside the
    address of mails. ``first_quarter``: the first for which updates are due, else the first opened.
    ``public_results``: shown first to the public. ``abbreviations``: explained at the end of the documents that use them.
    """

    name: Name
    short_name: Name
    state: Name
    sender: Name
    reference_prefix: Annotated[str, AfterValidator(_require_prefix)]
    languages: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_require_languages)]
    calendar: Annotated[Several[CalendarEntry], Field(min_length=1)]
    address: Label | None = None
    signatory: Signatory | None = None
    first_quarter: QuarterKey | None = None
    abbreviations: Several[Abbreviation] = ()
    data_licence: DataLicence | None = None
    public_results: Several[PublicResult] = ()

    @model_validator(mode="after")
    def _require_rising_quarters(self) -> Self:
        quarters = [entry.since for entry in self.calendar]
        for earlier, later in pairwise(quarters):
            if later <= earlier:
                raise wrong_value("rising_quarters", entry="calendar", value=later.key)
        return self

    @classmethod
    def load(cls, folder: Path) -> Programme:
        """The programme of a folder; ReferenceDataError that says what to correct."""
        return read_yaml_file(folder, FILE, cls)

    def make_names(self) -> dict[str, dict[str, str]]:
        """What texts fill in for ``{programme.<name>}``, by language."""
        labels: dict[str, Text] = {name: getattr(self, name) for name in TEXT_NAMES}
        return {
            language: {name: label.in_(language) for name, label in labels.items()}
            for language in LANGUAGES
        }
