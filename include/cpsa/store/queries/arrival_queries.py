"""Everything received by any channel, refused or not: statements that record and find arrivals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, func, or_, select

from cpsa.store import bulk_rows
from cpsa.store.dialect import insert_or_ignore
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.arrival_tables import arrival
from cpsa.store.tables.examination_tables import examination
from cpsa.store.tables.submission_tables import submission
from cpsa.submissions.state import SubmissionState

if TYPE_CHECKING:
    import pandas as pd

NEW, REFUSED = "new", "refused"
AUTOMATIC = "automatic"  # a mail that no person wrote: recorded, never answered
FOLDER = "folder"
# Versions before 1.2 recorded under this what was refused and came again when it was corrected.
_REPEATED_KEY = "{key} (again)"


def record_arrival(
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
    """Record what was received by a channel; False when this very arrival was recorded before.

    One that was refused before and now is not is recorded beside its refusal.
    """
    row = {"agency": "", "quarter": "", "version": 0, **values}
    owner = (str(row["agency"]), str(row["quarter"]))
    earlier = find_arrival(connection, channel, key, sha256, None if outcome == REFUSED else owner)
    if earlier is not None and (earlier.outcome != REFUSED or outcome == REFUSED):
        return False
    done = connection.execute(
        insert_or_ignore(connection, arrival).values(
            channel=channel,
            key=key,
            sha256=sha256,
            occurrence=_count_records(connection, channel, key, sha256) + 1,
            outcome=outcome,
            problem=problem,
            params=params,
            **row,
        )
    )
    return done.rowcount > 0


def find_arrival(
    connection: Connection,
    channel: str,
    key: str,
    sha256: str,
    owner: tuple[str, str] | None = None,
) -> StoredRow | None:
    """Return the record of this very arrival: outcome, agency, quarter, version; None if it is new.

    A mail or an upload is the same by its key and bytes. A path of a folder is the same while it
    has the bytes last seen there: what comes there after other bytes arrives again. ``owner``:
    only as a file of this agency and quarter, where a mail brings the same bytes for two.
    """
    query = (
        select(*(arrival.c[name] for name in ("sha256", "outcome", "agency", "quarter", "version")))
        .where(
            arrival.c.channel == channel, arrival.c.key.in_((key, _REPEATED_KEY.format(key=key)))
        )
        .order_by(arrival.c.id.desc())
        .limit(1)
    )
    if channel != FOLDER:
        query = query.where(arrival.c.sha256 == sha256)
        if owner is not None:
            query = query.where(arrival.c.agency == owner[0], arrival.c.quarter == owner[1])
    row = connection.execute(query).one_or_none()
    if row is None or row.sha256 != sha256:
        return None
    return row if owner in (None, (row.agency, row.quarter)) else None


def _count_records(connection: Connection, channel: str, key: str, sha256: str) -> int:
    count = select(func.count()).where(
        arrival.c.channel == channel, arrival.c.key == key, arrival.c.sha256 == sha256
    )
    return connection.execute(count).scalar_one()


def find_version_notice(connection: Connection, agency: str, quarter: str, version: int) -> str:
    """The key of a notice to the sender about how a version was received; blank for none."""
    return (
        connection.execute(
            select(arrival.c.problem)
            .where(
                arrival.c.agency == agency,
                arrival.c.quarter == quarter,
                arrival.c.version == version,
                arrival.c.outcome == NEW,
            )
            .order_by(arrival.c.id)
            .limit(1)
        ).scalar()
        or ""
    )


def list_refused_mails(connection: Connection, reason: str, since: str) -> list[StoredRow]:
    """Mails refused for a reason that begins so, for a known agency and quarter, oldest first.

    Columns: id, agency, quarter, problem, params, received_at. ``since``: the first quarter's key.
    """
    columns = (arrival.c.id, arrival.c.agency, arrival.c.quarter, arrival.c.problem)
    return list(
        connection.execute(
            select(*columns, arrival.c.params, arrival.c.received_at)
            .where(
                arrival.c.outcome == REFUSED,
                arrival.c.problem.startswith(reason, autoescape=True),
                arrival.c.agency != "",
                arrival.c.quarter >= since,
            )
            .order_by(arrival.c.id)
        )
    )


def load_arrivals(
    connection: Connection,
    quarter: str = "",
    outcome: str = "",
    window: tuple[datetime, datetime] | None = None,
) -> pd.DataFrame:
    """The arrivals in the order of recording, optionally of one quarter or outcome.

    What was refused without a quarter is listed with the quarter whose window (``window``: its begin
    and end) was open when it came.
    """
    statement = select(arrival).order_by(arrival.c.id)
    if quarter:
        is_of_quarter = arrival.c.quarter == quarter
        if window is not None and outcome == REFUSED:
            received_at = arrival.c.received_at
            is_of_window = and_(
                arrival.c.quarter == "", received_at >= window[0], received_at < window[1]
            )
            is_of_quarter = or_(is_of_quarter, is_of_window)
        statement = statement.where(is_of_quarter)
    if outcome:
        statement = statement.where(arrival.c.outcome == outcome)
    columns = [column.name for column in arrival.c]
    return bulk_rows.make_frame(connection.execute(statement), columns)


def load_sizes_since(
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


def count_unreadable_versions(
    connection: Connection, channel: str, agency: str, quarter: str
) -> int:
    """How many versions of an update that was received by a channel could not be read."""
    found = select(func.count(submission.c.id.distinct())).where(
        submission.c.channel == channel,
        submission.c.agency == agency,
        submission.c.quarter == quarter,
        examination.c.submission_id == submission.c.id,
        examination.c.state == SubmissionState.UNREADABLE,
    )
    return connection.execute(found).scalar_one()


def list_unexamined_quarters(connection: Connection) -> list[str]:
    """The quarters with submissions that are not examined yet, oldest first."""
    examined = select(examination.c.id).where(examination.c.submission_id == submission.c.id)
    statement = select(submission.c.quarter).where(~examined.exists()).distinct()
    return sorted(connection.execute(statement).scalars())
