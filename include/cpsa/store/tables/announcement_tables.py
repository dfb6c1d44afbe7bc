"""What the store remembers of the work that was started from it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table, Text

from cpsa.store.schema import Instant, RowId, metadata

# A stale period was announced to the DAG that publishes or compiles it, or that work is done. The
# newest row of a period counts. ``basis``: how far the store had come.
announcement = Table(
    "announcement",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("period", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("stage IN ('announced', 'done')", name="stage"),
    Index(None, "period", "id"),
)
