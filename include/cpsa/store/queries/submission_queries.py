"""Obligations and what was received: submissions, facts, entries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, func, insert, select, update

from cpsa.store import bulk_rows, load_sql
from cpsa.store.as_of import HistoryMark
from cpsa.store.dialect import insert_or_ignore
from cpsa.store.queries.arrival_queries import FOLDER
from cpsa.store.schema import new_id
from cpsa.store.tables.examination_tables import examination
from cpsa.store.tables.submission_tables import entry, entry_load, fact, obligation, submission
from cpsa.submissions.state import SubmissionState

_OWN_COLUMNS = ("id", "load_id", "place")
ENTRY_COLUMNS = [column.name for column in entry.c if column.name not in _OWN_COLUMNS]


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


def list_agencies_with_submissions(connection: Connection, quarter: str) -> set[str]:
    """The agencies from which any file was received for a quarter."""
    query = select(submission.c.agency).where(submission.c.quarter == quarter).distinct()
    return set(connection.execute(query).scalars())


def list_known_quarters(connection: Connection) -> list[str]:
    """Every quarter with obligations, arrivals or a closing, oldest first."""
    return sorted(connection.execute(load_sql("known_quarters")).scalars())


def find_received_version(
    connection: Connection, agency: str, quarter: str, sha256: str, received_at: datetime
) -> int:
    """Return the version of these bytes that arrived in a folder at this instant; 0 for none."""
    query = select(func.max(submission.c.version)).where(
        submission.c.agency == agency,
        submission.c.quarter == quarter,
        submission.c.sha256 == sha256,
        submission.c.channel == FOLDER,
        submission.c.received_at == received_at,
    )
    return connection.execute(query).scalar_one() or 0


def find_newest_submission(connection: Connection, agency: str, quarter: str) -> Row | None:
    """Return version, sha256, received_at and state of the newest file an agency sent for a quarter.

    Its state is that of its latest examination, ``received`` where there is none; None where no file
    came.
    """
    state = (
        select(examination.c.state)
        .where(examination.c.submission_id == submission.c.id)
        .order_by(examination.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = submission.c.version, submission.c.sha256, submission.c.received_at
    query = (
        select(*columns, func.coalesce(state, SubmissionState.RECEIVED.value).label("state"))
        .where(submission.c.agency == agency, submission.c.quarter == quarter)
        .order_by(submission.c.version.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def add_submission(connection: Connection, **values: object) -> int:
    """Register one received file; its id."""
    result = connection.execute(insert(submission).values(**values))
    return new_id(result)


FACT_COLUMNS = [column.name for column in fact.c]


def add_facts(connection: Connection, facts: Iterable[tuple[Any, ...]]) -> None:
    """Keep figures as understood: rows of ``FACT_COLUMNS``, of submissions that have none yet."""
    key = len(fact.primary_key)
    bulk_rows.add_rows(connection, fact, FACT_COLUMNS, sorted(facts, key=lambda row: row[:key]))


def list_submissions_with_facts(connection: Connection, ids: Collection[int]) -> set[int]:
    """Which of these submissions' figures are kept already."""
    some = (
        select(fact.c.submission_id)
        .where(
            fact.c.agency == submission.c.agency,
            fact.c.quarter == submission.c.quarter,
            fact.c.submission_id == submission.c.id,
        )
        .exists()
    )
    found: set[int] = set()
    for batch in bulk_rows.split_into_batches(ids):
        query = select(submission.c.id).where(submission.c.id.in_(batch), some)
        found.update(connection.execute(query).scalars())
    return found


def load_facts(connection: Connection, ids: Collection[int]) -> pd.DataFrame:
    """Facts of these submissions: agency, quarter, indicator, dimension, hundredths, origin, …"""
    # By the fact's own key, which begins with agency and quarter; by its submission alone the
    # database would scan the whole table.
    query = select(*fact.c).join(
        submission,
        (fact.c.agency == submission.c.agency)
        & (fact.c.quarter == submission.c.quarter)
        & (fact.c.submission_id == submission.c.id),
    )
    frame = bulk_rows.load_frame(
        connection,
        (query.where(submission.c.id.in_(batch)) for batch in bulk_rows.split_into_batches(ids)),
    )
    return frame.astype({"hundredths": "int64", "submission_id": "int64", "carried_from": "Int64"})


def add_entries(
    connection: Connection,
    sha256: str,
    file_name: str,
    received_at: datetime,
    rows: Sequence[Mapping[str, object]],
    submission_id: int | None = None,
) -> bool:
    """Keep what agencies wrote; False where it counts already.

    Of a workbook, its submission brings its entries once. A file of entries alone counts already
    where the newest load of each agency and quarter in it has the same bytes.
    """
    if submission_id is not None:
        counts = select(entry_load.c.id).where(entry_load.c.submission_id == submission_id)
        is_known = connection.execute(counts).first() is not None
    else:
        is_known = is_newest_load(connection, sha256, rows)
    if is_known:
        return False
    result = connection.execute(
        insert(entry_load).values(
            sha256=sha256,
            file_name=file_name,
            received_at=received_at,
            submission_id=submission_id,
        )
    )
    load_id = new_id(result)
    if kept := [{**row, "load_id": load_id} for row in rows]:
        connection.execute(insert(entry), kept)
    return True


def is_newest_load(
    connection: Connection, sha256: str, rows: Sequence[Mapping[str, object]]
) -> bool:
    """Whether a file of entries counts already: these bytes are the newest load of all its rows."""
    same = select(entry_load.c.id).where(
        entry_load.c.sha256 == sha256, entry_load.c.submission_id.is_(None)
    )
    loads = set(connection.execute(same).scalars())
    return bool(loads) and all(
        connection.execute(
            select(func.max(entry.c.load_id)).where(
                entry.c.agency == agency, entry.c.quarter == quarter
            )
        ).scalar()
        in loads
        for agency, quarter in {(str(row["agency"]), str(row["quarter"])) for row in rows}
    )


def load_entries(
    connection: Connection, quarter: str, mark: HistoryMark | None = None
) -> pd.DataFrame:
    """The entries that count, up to a quarter: of each agency's quarter those of the newest load.

    ``mark``: history up to a mark.
    """
    newest = (
        select(entry.c.agency, entry.c.quarter, func.max(entry.c.load_id).label("load_id"))
        .where(entry.c.quarter <= quarter, *([entry.c.load_id <= mark.entry_load] if mark else []))
        .group_by(entry.c.agency, entry.c.quarter)
        .subquery()
    )
    columns = [entry.c[name] for name in ENTRY_COLUMNS]
    rows = connection.execute(
        select(*columns)
        .join(
            newest,
            (entry.c.agency == newest.c.agency)
            & (entry.c.quarter == newest.c.quarter)
            & (entry.c.load_id == newest.c.load_id),
        )
        .order_by(entry.c.quarter, entry.c.id)
    )
    frame = pd.DataFrame(map(tuple, rows), columns=ENTRY_COLUMNS)
    return frame.astype({"amount": "Int64", "people": "Int64"})
