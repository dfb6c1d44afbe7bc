"""The audit entries: what people did by hand."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from cpsa.store.schema import Instant, RowId, metadata

# The audit: who did what by hand, and why.
audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
