"""What CPSA decided about replies of departments: their term, and how far effects are followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cpsa.reference.reading import Entry


@dataclass(frozen=True, slots=True)
class Replies:
    """``term``: from dispatch until a final decision is late."""

    term: timedelta
    effect_quarters: int


def replies(file: Entry) -> Replies:
    return Replies(timedelta(days=file.whole("reply_days")), file.whole("effect_quarters"))
