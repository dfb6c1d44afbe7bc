"""Everything that was received by any channel, refused or not."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from cpsa.store.schema import Instant, RowId, metadata

# Everything received by any channel, refused or not; of a mail the key is its Message-ID. The
# occurrence counts how often these bytes came under the key after other bytes or a refusal.
arrival = Table(
    "arrival",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("collected_at", Instant, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("params", JSON, nullable=False),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("occurrence", Integer, nullable=False, server_default="1"),
    UniqueConstraint("channel", "key", "sha256", "occurrence"),
    CheckConstraint(
        "outcome IN ('new', 'repeat', 'entries', 'report', 'reply', 'refused', 'automatic')",
        name="outcome",
    ),
    Index(None, "quarter", "agency"),
)
