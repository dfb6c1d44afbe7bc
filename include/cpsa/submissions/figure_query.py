"""A question of CPSA about one figure of an accepted update, outside any rule (C01).

It is open until it is explained, withdrawn, or the value is changed by a later accepted version.
Of several questions about one figure the newest that was not withdrawn counts. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cpsa.i18n.text import Text

SEPARATOR = " | "  # between the two languages of a question, in a finding's ``expected``

Subject = tuple[str, str]  # indicator and dimension


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """A question that was not withdrawn.

    ``hundredths``: the value it is about. ``ordinal``: which question about this figure, of whatever
    quarter, it is, from 1.
    ``text_hi`` is blank where the question was given in English only.
    """

    id: int
    agency: str
    quarter: str
    indicator: str
    dimension: str
    hundredths: int
    ordinal: int
    text_en: str
    text_hi: str
    asked_by: str
    asked_at: datetime

    @property
    def subject(self) -> Subject:
        return self.indicator, self.dimension

    @property
    def question(self) -> str:
        """The question as a finding keeps it, in English and, where it was given, in Hindi."""
        return SEPARATOR.join(filter(None, (self.text_en, self.text_hi)))

    def format_observed(self, value: str) -> str:
        """The value as a finding keeps it: from the second question on with the question's number,
        so that an answer to an earlier one does not answer it."""
        return value if self.ordinal == 1 else f"{value} ({self.ordinal})"


def select_newest(queries: Iterable[FigureQuery]) -> list[FigureQuery]:
    """Of each figure the newest question; ``queries`` of one agency and quarter."""
    newest = {query.subject: query for query in sorted(queries, key=lambda query: query.ordinal)}
    return [newest[subject] for subject in sorted(newest)]


def parse_observed_value(observed: str) -> str:
    """The value in what a finding of C01 keeps as observed, without the question's number."""
    return observed.partition(" ")[0]


def parse_question(expected: str) -> Text:
    """The question in what a finding of C01 keeps as expected; English where Hindi is missing."""
    english, _, hindi = expected.partition(SEPARATOR)
    return Text(english, hindi or english)
