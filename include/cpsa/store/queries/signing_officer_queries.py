"""The officers who signed updates: kept once for each submission, read for an agency's own pages.

What must not go here: anything that lists officers of several agencies. Only the agency's own receipt
and copy show them.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from cpsa.store import bulk_rows
from cpsa.store.dialect import insert_or_ignore
from cpsa.store.tables.submission_tables import signing_officer
from cpsa.submissions.signing_officer import SigningOfficer


def record_signing_officer(
    connection: Connection, submission_id: int, officer: SigningOfficer
) -> None:
    """Store the officer who signed a submission; nothing where nobody was named, or where it is kept already."""
    if officer:
        connection.execute(
            insert_or_ignore(connection, signing_officer),
            {
                "submission_id": submission_id,
                "name": officer.name or None,
                "designation": officer.designation or None,
            },
        )


def list_signing_officers(
    connection: Connection, submission_ids: Collection[int]
) -> dict[int, SigningOfficer]:
    """The signing officers of these submissions, by submission; those that name nobody are left out."""
    found: dict[int, SigningOfficer] = {}
    for batch in bulk_rows.split_into_batches(submission_ids):
        query = select(signing_officer).where(signing_officer.c.submission_id.in_(batch))
        for row in connection.execute(query):
            found[row.submission_id] = SigningOfficer(row.name or "", row.designation or "")
    return found
