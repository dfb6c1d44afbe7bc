"""Entries: what agencies wrote beside the figures, load by load; the newest load counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, func, insert, select

from cpsa.store import bulk_rows
from cpsa.store.as_of import HistoryMark
from cpsa.store.dialect import is_among
from cpsa.store.named_sql import NO_LIMIT, load_sql
from cpsa.store.schema import new_id
from cpsa.store.tables.entry_tables import entry, entry_load
from cpsa.submissions.entry_amounts import EntryAmount

if TYPE_CHECKING:
    import pandas as pd

_OWN_COLUMNS = ("id", "load_id", "place")
ENTRY_COLUMNS = [column.name for column in entry.c if column.name not in _OWN_COLUMNS]
_CONTRIBUTION, _PRODUCT = "convergence", ("amount", "units", "rate")
ENTRY_FIGURES = ("amount", "people", "units", "rate", "women")


def add_entries(
    connection: Connection,
    sha256: str,
    file_name: str,
    received_at: datetime,
    rows: Sequence[Mapping[str, object]],
) -> bool:
    """Keep what agencies wrote in a file of entries alone; False where it counts already: where the newest
    load of each agency and quarter in it has the same bytes."""
    if is_newest_load(connection, sha256, rows):
        return False
    values = {"sha256": sha256, "file_name": file_name, "received_at": received_at}
    load_id = new_id(connection.execute(insert(entry_load).values(**values)))
    _add_rows(connection, [(load_id, row) for row in rows])
    return True


class WorkbookEntries(NamedTuple):
    """The entries of a submission's workbook, as ``entries_reader`` keeps them."""

    submission_id: int
    sha256: str
    file_name: str
    received_at: datetime
    rows: Sequence[Mapping[str, object]]


def add_workbook_entries(connection: Connection, workbooks: Sequence[WorkbookEntries]) -> set[int]:
    """Keep what agencies wrote in workbooks, in their order; the submissions whose entries are new.

    A submission brings its entries once.
    """
    if not workbooks:
        return set()
    own = entry_load.c.submission_id
    ids = [workbook.submission_id for workbook in workbooks]
    known = set(connection.execute(select(own).where(is_among(connection, own, ids))).scalars())
    new = [workbook for workbook in workbooks if workbook.submission_id not in known]
    load_ids = bulk_rows.reserve_ids(connection, entry_load, len(new)) if new else []
    names = ("id", *WorkbookEntries._fields[:-1])
    loads = [(load_id, *workbook[:-1]) for load_id, workbook in zip(load_ids, new, strict=True)]
    bulk_rows.add_values(connection, entry_load, names, loads)
    _add_rows(
        connection,
        [
            (load_id, row)
            for load_id, workbook in zip(load_ids, new, strict=True)
            for row in workbook.rows
        ],
    )
    return {workbook.submission_id for workbook in new}


def _add_rows(connection: Connection, rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
    """Each with the id of its load."""
    names = [*ENTRY_COLUMNS, "place"]
    values = [(load_id, *(row[name] for name in names)) for load_id, row in rows]
    bulk_rows.add_values(connection, entry, ["load_id", *names], values)


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


def load_entry_amounts(
    connection: Connection, quarter: str, agencies: Collection[str] | None = None
) -> dict[str, tuple[int, list[EntryAmount]]]:
    """Of the entries that count for a quarter those with amount, units and rate, by agency, with their load.

    An agency without such an entry is left out. ``agencies``: only these, all by default. The place of one
    of a file of entries alone names that file.
    """
    newest = (
        select(entry.c.agency, func.max(entry.c.load_id).label("load_id"))
        .where(entry.c.quarter == quarter)
        .group_by(entry.c.agency)
    )
    if agencies is not None:
        newest = newest.where(is_among(connection, entry.c.agency, agencies))
    counting = newest.subquery()
    query = (
        select(entry, entry_load.c.file_name, entry_load.c.submission_id)
        .join(entry_load, entry_load.c.id == entry.c.load_id)
        .join(
            counting,
            (entry.c.agency == counting.c.agency) & (entry.c.load_id == counting.c.load_id),
        )
        .where(
            entry.c.quarter == quarter,
            entry.c.kind == _CONTRIBUTION,
            *(entry.c[name].is_not(None) for name in _PRODUCT),
        )
        .order_by(entry.c.id)
    )
    found: dict[str, tuple[int, list[EntryAmount]]] = {}
    for row in connection.execute(query).mappings():
        amount = _make_entry_amount(dict(row))
        if row["submission_id"] is None:
            amount = replace(amount, place=f"{amount.place} ({row['file_name']})")
        found.setdefault(row["agency"], (row["load_id"], []))[1].append(amount)
    return found


def list_entry_amounts(rows: Iterable[Mapping[str, Any]]) -> list[EntryAmount]:
    """What entries that are read and not kept yet came to: of contributions with all three figures."""
    return [
        _make_entry_amount(row)
        for row in rows
        if row["kind"] == _CONTRIBUTION and all(row[name] is not None for name in _PRODUCT)
    ]


def _make_entry_amount(row: Mapping[str, Any]) -> EntryAmount:
    subject = "/".join(filter(None, (row["department"] or row["scheme"], row["help"])))
    return EntryAmount(subject, row["amount"], row["units"], row["rate"], row["place"])


def load_entries(
    connection: Connection, quarter: str, mark: HistoryMark | None = None
) -> pd.DataFrame:
    """The entries that count, up to a quarter: of each agency's quarter those of the newest load.

    ``mark``: history up to a mark.
    """
    limits = {"until": quarter, "newest_entry_load": mark.entry_load if mark else NO_LIMIT}
    rows = connection.execute(load_sql("export/list_newest_entries"), limits)
    frame = bulk_rows.make_frame(rows, ENTRY_COLUMNS)
    return frame.astype(dict.fromkeys(ENTRY_FIGURES, "Int64"))
