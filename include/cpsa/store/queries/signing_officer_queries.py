"""The officers who signed updates: kept once for each submission, read for an agency's own pages.

What must not go here: anything that lists officers of several agencies. Only the agency's own receipt
and copy show them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from cpsa.store import bulk_rows
from cpsa.store.dialect import is_among
from cpsa.store.tables.submission_tables import signing_officer
from cpsa.submissions.signing_officer import SigningOfficer


def record_signing_officers(connection: Connection, officers: Mapping[int, SigningOfficer]) -> None:
    """Store who signed submissions, by their ids; left out is who names nobody, or is kept already."""
    named = {id_: officer for id_, officer in officers.items() if officer}
    if not named:
        return
    own = signing_officer.c.submission_id
    known = set(connection.execute(select(own).where(is_among(connection, own, named))).scalars())
    rows = [
        (id_, officer.name or None, officer.designation or None)
        for id_, officer in named.items()
        if id_ not in known
    ]
    names = ("submission_id", "name", "designation")
    bulk_rows.add_rows(connection, signing_officer, names, rows)


def list_signing_officers(
    connection: Connection, submission_ids: Collection[int]
) -> dict[int, SigningOfficer]:
    """The signing officers of these submissions, by submission; those that name nobody are left out."""
    query = select(signing_officer).where(
        is_among(connection, signing_officer.c.submission_id, submission_ids)
    )
    return {
        row.submission_id: SigningOfficer(row.name or "", row.designation or "")
        for row in connection.execute(query)
    }
