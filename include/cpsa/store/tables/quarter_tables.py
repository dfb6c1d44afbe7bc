"""What the programme decided about its quarters: settings, openings, extensions, waiting closings."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

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
