"""Policy actions, decisions on them, and the reports by which departments answered."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from cpsa.store.schema import Instant, RowId, metadata

# A request of an agency to a department; its number never changes.
action = Table(
    "action",
    metadata,
    Column("number", Text, primary_key=True),
    Column("quarter", Text, nullable=False, index=True),
    Column("agency", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("raised_at", Instant, nullable=False),
)
# An action taken report as a department sent it; the bytes are kept by their digest. ``problems``
# says which of its rows could not be recorded.
action_report = Table(
    "action_report",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("department", Text, nullable=False),
    Column("half", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("problems", JSON, nullable=False),
    UniqueConstraint("department", "half", "version"),
)
# decided_at is the department's word, recorded_at ours; report_id and place say where it is, if
# it came by a report. promised_on: the date named for completion, as 2027-03-31, where one was.
decision = Table(
    "decision",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("action", Text, ForeignKey("action.number"), nullable=False),
    Column("decision", Text, nullable=False),
    Column("remarks", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Text, nullable=False, server_default=""),
    Column("report_id", BigInteger),
    Column("place", Text, nullable=False, server_default=""),
    Column("promised_on", Text),
    CheckConstraint(
        "decision IN ('accepted', 'not_pursued', 'reply_not_accepted', 'reply_awaited', 'done')",
        name="decision",
    ),
    Index(None, "action", "id"),
)
