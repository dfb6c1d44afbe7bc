"""The kinds of letters and the names of their slots in the ledger."""

from __future__ import annotations

from enum import StrEnum

PACK_SLOT = "pack"
"""The slot of a department's pack."""


class LetterKind(StrEnum):
    """The reason of a letter to an agency."""

    REQUEST = "request"
    RECEIPT = "receipt"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    LOCKED_OUT = "held"
    QUERY = "query"
    REMINDER = "reminder"
    CLOSING = "closing"
    WITHDRAWN = "withdrawn"
    UNUSABLE = "unusable"

    def make_slot(self, version: int = 0, step: str = "") -> str:
        """Its slot: ``request``, ``receipt-v2`` of a file's version, ``reminder-before-5``,
        ``query-12`` of a question's number; of an unusable mail its arrival's number is the version."""
        detail = f"v{version}" if version else step
        return f"{self}-{detail}" if detail else str(self)
