"""Scans of the channels: the arrival of a file is counted from them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from cpsa.store.schema import Instant, RowId, metadata

# One scan of a channel: completed, or ended by an error (a key of the catalogue).
channel_round = Table(
    "channel_round",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("error", Text),
    Index(None, "channel", "place"),
)
# A file that the newest completed scan of a folder showed. absent_at: the start of the last completed
# scan that did not show it as it is; none where there was no such scan.
channel_file = Table(
    "channel_file",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("absent_at", Instant),
    Column("round_id", BigInteger, ForeignKey("channel_round.id"), nullable=False),
    UniqueConstraint("channel", "place", "key"),
)
