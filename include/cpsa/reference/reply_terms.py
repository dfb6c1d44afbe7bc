"""What CPSA decided about replies of departments: their term, and how far effects are followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cpsa.reference.yaml_reader import YamlEntry


@dataclass(frozen=True, slots=True)
class ReplyTerms:
    """``term``: from dispatch until a final decision is late."""

    term: timedelta
    effect_quarters: int


def parse_reply_terms(file: YamlEntry) -> ReplyTerms:
    return ReplyTerms(timedelta(days=file.whole("reply_days")), file.whole("effect_quarters"))
