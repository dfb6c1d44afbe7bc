"""Arrivals awaiting confirmation, and how each was settled. Nothing here is changed or deleted."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from cpsa.store.schema import Instant, RowId, metadata

# A file of a mail whose sender is not proven. It is no submission and counts nowhere.
awaiting_arrival = Table(
    "awaiting_arrival",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    # The agency or department of the file; the period is blank where rows name several.
    Column("party", Text, nullable=False),
    Column("period", Text, nullable=False),
    # The registered address that the mail names as its sender, and all for whom that may speak.
    Column("sender", Text, nullable=False),
    Column("parties", JSON, nullable=False),
    Column("proof", Text, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("channel", "key", "sha256", "kind", "party", "period"),
    CheckConstraint("kind IN ('update', 'entries', 'report')", name="kind"),
    Index(None, "party", "period"),
)
# How an arrival was settled: one row at most.
arrival_settlement = Table(
    "arrival_settlement",
    metadata,
    Column("awaiting_id", BigInteger, ForeignKey("awaiting_arrival.id"), primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("settled_at", Instant, nullable=False),
    Column("settled_by", Text, nullable=False),  # address, time, trust, or the person's name
    Column("reason", Text, nullable=False),
    CheckConstraint("outcome IN ('confirmed', 'refused', 'expired', 'replaced')", name="outcome"),
)
