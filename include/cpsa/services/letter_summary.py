"""What one call wrote and sent of letters, to agencies or to departments."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Self

from cpsa.delivery.ledger_results import DispatchResult
from cpsa.services.dispatch_summary import describe_interruption


@dataclass(frozen=True)
class LetterSummary:
    """``written`` and ``accepted`` count this call; the others are what the cycles at hand still have.

    ``held_back``: letters are switched off (CPSA_LETTERS), and so many would have been written.
    """

    written: int = 0
    accepted: int = 0
    pending: int = 0
    failed: int = 0
    uncertain: int = 0
    held_back: int = 0
    trouble: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether everything that is due was handed over."""
        return not (self.failed or self.uncertain or self.pending or self.held_back)

    def add_result(self, result: DispatchResult, language: str) -> Self:
        """Return the same with what the ledger sent of one more cycle, its trouble in words."""
        return replace(
            self,
            accepted=self.accepted + result.accepted,
            failed=self.failed + result.failed,
            uncertain=self.uncertain + result.uncertain,
            pending=self.pending + result.pending,
            trouble=describe_interruption(result, language),
        )

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class AgencyLetterSummary(LetterSummary):
    """Also: letters withdrawn and readdressed by this call, and channels that could not be read."""

    withdrawn: int = 0
    readdressed: int = 0
    unread: tuple[str, ...] = ()
