"""The languages of the programme, and a short text in each of them.

What belongs here: which languages there are, in what order a reader gets them, and the value type
that carries a label in all of them; and how wide a text is. What must not: catalogues, formatting, or the language of a
reader (the caller passes it).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

LANGUAGES = ("en", "hi")
"""The languages that are printed; the only list of them."""

DEFAULT_LANGUAGE = "en"
"""The language of those whose own is not known."""


def order_languages(first: str) -> tuple[str, ...]:
    """All languages, with ``first`` before the others."""
    return (first, *(language for language in LANGUAGES if language != first))


def get_other_language(language: str) -> str:
    """The language that is offered beside ``language``."""
    return order_languages(language)[1]


def select_language(requested: str, default: str) -> str:
    """The requested language where texts exist in it, else the default."""
    return requested if requested in LANGUAGES else default


def measure_text(text: str) -> int:
    """How many letters wide a line is; vowel signs above and below a letter take no room."""
    return sum(unicodedata.category(letter) != "Mn" for letter in text)


@dataclass(frozen=True, slots=True)
class Text:
    """One label, in English and in Hindi."""

    en: str
    hi: str

    @classmethod
    def from_function(cls, make_label: Callable[[str], str]) -> Self:
        """The text that ``make_label`` returns for each language."""
        return cls(**{language: make_label(language) for language in LANGUAGES})

    @classmethod
    def from_columns(cls, row: Mapping[str, Any], stem: str) -> Self:
        """The text of a row's columns ``<stem>_<language>``."""
        return cls.from_function(lambda language: row[f"{stem}_{language}"])

    @classmethod
    def untranslated(cls, label: str) -> Self:
        """What is the same in every language: a code, or what somebody wrote."""
        return cls.from_function(lambda language: label)

    def list_labels(self) -> tuple[str, ...]:
        """The label in every language, in the order of ``LANGUAGES``."""
        return tuple(self.in_(language) for language in LANGUAGES)

    def in_(self, language: str) -> str:
        """The label in `language`; a language we do not print in is a fault of the caller."""
        if language not in LANGUAGES:
            raise ValueError(f"language {language!r} is not one of {', '.join(LANGUAGES)}")
        label: str = getattr(self, language)
        return label
