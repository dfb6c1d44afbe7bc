"""Examinations of submissions, their findings, and what people decided about them.

A submission's state is that of its latest examination; an examination is never changed.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from cpsa.store.schema import Instant, RowId, metadata

# basis: a digest of what the submission was compared with; another basis asks for another examination.
examination = Table(
    "examination",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("submission_id", BigInteger, ForeignKey("submission.id"), nullable=False),
    Column("examined_at", Instant, nullable=False),
    Column("framework", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("lock_exception_id", BigInteger, ForeignKey("lock_exception.id")),
    CheckConstraint(
        "state IN ('unreadable', 'rejected', 'returned', 'accepted', 'held')", name="state"
    ),
    Index(None, "submission_id", "id"),
)

# Found in a submission, or over a whole quarter when it was closed.
finding = Table(
    "finding",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("examination_id", BigInteger, ForeignKey("examination.id"), index=True),
    Column("closing_id", BigInteger, ForeignKey("closing.id"), index=True),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("observed", Text, nullable=False),
    Column("expected", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("waived", Boolean, nullable=False),
    Column("after_restatement", Boolean, nullable=False),
    CheckConstraint("(examination_id IS NULL) <> (closing_id IS NULL)", name="one_origin"),
    Index(None, "quarter"),
)

# An admin admits a late file of an agency to a closed quarter, whole or for single indicators.
# quiet: by a backfill; it is for the file that lies there, and the agency is not written to.
lock_exception = Table(
    "lock_exception",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("indicators", Text, nullable=False, server_default=""),  # by commas; blank = all
    Column("quiet", Boolean, nullable=False, server_default=false()),
    Column("reason", Text, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
)

# An admin lets one rule pass for an agency and quarter.
waiver = Table(
    "waiver",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
)

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
