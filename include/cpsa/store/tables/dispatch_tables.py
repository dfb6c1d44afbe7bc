"""The dispatch ledger: each mail that is due, its state, and the journal of every step.

What belongs here: the two tables and the names of their states. What must not: who may move a
dispatch from one state to the next (``cpsa.delivery.ledger``) and the statements that do it
(``dispatch_queries``).
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from cpsa.store.schema import Instant, RowId, metadata


class MailState(StrEnum):
    """The state of a dispatch. Only from ``PENDING`` is anything ever sent."""

    PENDING = "pending"
    CLAIMED = "claimed"  # a worker has it, nothing can have been accepted yet
    IN_DATA = "in_data"  # the final dot may have been written
    ACCEPTED = "accepted"  # the server answered 250
    BOUNCED = "bounced"  # taken, and returned by a later server as undeliverable
    UNCERTAIN = "uncertain"  # the dot may have arrived, the reply did not
    FAILED = "failed"  # the server answered 5xx
    EXPIRED = "expired"  # put off too often
    SUPERSEDED = "superseded"  # withdrawn before it was sent, mostly for a later revision


_STATES = ", ".join(f"'{state}'" for state in MailState)

dispatch = Table(
    "dispatch",
    metadata,
    Column("id", RowId, primary_key=True),
    # The mail and its recipient.
    Column("cycle", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("recipient", Text, nullable=False),  # the seat, such as DOMSME:to:1
    Column("revision", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("planned_at", Instant, nullable=False),
    # The message. Its attachments are files, by path and digest.
    Column("to_name", Text, nullable=False),
    Column("to_email", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("attachments", JSON, nullable=False),
    # How far it came. The fence counts claims: only the worker of the newest may change the row.
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("worker", Text),
    Column("lease_until", Instant),
    Column("next_attempt_at", Instant),  # none: due now
    Column("not_before", Instant),  # no attempt is made earlier; none: at once
    Column("code", Integer),  # the server's, if it answered
    Column("reason", Text),  # a key of the catalogue, below deliver.why
    Column("detail", Text),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("cycle", "slot", "recipient", "revision"),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    CheckConstraint("revision >= 0 AND attempts >= 0 AND fence >= 0", name="counts"),
    Index(None, "state", "cycle"),
)

# Append-only: one row for every step of a dispatch, never changed and never deleted.
dispatch_event = Table(
    "dispatch_event",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("dispatch", RowId, ForeignKey("dispatch.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("worker", Text),
    Column("code", Integer),
    Column("reason", Text),
    Column("detail", Text),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    Index(None, "state", "at"),
)
