"""The interface through which the ledger sends messages.

What belongs here: the contract between ledger and mail port. The port says what it knows about
one attempt; what follows from that is the ledger's to decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from cpsa.delivery.mail_message import MailMessage


class Outcome(Enum):
    """What is known after one attempt."""

    ACCEPTED = auto()  # the server took it
    DEFERRED = auto()  # surely not taken; later it may be
    REFUSED = auto()  # surely not taken, and never will be
    UNKNOWN = auto()  # the final dot may have arrived, no reply did
    UNREACHABLE = auto()  # surely not taken: the server takes nothing from us at present


@dataclass(frozen=True)
class Reply:
    """``reason`` names a text below ``deliver.why``; ``detail``: the server's text."""

    outcome: Outcome
    reason: str
    detail: str = ""
    code: int | None = None


class LeaseLostError(Exception):
    """Raised before the final dot: another worker may have the message now, so it is dropped."""


class MailPort(Protocol):
    """Carries one message at a time, over one session it keeps. ``per_minute``: how many its server
    takes from all of us together; none for no limit."""

    per_minute: int | None

    def deliver(
        self,
        message: MailMessage,
        message_id: str,
        date: datetime,
        before_dot: Callable[[], None],
    ) -> Reply:
        """Try once. ``before_dot`` runs when all is written but the final dot; if it raises,
        the dot is never written and the exception passes through."""
        ...
