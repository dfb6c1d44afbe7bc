"""What an entry says it came to: an amount, and so many units at a rate.

What must not go here: judging whether they agree (``checks.entry_rules``), or which entries count (the store).
"""

from __future__ import annotations

from dataclasses import dataclass

ENTRY_AMOUNT = "convergence.amount"
"""How findings name the amount of an entry, where they name an indicator."""
LABEL_KEYS = ("template.entries.convergence", "template.entry.amount")
"""The keys of the texts by which it is known."""


@dataclass(frozen=True, slots=True)
class EntryAmount:
    """An entry with all three. ``subject``: contributor and kind of help; ``amount`` and ``rate`` in paise."""

    subject: str
    amount: int
    units: int
    rate: int
    place: str
