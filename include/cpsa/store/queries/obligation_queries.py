"""Obligations: which agency's update is due for a quarter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from cpsa.store import bulk_rows
from cpsa.store.dialect import insert_or_ignore
from cpsa.store.tables.obligation_tables import obligation


def record_obligations(
    connection: Connection, quarter: str, forms: Mapping[str, str], now: datetime
) -> int:
    """Record that an update is due from these agencies (code → form); how many were new."""
    known = {
        agency: withdrawn_at
        for agency, withdrawn_at in connection.execute(
            select(obligation.c.agency, obligation.c.withdrawn_at).where(
                obligation.c.quarter == quarter
            )
        )
    }
    rows = [
        {"quarter": quarter, "agency": agency, "form": form, "recorded_at": now}
        for agency, form in forms.items()
        if agency not in known
    ]
    if rows:
        connection.execute(insert_or_ignore(connection, obligation), rows)
    renewed = [agency for agency in forms if known.get(agency) is not None]
    for batch in bulk_rows.split_into_batches(renewed):
        connection.execute(
            update(obligation)
            .where(obligation.c.quarter == quarter, obligation.c.agency.in_(batch))
            .values(withdrawn_at=None, recorded_at=now)
        )
    return len(rows) + len(renewed)


def withdraw_obligations(connection: Connection, quarter: str, now: datetime) -> None:
    """Withdraw the obligations of a quarter that had not ended; opening it records them again."""
    connection.execute(
        update(obligation).where(obligation.c.quarter == quarter).values(withdrawn_at=now)
    )


def load_obligations(connection: Connection, quarter: str) -> dict[str, str]:
    """The agencies whose update is due for a quarter: code → form, in the order of recording."""
    rows = connection.execute(
        select(obligation.c.agency, obligation.c.form).where(
            obligation.c.quarter == quarter, obligation.c.withdrawn_at.is_(None)
        )
    )
    return {agency: form for agency, form in rows}
