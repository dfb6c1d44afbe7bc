"""The two languages of a workbook: its reader's first, the other one below it.

What belongs here: how any workbook of ours says a text in both. What must not: which texts there are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from cpsa import messages
from cpsa.bilingual import LANGUAGES, Text


class Speaking(ABC):
    """What a workbook is made from, as far as its words go."""

    @staticmethod
    @abstractmethod
    def text_key(name: str) -> str:
        """Where a text of this workbook stands in the catalogue."""

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
        return next(one for one in LANGUAGES if one != self.language)

    def said(self, name: str, **params: object) -> Text:
        """A text of the workbook's part of the catalogue in both languages."""
        return Text(*(messages.text(self.text_key(name), one, **params) for one in LANGUAGES))

    def first(self, text: Text) -> str:
        """A text in the reader's language."""
        return text.in_(self.language)

    def second(self, text: Text) -> str:
        """The same in the other language; "" where it is the same word."""
        other = text.in_(self.other_language)
        return "" if other == self.first(text) else other

    def both(self, text: Text, between: str = "\n") -> str:
        """Both in one cell, the reader's language first."""
        return between.join(filter(None, (self.first(text), self.second(text))))
