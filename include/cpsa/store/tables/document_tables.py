"""Documents as they were built."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Table, Text

from cpsa.store.schema import Instant, RowId, metadata

# A document as built once; the newest row of a key is the current edition. ``inputs`` is the digest
# of all its inputs, ``inputs_of`` has one of each; none before they were kept apart. ``replaces``: of
# a restatement note the editions it compares.
document = Table(
    "document",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("inputs_of", JSON(none_as_null=True)),
    Column("mark", JSON),  # how far history had come; none before marks were kept
    Column("replaces", JSON(none_as_null=True)),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("built_at", Instant, nullable=False),
    Index(None, "period", "kind", "subject"),
)
