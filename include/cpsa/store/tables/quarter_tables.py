"""What the programme decided about its quarters: settings, openings, extensions, waiting closings.

Also the scans of the channels, since the arrival of a file is counted from them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from cpsa.store.schema import Instant, RowId, metadata

# A setting of the programme, such as first_quarter. The newest row of a name is valid.
programme_setting = Table(
    "programme_setting",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", Instant, nullable=False),
    Index(None, "name"),
)
# When a quarter was first opened. Replayed: only after its window had ended; nobody is written to.
quarter_opening = Table(
    "quarter_opening",
    metadata,
    Column("quarter", Text, primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", Text, nullable=False),  # blank: by its schedule
    Column("replayed", Boolean, nullable=False),
)
# An admin gave an agency more time for a quarter. The newest row of an agency and quarter is valid.
extension = Table(
    "extension",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("until", Instant, nullable=False),  # exclusive: the end of the last day in time
    Column("reason", Text, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Index(None, "quarter", "agency"),
)
# A closing that had to wait for channels that could not be read.
closing_attempt = Table(
    "closing_attempt",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("quarter", Text, nullable=False),
    Column("attempted_at", Instant, nullable=False),
    Column("waits_for", Text, nullable=False),  # channels, by commas
    Index(None, "quarter"),
)
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
