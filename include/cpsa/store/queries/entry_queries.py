"""Entries: what agencies wrote beside the figures, load by load; the newest load counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, insert, select

from cpsa.store import bulk_rows
from cpsa.store.as_of import HistoryMark
from cpsa.store.named_sql import NO_LIMIT, load_sql
from cpsa.store.schema import new_id
from cpsa.store.tables.entry_tables import entry, entry_load

if TYPE_CHECKING:
    import pandas as pd

_OWN_COLUMNS = ("id", "load_id", "place")
ENTRY_COLUMNS = [column.name for column in entry.c if column.name not in _OWN_COLUMNS]


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
    limits = {"until": quarter, "newest_entry_load": mark.entry_load if mark else NO_LIMIT}
    rows = connection.execute(load_sql("export/list_newest_entries"), limits)
    frame = bulk_rows.make_frame(rows, ENTRY_COLUMNS)
    return frame.astype({"amount": "Int64", "people": "Int64"})
