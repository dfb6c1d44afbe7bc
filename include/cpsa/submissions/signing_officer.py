"""The officer who signs an agency's update: a name and a designation, as the agency wrote them.

Personal data. It is kept with the submission and shown to the agency itself, in its receipt and in its
own copy; it must not go into the public edition, an export meant for the public, or a log, and so is
in no representation of the object.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_LENGTH = 120  # characters of a name or of a designation


@dataclass(frozen=True)
class SigningOfficer:
    """Who signs an update; either text is blank where it was not given."""

    name: str = field(default="", repr=False)
    designation: str = field(default="", repr=False)

    @classmethod
    def parse(cls, name: str, designation: str) -> SigningOfficer:
        """Two typed texts, each as one line of at most ``MAX_LENGTH`` characters."""
        return cls(*(_one_line(text) for text in (name, designation)))

    def __bool__(self) -> bool:
        return bool(self.name or self.designation)

    @property
    def line(self) -> str:
        """Name and designation as a letter prints them: ``A. Officer, Manager``; "" for nobody."""
        return ", ".join(text for text in (self.name, self.designation) if text)


def _one_line(text: str) -> str:
    return "".join(character for character in " ".join(text.split()) if character.isprintable())[
        :MAX_LENGTH
    ].strip()
