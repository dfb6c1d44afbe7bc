"""What a form is made from: the department, its open actions, and the decisions it may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cpsa.calendar import HalfYear
from cpsa.i18n.text import Text
from cpsa.template.workbook_language import WorkbookLanguage


@dataclass(frozen=True, slots=True)
class ReportFormRow:
    """One action as the form shows it; ``words`` and ``request`` are the agency's own: what it wrote, and what it requests."""

    number: str
    raised: Text
    agencies: Text
    words: str
    request: str
    urgency: Text
    due: Text
    last: Text


@dataclass(frozen=True)
class ReportFormContext(WorkbookLanguage):
    """All a form depends on: the same context, the same bytes.

    ``made_at`` replaces the clock; ``key`` signs the seal; ``choices`` by code. ``answers``: what
    was typed already, by number and column; ``post``: the post of the officer who answers. Both blank on a fresh form.
    """

    department: str
    name: Text
    half: HalfYear
    reader: str
    lines: Sequence[ReportFormRow]
    choices: Mapping[str, Text]
    term_days: int
    made_at: datetime
    key: bytes = field(repr=False)
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    post: str = ""

    @staticmethod
    def text_key(name: str) -> str:
        return f"actions.form.{name}"

    @property
    def language(self) -> str:
        return self.reader
