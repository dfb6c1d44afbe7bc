"""Examinations of submissions, and their findings.

A submission's state is that of its latest examination; an examination is never changed.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Table, Text

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
