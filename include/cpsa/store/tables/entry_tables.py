"""Entries: what agencies wrote beside the figures."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from cpsa.store.schema import Instant, RowId, metadata

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
    Column("help", Text, nullable=False, server_default=""),
    Column("units", BigInteger),
    Column("rate", BigInteger),
    Column("women", BigInteger),
    Index(None, "quarter", "agency"),
    Index(None, "load_id", "quarter"),
)
