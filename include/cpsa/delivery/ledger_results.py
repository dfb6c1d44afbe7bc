"""The ledger's results of planning and sending, and the lines of the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.store.tables.dispatch_tables import MailState


@dataclass(frozen=True)
class PlanResult:
    """How many messages are new, known already, revised or got a corrected address."""

    new: int = 0
    known: int = 0
    revised: int = 0
    readdressed: int = 0


@dataclass(frozen=True)
class DispatchResult:
    """``accepted`` counts this run; the others are what the cycle still has afterwards."""

    accepted: int
    failed: int
    uncertain: int
    pending: int
    trouble: RequestError | None = None  # why the run stopped early, if it did

    @property
    def is_complete(self) -> bool:
        """Whether everything planned in the cycle was handed over."""
        return not (self.failed or self.uncertain or self.pending)


@dataclass(frozen=True)
class OutboxLine:
    """One line of the outbox."""

    cycle: str
    slot: str
    recipient: str
    revision: int
    to_email: str
    subject: str
    state: MailState
    attempts: int
    next_attempt_at: datetime | None
    changed_at: datetime
    code: int | None
    reason: str | None
    detail: str | None
    message_id: str
    digest: str

    def why(self, language: str) -> str:
        """The reason of its state; blank where the state says it all."""
        if self.reason is None:
            return ""
        return text(f"deliver.why.{self.reason}", language, detail=self.detail or "")
