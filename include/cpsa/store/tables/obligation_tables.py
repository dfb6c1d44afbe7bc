"""Obligations: which agency has to send an update for which quarter."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from cpsa.store.schema import Instant, metadata

# An update is due from an agency for a quarter. Its state is derived from the submissions.
obligation = Table(
    "obligation",
    metadata,
    Column("quarter", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("form", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    # When a mail server accepted the request, and its mail did not bounce; or by whom it was made.
    Column("requested_at", Instant),
    Column("requested_by", Text, nullable=False, server_default=""),
    # The quarter was closed before it had ended, and that was undone.
    Column("withdrawn_at", Instant),
)
