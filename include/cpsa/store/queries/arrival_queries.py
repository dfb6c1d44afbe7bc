"""Everything received by any channel, refused or not: statements that record and find arrivals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from cpsa.store import bulk_rows
from cpsa.store.dialect import insert_or_ignore, is_among
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
_REPEATED_SUFFIX = " (again)"


class RecordedArrival(NamedTuple):
    """An arrival as it was recorded."""

    key: str
    sha256: str
    outcome: str
    agency: str
    quarter: str
    version: int

    @property
    def owner(self) -> tuple[str, str]:
        return self.agency, self.quarter


class RecordedArrivals:
    """What is recorded of a channel under some keys, and what this transaction adds."""

    def __init__(self, channel: str, rows: Iterable[RecordedArrival]) -> None:
        self._channel = channel
        self._by_key: dict[str, list[tuple[int, RecordedArrival]]] = {}  # with their order
        self._count = count()
        for row in rows:
            self._note(row)

    @classmethod
    def load(cls, connection: Connection, channel: str, keys: Collection[str]) -> RecordedArrivals:
        """Load what was recorded under these keys."""
        columns = [arrival.c[name] for name in RecordedArrival._fields]
        wanted = [*keys, *(key + _REPEATED_SUFFIX for key in keys)]
        found = connection.execute(
            select(*columns)
            .where(arrival.c.channel == channel, is_among(connection, arrival.c.key, wanted))
            .order_by(arrival.c.id)
        )
        return cls(channel, map(RecordedArrival._make, found))

    def find(
        self, key: str, sha256: str, owner: tuple[str, str] | None = None
    ) -> RecordedArrival | None:
        """Return the record of this very arrival; None if it is new.

        A mail or an upload is the same by its key and bytes. A path of a folder is the same while it
        has the bytes last seen there: what comes there after other bytes arrives again. ``owner``:
        only as a file of this agency and quarter, where a mail brings the same bytes for two.
        """
        same = self._by_key.get(key, []) + self._by_key.get(key + _REPEATED_SUFFIX, [])
        rows = [row for _, row in sorted(same)]
        if self._channel != FOLDER:
            rows = [row for row in rows if row.sha256 == sha256 and owner in (None, row.owner)]
        if not rows or rows[-1].sha256 != sha256:
            return None
        return rows[-1] if owner in (None, rows[-1].owner) else None

    def add(
        self,
        *,
        key: str,
        sha256: str,
        outcome: str,
        agency: str = "",
        quarter: str = "",
        version: int = 0,
        **values: object,
    ) -> dict[str, object] | None:
        """Return the row of an arrival to be added; None when this very arrival was recorded before.

        One that was refused before and now is not is recorded beside its refusal.
        """
        new = RecordedArrival(key, sha256, outcome, agency, quarter, version)
        earlier = self.find(key, sha256, None if outcome == REFUSED else new.owner)
        if earlier is not None and (earlier.outcome != REFUSED or outcome == REFUSED):
            return None
        self._note(new)
        occurrence = sum(row.sha256 == sha256 for _, row in self._by_key[key])
        own = {"channel": self._channel, **new._asdict(), "occurrence": occurrence}
        return {"problem": "", "params": {}, **values, **own}

    def _note(self, row: RecordedArrival) -> None:
        self._by_key.setdefault(row.key, []).append((next(self._count), row))


def record_arrival(connection: Connection, *, channel: str, key: str, **values: Any) -> bool:
    """Record what was received by a channel; False when this very arrival was recorded before."""
    recorded = RecordedArrivals.load(connection, channel, [key])
    row = recorded.add(key=key, **values)
    if row is None:
        return False
    return connection.execute(insert_or_ignore(connection, arrival).values(row)).rowcount > 0


def add_arrivals(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Record arrivals, as ``RecordedArrivals.add`` returned them."""
    if len(rows) == 1:  # another process may have recorded the same at this moment
        connection.execute(insert_or_ignore(connection, arrival).values(rows[0]))
        return
    names = list(rows[0]) if rows else []
    values = [tuple(row[name] for name in names) for row in rows]
    bulk_rows.add_values(connection, arrival, names, values)


def find_arrival(
    connection: Connection,
    channel: str,
    key: str,
    sha256: str,
    owner: tuple[str, str] | None = None,
) -> RecordedArrival | None:
    """Return the record of this very arrival, as ``RecordedArrivals.find``; None if it is new."""
    return RecordedArrivals.load(connection, channel, [key]).find(key, sha256, owner)


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
