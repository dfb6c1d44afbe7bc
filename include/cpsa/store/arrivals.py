"""Everything that came in by any channel, refused or not: recording it, finding it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, Row, func, select

from cpsa.store.statements import insert_or_ignore
from cpsa.store.tables.intake import arrival, submission
from cpsa.store.tables.judgement import examination
from cpsa.submissions.state import SubmissionState

REFUSED = "refused"
# What was refused, then mended and let in again by people, is recorded anew under this.
_AGAIN = "{key} (again)"


def record(
    connection: Connection,
    *,
    channel: str,
    key: str,
    sha256: str,
    outcome: str,
    problem: str = "",
    params: Mapping[str, object] = {},
    **values: object,
) -> bool:
    """Record what came in by a channel; False when this very arrival was recorded before.

    One that was refused before and now is not is recorded beside its refusal.
    """
    earlier = find(connection, channel, key, sha256)
    if earlier is not None and earlier.outcome == REFUSED != outcome:
        key = _AGAIN.format(key=key)
    row = {"agency": "", "quarter": "", "version": 0, **values}
    done = connection.execute(
        insert_or_ignore(connection, arrival).values(
            channel=channel,
            key=key,
            sha256=sha256,
            outcome=outcome,
            problem=problem,
            params=params,
            **row,
        )
    )
    return done.rowcount > 0


def find(connection: Connection, channel: str, key: str, sha256: str) -> Row | None:
    """What was recorded last of one file of a channel: outcome, agency, quarter, version."""
    return connection.execute(
        select(arrival.c.outcome, arrival.c.agency, arrival.c.quarter, arrival.c.version)
        .where(
            arrival.c.channel == channel,
            arrival.c.key.in_((key, _AGAIN.format(key=key))),
            arrival.c.sha256 == sha256,
        )
        .order_by(arrival.c.id.desc())
        .limit(1)
    ).one_or_none()


def listed(connection: Connection, quarter: str = "", outcome: str = "") -> pd.DataFrame:
    """What came in, in the order in which it was taken in; of one quarter or outcome if asked."""
    statement = select(arrival).order_by(arrival.c.id)
    if quarter:
        statement = statement.where(arrival.c.quarter == quarter)
    if outcome:
        statement = statement.where(arrival.c.outcome == outcome)
    columns = [column.name for column in arrival.c]
    return pd.DataFrame(map(tuple, connection.execute(statement)), columns=columns)


def sizes_since(
    connection: Connection, channel: str, agency: str, quarter: str, since: datetime
) -> dict[str, int]:
    """Bytes by digest of what came by a channel from an agency for a quarter since an instant."""
    columns = arrival.c.sha256, arrival.c.size
    rows = connection.execute(
        select(*columns).where(
            arrival.c.channel == channel,
            arrival.c.agency == agency,
            arrival.c.quarter == quarter,
            arrival.c.received_at > since,
        )
    )
    return {row.sha256: row.size for row in rows}


def count_unreadable(connection: Connection, channel: str, agency: str, quarter: str) -> int:
    """How many versions of an update that came by a channel could not be read."""
    found = select(func.count(submission.c.id.distinct())).where(
        submission.c.channel == channel,
        submission.c.agency == agency,
        submission.c.quarter == quarter,
        examination.c.submission_id == submission.c.id,
        examination.c.state == SubmissionState.UNREADABLE,
    )
    return connection.execute(found).scalar_one()


def unexamined_quarters(connection: Connection) -> list[str]:
    """The quarters for which something came in that nobody has looked at yet, oldest first."""
    looked_at = select(examination.c.id).where(examination.c.submission_id == submission.c.id)
    statement = select(submission.c.quarter).where(~looked_at.exists()).distinct()
    return sorted(connection.execute(statement).scalars())
