"""Closings and their rows: scores, rates, restatements. Closing again adds a version."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from cpsa.store.schema import Instant, RowId, metadata


class ClosingKind(StrEnum):
    """Whether a version of a closing closes its quarter or withdraws the closing."""

    CLOSED = "closed"
    WITHDRAWN = "withdrawn"  # the closing before it is undone, the quarter is open again


# The files of a framework with which a quarter was closed, by name; ``version`` is what closings
# and examinations call it, ``digest`` the whole of which the version has the beginning.
framework_version = Table(
    "framework_version",
    metadata,
    Column("version", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("files", JSON, nullable=False),
    Column("kept_at", Instant, nullable=False),
)
# basis: a digest of everything the figures are computed from; the same basis is not computed again.
# kind: a ClosingKind.
closing = Table(
    "closing",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("quarter", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("framework", Text, nullable=False),
    Column("registry_load", BigInteger, ForeignKey("registry_load.id"), nullable=False),
    Column("basis", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="closed"),
    Column("closed_by", Text, nullable=False, server_default=""),  # blank: by its schedule
    Column("reason", Text, nullable=False, server_default=""),
    # Channels that could not be read before this closing, by commas.
    Column("unread", Text, nullable=False, server_default=""),
    UniqueConstraint("quarter", "version"),
)
# The accepted submissions that a closing of a quarter is computed from.
closing_submission = Table(
    "closing_submission",
    metadata,
    Column("closing_id", BigInteger, ForeignKey("closing.id"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("submission_id", BigInteger, ForeignKey("submission.id"), nullable=False),
)
score = Table(
    "score",
    metadata,
    Column("closing_id", BigInteger, ForeignKey("closing.id"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("composite", Float),
    Column("status", Text, nullable=False),
    Column("coverage", Float, nullable=False),
    # Whether the quarter counts in coverage; none in what version 1.0.0 closed, where all did.
    Column("due", Boolean),
)
group_score = Table(
    "group_score",
    metadata,
    Column("closing_id", BigInteger, ForeignKey("closing.id"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("group", Text, primary_key=True),
    Column("score", Float, nullable=False),
)
reporting = Table(
    "reporting",
    metadata,
    Column("closing_id", BigInteger, ForeignKey("closing.id"), primary_key=True),
    Column("form", Text, primary_key=True),
    Column("expected", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("on_time", Integer, nullable=False),
    # Of those expected; none in what version 1.0.0 closed, where everybody counted as requested.
    Column("not_requested", Integer),
)

# A figure that changed after its quarter was closed; either value may be absent.
restatement = Table(
    "restatement",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("closing_id", BigInteger, ForeignKey("closing.id"), nullable=False, index=True),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("old", BigInteger),
    Column("new", BigInteger),
    Column("reason", Text, nullable=False),
)
