"""The two languages of a workbook: its reader's first, the other one below it.

What belongs here: how any workbook of ours shows a text in both. What must not: which texts there are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from cpsa.i18n import catalogue
from cpsa.i18n.text import Text, get_other_language


class WorkbookLanguage(ABC):
    """The texts that a workbook is made from, in both languages."""

    @staticmethod
    @abstractmethod
    def text_key(name: str) -> str:
        """Return the key of a text of this workbook in the catalogue."""

    @property
    @abstractmethod
    def language(self) -> str:
        """The reader's language."""

    @property
    def footer(self) -> str:
        """What every printed page says at its foot, left of its sheet and its number."""
        return ""

    @property
    def other_language(self) -> str:
        return get_other_language(self.language)

    def get_text(self, name: str, **params: object) -> Text:
        """Return a text of the workbook's part of the catalogue (see ``make_text``)."""
        return catalogue.make_text(self.text_key(name), **params)

    def in_first(self, text: Text) -> str:
        """A text in the reader's language."""
        return text.in_(self.language)

    def in_second(self, text: Text) -> str:
        """The same in the other language; "" where it is the same word."""
        second = text.in_(self.other_language)
        return "" if second == self.in_first(text) else second

    def in_both(self, text: Text, between: str = "\n") -> str:
        """Both in one cell, the reader's language first."""
        return between.join(filter(None, (self.in_first(text), self.in_second(text))))
