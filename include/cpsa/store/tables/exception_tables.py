"""What an admin lets pass: lock exceptions for files after closing, and waivers of rules."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Table, Text, false

from cpsa.store.schema import Instant, RowId, metadata

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
