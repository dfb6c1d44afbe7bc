"""The five decisions of domain.md, which of them end an action, and their names in both languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from cpsa.i18n.catalogue import make_text
from cpsa.i18n.text import Text


class Decision(StrEnum):
    """What a department decided, in the order in which it is offered."""

    ACCEPTED = "accepted"
    DONE = "done"
    NOT_PURSUED = "not_pursued"
    REPLY_NOT_ACCEPTED = "reply_not_accepted"
    REPLY_AWAITED = "reply_awaited"

    @property
    def label(self) -> Text:
        return make_text(f"documents.decision.{self}")


FINAL = frozenset((Decision.DONE, Decision.NOT_PURSUED))
"""After these nothing is due; every other action is pending."""


def parse_decision(typed: str) -> Decision | None:
    """Return the decision of a code or a name in either language, in any case; None for anything else."""
    return _spellings().get(_plain(typed))


def _plain(typed: str) -> str:
    words = unicodedata.normalize("NFC", typed).casefold().replace("_", " ")
    return " ".join(words.replace(",", " ").split())


@cache
def _spellings() -> Mapping[str, Decision]:
    return {
        _plain(spelling): decision
        for decision in Decision
        for spelling in (decision, *decision.label.list_labels())
    }
