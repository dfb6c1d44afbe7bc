"""Decisions of departments that an agency's next letter tells it: since the letter before.

The request and the closing notice take turns, so each decision is told in the first of them that is
written after it was recorded.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa import letters
from cpsa.actions import Decision
from cpsa.bilingual import Text
from cpsa.calendar import IST
from cpsa.cycle.decisions import decisions_since
from cpsa.cycle.letters.due import Owed
from cpsa.cycle.office import Office
from cpsa.letters import Kind
from cpsa.store import closings
from cpsa.store.database import reading


def decided(office: Office, owed: Owed) -> list[letters.Told]:
    """What a letter tells of decisions; nothing for letters about one file."""
    with reading(office.engine) as connection:
        since = _since(connection, owed)
        if since is None:
            return []
        rows = decisions_since(connection, owed.agency, since)
    departments = {
        code: office.reference.departments[present]
        for code, present in office.reference.department_codes.items()
    }
    return [
        letters.Told(
            number=row.number,
            department=(
                departments[row.department].name
                if row.department in departments
                else Text(row.department, row.department)
            ),
            request=row.request,
            decision=Decision(row.decision),
            day=row.decided_at.astimezone(IST).date(),
            remarks=row.remarks,
        )
        for row in rows.itertuples(index=False)
    ]


def _since(connection: Connection, owed: Owed) -> datetime | None:
    match owed.kind:
        case Kind.REQUEST:
            before = closings.first_closing(connection, (owed.quarter - 1).key)
            nominal = (owed.quarter - 1).closes_at
            return max(nominal, before["closed_at"]) if before else nominal
        case Kind.CLOSING:
            return owed.quarter.opens_at
    return None
