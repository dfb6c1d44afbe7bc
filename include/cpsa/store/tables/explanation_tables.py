"""What agencies explain about warnings."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from cpsa.store.schema import Instant, RowId, metadata

# An agency explains a warning; without a rule, before any finding.
explanation = Table(
    "explanation",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("observed", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("given_at", Instant, nullable=False),
    Index(None, "agency", "rule"),
)
