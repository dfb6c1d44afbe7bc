"""What departments sent: forms, recorded or not, and replies that a person enters by hand."""

from __future__ import annotations

from enum import StrEnum

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


class ReplyKind(StrEnum):
    """What a department sent."""

    FORM = "form"  # read; some of its rows may not be recorded
    NOT_READ = "not_read"  # a form of which nothing was recorded, such as another department's
    BY_HAND = "by_hand"  # in words or as a scan: a person enters its decisions


_KINDS = ", ".join(f"'{kind}'" for kind in ReplyKind)

# The department is answered once for each row, at ``seat`` (blank: its first ``to`` recipient).
# unchanged: the rows of a form that said what was recorded before. numbers: the actions that a
# reply by hand names; found_by: how its department was found. settled_*: a person has entered it.
department_reply = Table(
    "department_reply",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("half", Text, nullable=False),
    Column("seat", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("collected_at", Instant, nullable=False),
    Column("report_id", BigInteger, ForeignKey("action_report.id")),
    Column("unchanged", Integer, nullable=False, server_default="0"),
    Column("problem", Text, nullable=False, server_default=""),
    Column("params", JSON, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("numbers", JSON, nullable=False),
    Column("found_by", Text, nullable=False, server_default=""),
    Column("settled_at", Instant),
    Column("settled_by", Text, nullable=False, server_default=""),
    Column("settled_reason", Text, nullable=False, server_default=""),
    UniqueConstraint("channel", "key", "sha256", "received_at"),
    CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
    Index(None, "kind", "settled_at"),
)
