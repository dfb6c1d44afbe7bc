"""A short text in both languages of the programme.

What belongs here: the value type that carries a label in English and in Hindi side by side.
What must not: catalogues, formatting, or a choice of language (the caller passes it).
"""

from dataclasses import dataclass

LANGUAGES = ("en", "hi")


@dataclass(frozen=True, slots=True)
class Text:
    """One label, in English and in Hindi."""

    en: str
    hi: str

    def in_(self, language: str) -> str:
        """The label in `language`; a language we do not print in is a fault of the caller."""
        match language:
            case "en":
                return self.en
            case "hi":
                return self.hi
        raise ValueError(f"language {language!r} is not one of {', '.join(LANGUAGES)}")
