"""What CPSA decided about replies of departments: their term, and how far effects are followed."""

from __future__ import annotations

from datetime import timedelta

from cpsa.reference.data_model import Count, DataModel


class ReplyTerms(DataModel):
    """``term``: from dispatch until a final decision is late."""

    reply_days: Count
    effect_quarters: Count

    @property
    def term(self) -> timedelta:
        return timedelta(days=self.reply_days)
