"""Openings, extensions and settings of quarters; when each agency's request was accepted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, union, update

from cpsa.store.dialect import insert_or_ignore, is_among
from cpsa.store.queries.dispatch_queries import REFUSED_FURTHER_ON
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.closing_tables import closing, reporting
from cpsa.store.tables.dispatch_tables import MailState, dispatch, dispatch_event
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.quarter_tables import (
    closing_attempt,
    extension,
    programme_setting,
    quarter_opening,
)
from cpsa.store.tables.submission_tables import submission

FIRST_QUARTER = "first_quarter"
ADDITIONS_FROM = "additions_from."
"""With the release: from which quarter its additions to the framework hold in a store that is older."""


def find_setting(connection: Connection, name: str) -> str | None:
    """The value of a setting of the programme; None where it was never set."""
    newest = (
        select(programme_setting.c.value)
        .where(programme_setting.c.name == name)
        .order_by(programme_setting.c.id.desc())
        .limit(1)
    )
    return connection.execute(newest).scalar()


def load_addition_starts(connection: Connection) -> dict[str, str]:
    """From which quarter the additions of each release hold; of releases older than the store, none."""
    rows = connection.execute(
        select(programme_setting.c.name, programme_setting.c.value)
        .where(programme_setting.c.name.startswith(ADDITIONS_FROM, autoescape=True))
        .order_by(programme_setting.c.id)
    )
    return {name.removeprefix(ADDITIONS_FROM): quarter for name, quarter in rows}


def list_quarters_in_use(connection: Connection) -> frozenset[str]:
    """The quarters for which something was requested, is to be sent, or has arrived from an agency."""
    requested = select(obligation.c.quarter).where(
        obligation.c.requested_at.is_not(None), obligation.c.withdrawn_at.is_(None)
    )
    mails = select(dispatch.c.cycle).where(dispatch.c.state != MailState.SUPERSEDED)
    rows = connection.execute(union(requested, mails, select(submission.c.quarter)))
    return frozenset(rows.scalars())


def add_setting(connection: Connection, name: str, value: str, person: str, now: datetime) -> None:
    row = {"name": name, "value": value, "set_by": person, "set_at": now}
    connection.execute(insert(programme_setting).values(**row))


def find_opening(connection: Connection, quarter: str) -> StoredRow | None:
    """When a quarter was first opened, by whom, and whether as a replay; None while it was not."""
    query = select(quarter_opening).where(quarter_opening.c.quarter == quarter)
    return connection.execute(query).first()


def load_openings(connection: Connection) -> dict[str, StoredRow]:
    """All openings by quarter."""
    rows = connection.execute(select(quarter_opening).order_by(quarter_opening.c.quarter))
    return {row.quarter: row for row in rows}


def add_opening(
    connection: Connection, quarter: str, now: datetime, person: str, *, replayed: bool
) -> bool:
    """Record the first opening of a quarter; False where it was opened before."""
    row = {"quarter": quarter, "opened_at": now, "opened_by": person, "replayed": replayed}
    statement = insert_or_ignore(connection, quarter_opening)
    return connection.execute(statement, [row]).rowcount > 0


def remove_opening(connection: Connection, quarter: str) -> None:
    """Forget an opening that closing a quarter before its end had recorded."""
    connection.execute(quarter_opening.delete().where(quarter_opening.c.quarter == quarter))


def add_extension(connection: Connection, **values: object) -> None:
    connection.execute(insert(extension).values(**values))


def load_extensions(connection: Connection, quarter: str) -> dict[str, datetime]:
    """The newest extension of each agency for a quarter: the end of its last day, exclusive."""
    rows = connection.execute(
        select(extension.c.agency, extension.c.until)
        .where(extension.c.quarter == quarter)
        .order_by(extension.c.id)
    )
    return {agency: until for agency, until in rows}


def load_requests(
    connection: Connection, quarter: str, agencies: Collection[str] | None = None
) -> dict[str, datetime | None]:
    """The agencies with an obligation for a quarter, each with when its request was accepted."""
    query = (
        select(obligation.c.agency, obligation.c.requested_at)
        .where(obligation.c.quarter == quarter, obligation.c.withdrawn_at.is_(None))
        .order_by(obligation.c.agency)
    )
    if agencies is not None:
        query = query.where(is_among(connection, obligation.c.agency, agencies))
    rows = connection.execute(query)
    return {agency: requested_at for agency, requested_at in rows}


def find_latest_request(connection: Connection, quarter: str, before: datetime) -> datetime | None:
    """The latest request of a quarter that was accepted before an instant; None for none."""
    query = select(func.max(obligation.c.requested_at)).where(
        obligation.c.quarter == quarter,
        obligation.c.withdrawn_at.is_(None),
        obligation.c.requested_at < before,
    )
    return connection.execute(query).scalar()


def record_request(
    connection: Connection, quarter: str, agency: str, requested_at: datetime, person: str
) -> bool:
    """Record a request that a person made without a mail of ours; False without an obligation."""
    result = connection.execute(
        update(obligation)
        .where(obligation.c.quarter == quarter, obligation.c.agency == agency)
        .values(requested_at=requested_at, requested_by=person)
    )
    return result.rowcount > 0


def fill_requested_at(
    connection: Connection, quarter: str, is_request: Callable[[str], bool]
) -> int:
    """Take from the ledger when each request was accepted and did not bounce; how many changed.

    ``is_request``: by the slot, whether a letter with an attachment is a request. Requests made by
    hand stay as they are.
    """
    newest = (  # of one that came back and was sent again, the second time counts
        select(dispatch_event.c.dispatch, func.max(dispatch_event.c.at).label("at"))
        .where(
            dispatch_event.c.state == MailState.ACCEPTED,
            dispatch_event.c.reason.is_distinct_from(REFUSED_FURTHER_ON),
        )
        .group_by(dispatch_event.c.dispatch)
        .subquery()
    )
    accepted = (
        select(dispatch.c.recipient, dispatch.c.slot, dispatch.c.attachments, newest.c.at)
        .join(newest, newest.c.dispatch == dispatch.c.id)
        .where(dispatch.c.cycle == quarter, dispatch.c.state == MailState.ACCEPTED)
        .order_by(newest.c.at.desc())
    )
    found = {
        row.recipient: row.at
        for row in connection.execute(accepted)
        if row.attachments and is_request(row.slot)
    }
    rows = connection.execute(
        select(obligation.c.agency, obligation.c.requested_at).where(
            obligation.c.quarter == quarter, obligation.c.requested_by == ""
        )
    ).all()
    changed = [(agency, found.get(agency)) for agency, at in rows if found.get(agency) != at]
    for agency, at in changed:
        connection.execute(
            update(obligation)
            .where(obligation.c.quarter == quarter, obligation.c.agency == agency)
            .values(requested_at=at)
        )
    return len(changed)


def is_closed_by_first_release(connection: Connection, quarter: str) -> bool:
    """Whether version 1.0.0 closed a quarter: its rates do not say who was not requested."""
    rates = connection.execute(
        select(reporting.c.not_requested)
        .join(closing, closing.c.id == reporting.c.closing_id)
        .where(closing.c.quarter == quarter)
        .order_by(closing.c.id.desc(), reporting.c.form)
        .limit(1)
    ).first()
    return rates is not None and rates.not_requested is None


def add_closing_attempt(
    connection: Connection, quarter: str, now: datetime, waits_for: str
) -> None:
    row = {"quarter": quarter, "attempted_at": now, "waits_for": waits_for}
    connection.execute(insert(closing_attempt).values(**row))


def find_unread_channels(connection: Connection, quarter: str) -> str:
    """The unread channels for which the newest attempt to close waits, by commas; blank for none."""
    newest = (
        select(closing_attempt.c.waits_for, closing_attempt.c.attempted_at)
        .where(closing_attempt.c.quarter == quarter)
        .order_by(closing_attempt.c.id.desc())
        .limit(1)
    )
    attempt = connection.execute(newest).first()
    closed = select(func.max(closing.c.closed_at)).where(closing.c.quarter == quarter)
    since = connection.execute(closed).scalar()
    if attempt is None or (since is not None and attempt.attempted_at <= since):
        return ""
    return str(attempt.waits_for)


def find_first_attempt(connection: Connection, quarter: str) -> datetime | None:
    """When a closing first had to wait for a channel; None where none had to since the newest one."""
    newest = select(func.max(closing.c.closed_at)).where(closing.c.quarter == quarter)
    since = connection.execute(newest).scalar()
    query = select(func.min(closing_attempt.c.attempted_at)).where(
        closing_attempt.c.quarter == quarter
    )
    if since is not None:
        query = query.where(closing_attempt.c.attempted_at > since)
    return connection.execute(query).scalar()
