"""Scans of channels: when each was completed, and which files a folder showed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from cpsa.store import bulk_rows
from cpsa.store.schema import new_id
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.channel_scan_tables import channel_file, channel_round

SCAN_RETENTION = timedelta(days=90)


class ShownFile(NamedTuple):
    """A file as the newest completed scan showed it; ``absent_at``: see ``channel_file``."""

    stamp: str
    absent_at: datetime | None


def find_last_completed_scan(connection: Connection, channel: str, place: str) -> StoredRow | None:
    """The newest completed scan of a channel; None where there was none."""
    query = (
        select(channel_round)
        .where(
            channel_round.c.channel == channel,
            channel_round.c.place == place,
            channel_round.c.completed_at.is_not(None),
        )
        .order_by(channel_round.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def find_newest_scan(connection: Connection, channel: str, place: str) -> StoredRow | None:
    """The newest scan of a channel, completed or not."""
    query = (
        select(channel_round)
        .where(channel_round.c.channel == channel, channel_round.c.place == place)
        .order_by(channel_round.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def load_shown_files(connection: Connection, channel: str, place: str) -> dict[str, ShownFile]:
    """What the newest completed scan showed, by the files' keys."""
    rows = connection.execute(
        select(channel_file.c.key, channel_file.c.stamp, channel_file.c.absent_at).where(
            channel_file.c.channel == channel, channel_file.c.place == place
        )
    )
    return {key: ShownFile(stamp, absent_at) for key, stamp, absent_at in rows}


def add_scan(
    connection: Connection,
    channel: str,
    place: str,
    started_at: datetime,
    completed_at: datetime | None,
    error: str | None = None,
) -> int:
    """Record a scan, and forget those of long ago; its number."""
    outdated = (
        channel_round.c.channel == channel,
        channel_round.c.place == place,
        channel_round.c.started_at < started_at - SCAN_RETENTION,
        channel_round.c.id.not_in(select(channel_file.c.round_id)),
    )
    connection.execute(delete(channel_round).where(*outdated))
    result = connection.execute(
        insert(channel_round).values(
            channel=channel,
            place=place,
            started_at=started_at,
            completed_at=completed_at,
            error=error,
        )
    )
    return new_id(result)


def replace_shown_files(
    connection: Connection,
    channel: str,
    place: str,
    before: Mapping[str, ShownFile],
    now: Mapping[str, ShownFile],
    round_id: int,
) -> None:
    """Replace what the scan before showed by what this one shows; unchanged rows stay."""
    changed = {key for key, file in before.items() if now.get(key) != file}
    for batch in bulk_rows.split_into_batches(sorted(changed)):
        connection.execute(
            delete(channel_file).where(
                channel_file.c.channel == channel,
                channel_file.c.place == place,
                channel_file.c.key.in_(batch),
            )
        )
    rows = [
        (channel, place, key, *file, round_id)
        for key, file in now.items()
        if before.get(key) != file
    ]
    names = ("channel", "place", "key", *ShownFile._fields, "round_id")
    bulk_rows.add_values(connection, channel_file, names, rows)
