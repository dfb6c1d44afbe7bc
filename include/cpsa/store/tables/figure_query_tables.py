"""Questions of CPSA about single accepted figures (rule C01)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from cpsa.store.schema import Instant, RowId, metadata

# CPSA asks an agency about one accepted figure, outside any rule (C01). hundredths: the value that was
# queried; ordinal: which question about this figure, of whatever quarter, it is, from 1.
figure_query = Table(
    "figure_query",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("hundredths", BigInteger, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("text_hi", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    UniqueConstraint("agency", "quarter", "indicator", "dimension", "ordinal"),
)

# A question that CPSA took back.
figure_query_withdrawal = Table(
    "figure_query_withdrawal",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("query_id", BigInteger, ForeignKey("figure_query.id"), nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("withdrawn_by", Text, nullable=False),
    Column("withdrawn_at", Instant, nullable=False),
)
