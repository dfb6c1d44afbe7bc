"""The five decisions of domain.md, which of them end an action, and the words they are told in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from cpsa.bilingual import LANGUAGES, Text
from cpsa.messages import text


class Decision(StrEnum):
    """What a department decided, in the order in which it is offered."""

    ACCEPTED = "accepted"
    DONE = "done"
    NOT_PURSUED = "not_pursued"
    REPLY_NOT_ACCEPTED = "reply_not_accepted"
    REPLY_AWAITED = "reply_awaited"

    @property
    def label(self) -> Text:
        return Text(*(text(f"documents.decision.{self}", one) for one in LANGUAGES))


FINAL = frozenset((Decision.DONE, Decision.NOT_PURSUED))
"""After these nothing is owed; every other action is pending."""


def read(said: str) -> Decision | None:
    """A decision by its code or its words in either language, in any case; None for anything else."""
    return _spellings().get(_plain(said))


def _plain(said: str) -> str:
    words = unicodedata.normalize("NFC", said).casefold().replace("_", " ")
    return " ".join(words.replace(",", " ").split())


@cache
def _spellings() -> Mapping[str, Decision]:
    return {
        _plain(spelling): one for one in Decision for spelling in (one, one.label.en, one.label.hi)
    }
