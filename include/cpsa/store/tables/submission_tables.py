"""Obligations and what was received. Nothing here is ever changed or deleted."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
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

# An update is due from an agency for a quarter. Its state is derived from the submissions.
obligation = Table(
    "obligation",
    metadata,
    Column("quarter", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("form", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    # When a mail server accepted the request, and its mail did not bounce; or by whom it was made.
    Column("requested_at", Instant),
    Column("requested_by", Text, nullable=False, server_default=""),
    # The quarter was closed before it had ended, and that was undone.
    Column("withdrawn_at", Instant),
)

# One file from one agency for one quarter; the bytes are kept by their digest. The same bytes may
# be several versions: an older file that was received again after another.
submission = Table(
    "submission",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("collected_at", Instant, nullable=False),
    UniqueConstraint("agency", "quarter", "version"),
    CheckConstraint("version >= 1", name="version"),
    Index(None, "quarter"),
)

# Who signed an update, where its file names an officer. Shown to the agency alone.
signing_officer = Table(
    "signing_officer",
    metadata,
    Column("submission_id", BigInteger, ForeignKey("submission.id"), primary_key=True),
    Column("name", Text),
    Column("designation", Text),
)

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

# A figure as understood. The key serves one agency's history first.
fact = Table(
    "fact",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("quarter", Text, primary_key=True),
    Column("indicator", Text, primary_key=True),
    Column("dimension", Text, primary_key=True),
    Column("submission_id", BigInteger, ForeignKey("submission.id"), primary_key=True),
    Column("hundredths", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("place", Text, nullable=False),
    # The submission it was carried over from, where only other indicators had been reopened.
    Column("carried_from", BigInteger),
    CheckConstraint("origin IN ('reported', 'nil')", name="origin"),
    sqlite_with_rowid=False,
)

# What agencies wrote beside the figures, load by load; the newest load of a quarter counts. Of a
# workbook the submission that brought it; none where a file had entries alone.
entry_load = Table(
    "entry_load",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("submission_id", BigInteger, ForeignKey("submission.id"), unique=True),
)
entry = Table(
    "entry",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("load_id", BigInteger, ForeignKey("entry_load.id"), nullable=False),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("amount", BigInteger),
    Column("people", BigInteger),
    Column("place", Text, nullable=False),
    Index(None, "quarter", "agency"),
    Index(None, "load_id", "quarter"),
)
