"""Submissions and their figures. Nothing here is ever changed or deleted."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from cpsa.store.schema import DERIVED, Instant, RowId, metadata

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

# A figure as understood. The key serves one agency's history first. PostgreSQL checks the reference to the
# submission once a statement, by triggers (migration 0026).
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

# The figures of an accepted submission in the cells of a form, to compute with. ``fact`` is the truth: a
# row that is missing is made from it again. ``layout`` names the cells and their order.
packed_figures = Table(
    "packed_figures",
    metadata,
    Column("submission_id", BigInteger, ForeignKey("submission.id"), primary_key=True),
    Column("layout", Text, primary_key=True),
    Column("present", LargeBinary, nullable=False),
    Column("hundredths", LargeBinary, nullable=False),
    info={DERIVED: True},
)

# A row of a table that an accepted submission gave. ``position`` counts from 0, without rows left out.
table_row = Table(
    "table_row",
    metadata,
    Column("submission_id", BigInteger, ForeignKey("submission.id"), primary_key=True),
    Column("table_code", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("row_key", Text, nullable=False),
    Column("place", Text, nullable=False),
    UniqueConstraint("submission_id", "table_code", "row_key"),
)

# A value of such a row: a figure in ``hundredths``, a date (ISO 8601), text or code in ``value``.
table_value = Table(
    "table_value",
    metadata,
    Column("submission_id", BigInteger, primary_key=True, autoincrement=False),
    Column("table_code", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("column_code", Text, primary_key=True),
    Column("hundredths", BigInteger),
    Column("value", Text, nullable=False),
    Column("place", Text, nullable=False),
    ForeignKeyConstraint(
        ["submission_id", "table_code", "position"],
        ["table_row.submission_id", "table_row.table_code", "table_row.position"],
    ),
    sqlite_with_rowid=False,
)
