"""What was published from which state of the store, and the questions that were put to a person."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, Table, Text

from cpsa.store.schema import Instant, RowId, metadata


class PublicationKind(StrEnum):
    """What was published of a period."""

    DOCUMENTS = "documents"
    ONLINE_EDITION = "online_edition"


class QuestionKind(StrEnum):
    """What a question asks a person to decide."""

    DISPATCH = "dispatch"
    BACKFILL = "backfill"


class QuestionOutcome(StrEnum):
    """How a question ended."""

    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"  # the documents it was about are no longer the newest
    VOID = "void"  # a quarter of its half-year was undone
    UNANSWERED = "unanswered"  # its time ran out
    NOTHING_TO_SEND = "nothing_to_send"  # no decision was needed


_OUTCOMES = ", ".join(f"'{outcome}'" for outcome in QuestionOutcome)

# A quarter's, half-year's or year's documents, or the online edition, as they were published once.
# mark: how far history had come (see document); closing_version: of the period's last quarter.
publication = Table(
    "publication",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("closing_version", Integer, nullable=False),
    Column("mark", JSON, nullable=False),
    Column("published_at", Instant, nullable=False),
    CheckConstraint("kind IN ('documents', 'online_edition')", name="kind"),
    Index(None, "kind", "period"),
)

# A question that waits, or waited, for a person. half: blank for a backfill; edition: the digest of
# the documents in question, documents: the row numbers of these. ended_at, outcome: none while open.
question = Table(
    "question",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("half", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("edition", Text, nullable=False),
    Column("documents", JSON, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("asked_by_run", Text, nullable=False),
    Column("answer_by", Instant),
    Column("ended_at", Instant),
    Column("outcome", Text),
    CheckConstraint("kind IN ('dispatch', 'backfill')", name="kind"),
    CheckConstraint(f"outcome IN ({_OUTCOMES})", name="outcome"),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
    Index(None, "half"),
)

# A recipient has documents that an edition built later has changed.
changed_document = Table(
    "changed_document",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("half", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("found_at", Instant, nullable=False),
    Index(None, "half", "edition"),
)

# Why sent documents of a half-year that have changed are not sent again, until they change again.
no_revision = Table(
    "no_revision",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("half", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("documents", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "half"),
)
