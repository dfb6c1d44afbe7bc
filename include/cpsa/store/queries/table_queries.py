"""Rows of the tables that agencies fill in: those of accepted submissions, never changed, as facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, and_, func, select, true

from cpsa.store import bulk_rows
from cpsa.store.as_of import HistoryMark
from cpsa.store.dialect import is_among
from cpsa.store.queries.examination_queries import SubmissionRecord, select_submissions
from cpsa.store.tables.closing_tables import closing, closing_submission
from cpsa.store.tables.submission_tables import submission, table_row, table_value
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.table_rows import GivenTable, TableRow, TableValue

if TYPE_CHECKING:
    import pandas as pd

Tables = Mapping[str, Sequence[TableRow]]
"""The rows of each table, by its code, in their order."""


def add_tables(connection: Connection, given: Mapping[int, Collection[GivenTable]]) -> None:
    """Keep the usable rows of accepted submissions, by their ids; those of a submission that has some stay."""
    ids = [id_ for id_, tables in given.items() if tables]
    if not ids:
        return
    known = set(
        connection.execute(
            select(table_row.c.submission_id).where(
                is_among(connection, table_row.c.submission_id, ids)
            )
        ).scalars()
    )
    rows: list[tuple[object, ...]] = []
    values: list[tuple[object, ...]] = []
    for id_ in ids:
        for table in given[id_] if id_ not in known else ():
            for position, row in enumerate(table.rows):
                key = id_, table.code, position
                rows.append((*key, row.key, row.place))
                values += [
                    (*key, column, value.hundredths, value.text, value.place)
                    for column, value in row.values.items()
                ]
    bulk_rows.add_rows(connection, table_row, table_row.c.keys(), rows)
    bulk_rows.add_rows(connection, table_value, table_value.c.keys(), values)


def load_counting_tables(
    connection: Connection,
    accepted: Sequence[SubmissionRecord],
    codes: Collection[str] | None = None,
) -> dict[str, Tables]:
    """The rows that count, by agency: of each table those of the newest submission that gave it.

    ``accepted``: every accepted version of the quarters to look at, oldest first. ``codes``: only of these
    tables.
    """
    agencies = {row.id: row.agency for row in accepted}
    given: dict[int, list[str]] = {}
    for id_, code in list_given_tables(connection, list(agencies)):
        if codes is None or code in codes:
            given.setdefault(id_, []).append(code)
    newest = {
        (agency, code): id_ for id_, agency in agencies.items() for code in given.get(id_, ())
    }
    found: dict[str, dict[str, Sequence[TableRow]]] = {}
    for (id_, code), rows in load_tables(
        connection, [(id_, code) for (_, code), id_ in newest.items()]
    ).items():
        found.setdefault(agencies[id_], {})[code] = rows
    return dict(found)


def list_given_tables(connection: Connection, ids: Collection[int]) -> list[tuple[int, str]]:
    """The tables of which these submissions gave rows, by submission and table."""
    query = select(table_row.c.submission_id, table_row.c.table_code).distinct()
    own = query.where(is_among(connection, table_row.c.submission_id, ids))
    return [(id_, code) for id_, code in connection.execute(own)]


def load_tables(
    connection: Connection, wanted: Collection[tuple[int, str]]
) -> dict[tuple[int, str], list[TableRow]]:
    """The rows of these tables, by submission and table, in their order."""
    found: dict[tuple[int, str], list[TableRow]] = {}
    if not wanted:
        return found
    tables = set(wanted)
    ids = {id_ for id_, _ in tables}
    values = _load_values(connection, ids)
    key = table_row.c.submission_id, table_row.c.table_code, table_row.c.position
    query = select(table_row).where(is_among(connection, key[0], ids)).order_by(*key)
    for row in connection.execute(query):
        if (row.submission_id, row.table_code) in tables:
            own = values.get((row.submission_id, row.table_code, row.position), {})
            given = found.setdefault((row.submission_id, row.table_code), [])
            given.append(TableRow(row.row_key, row.place, own))
    return found


def load_values_of_closings(
    connection: Connection, closings: Sequence[int], until: str, mark: HistoryMark | None = None
) -> pd.DataFrame:
    """Every value of the rows that count in these closings: of each agency, quarter and table those of the
    newest accepted version that gave it, up to the version that the closing is computed from.

    Columns agency, quarter, version, table, position, row (its key), column, hundredths, value, place; by
    agency, quarter, table and position. ``until``, ``mark``: the last quarter, and history up to a mark.
    """
    counted = submission.alias("counted")
    every = select_submissions("", until, mark)
    given = select(table_row.c.submission_id, table_row.c.table_code).distinct().subquery()
    newest = (
        select(
            *(every.c.agency, every.c.quarter, given.c.table_code),
            func.max(every.c.version).label("version"),
        )
        .select_from(given)
        .join(every, every.c.id == given.c.submission_id)
        .join(
            closing,
            (closing.c.quarter == every.c.quarter) & closing.c.id.in_(closings),
        )
        .join(
            closing_submission,
            (closing_submission.c.closing_id == closing.c.id)
            & (closing_submission.c.agency == every.c.agency),
        )
        .join(counted, counted.c.id == closing_submission.c.submission_id)
        .where(
            every.c.state == SubmissionState.ACCEPTED.value, every.c.version <= counted.c.version
        )
        .group_by(every.c.agency, every.c.quarter, given.c.table_code)
        .subquery()
    )
    key = ("submission_id", "table_code", "position")
    query = (
        select(
            *(newest.c.agency, newest.c.quarter, newest.c.version),
            table_row.c.table_code.label("table"),
            table_row.c.position,
            table_row.c.row_key.label("row"),
            table_value.c.column_code.label("column"),
            *(table_value.c[name] for name in ("hundredths", "value", "place")),
        )
        .select_from(newest)
        .join(
            submission,
            (submission.c.agency == newest.c.agency)
            & (submission.c.quarter == newest.c.quarter)
            & (submission.c.version == newest.c.version),
        )
        .join(
            table_row,
            (table_row.c.submission_id == submission.c.id)
            & (table_row.c.table_code == newest.c.table_code),
        )
        .join(table_value, and_(*(table_value.c[name] == table_row.c[name] for name in key)))
        .order_by(newest.c.agency, newest.c.quarter, table_row.c.table_code, table_row.c.position)
        .order_by(table_value.c.column_code)
    )
    return bulk_rows.load_compact_frame(connection, query)


class StoredValue(NamedTuple):
    """One value of a row: whose, given for which quarter, in which table, row (its key) and column."""

    agency: str
    quarter: str
    table: str
    position: int
    row: str
    column: str
    hundredths: int | None
    text: str


def list_newest_values(
    connection: Connection,
    until: str,
    tables: Collection[str] | None = None,
    quarters: Collection[str] | None = None,
) -> list[StoredValue]:
    """Of every agency and table the values of the newest accepted version that gave it, up to a quarter.

    By table, agency and position. In one statement, whatever the number of agencies. ``tables``, ``quarters``: only
    these, all by default.
    """
    every = select_submissions("", until)
    some = select(table_row.c.submission_id, table_row.c.table_code).distinct()
    if tables is not None:
        some = some.where(table_row.c.table_code.in_(tables))
    given = some.subquery()
    in_quarters = true() if quarters is None else is_among(connection, every.c.quarter, quarters)
    newest_first = every.c.quarter.desc(), every.c.version.desc()
    ranked = (
        select(
            *(every.c.agency, every.c.quarter, given.c.submission_id, given.c.table_code),
            func.row_number()
            .over(partition_by=(every.c.agency, given.c.table_code), order_by=newest_first)
            .label("place"),
        )
        .select_from(given)
        .join(every, every.c.id == given.c.submission_id)
        .where(every.c.state == SubmissionState.ACCEPTED.value, in_quarters)
        .subquery()
    )
    value = table_value.c
    key = (value.submission_id, value.table_code, value.position)
    row_key = table_row.c.submission_id, table_row.c.table_code, table_row.c.position
    query = (
        select(
            *(ranked.c.agency, ranked.c.quarter, ranked.c.table_code, table_row.c.position),
            *(table_row.c.row_key, value.column_code, value.hundredths, value.value),
        )
        .select_from(ranked)
        .join(
            table_row,
            (table_row.c.submission_id == ranked.c.submission_id)
            & (table_row.c.table_code == ranked.c.table_code),
        )
        .join(table_value, and_(*(own == other for own, other in zip(key, row_key, strict=True))))
        .where(ranked.c.place == 1)
        .order_by(ranked.c.table_code, ranked.c.agency, table_row.c.position, value.column_code)
    )
    return [StoredValue(*row) for row in connection.execute(query)]


def _load_values(
    connection: Connection, ids: Collection[int]
) -> dict[tuple[int, str, int], dict[str, TableValue]]:
    """The values of submissions' tables, by submission, table and position, then by column."""
    found: dict[tuple[int, str, int], dict[str, TableValue]] = {}
    query = select(table_value).where(is_among(connection, table_value.c.submission_id, ids))
    for value in connection.execute(query):
        own = found.setdefault((value.submission_id, value.table_code, value.position), {})
        own[value.column_code] = TableValue(value.hundredths, value.value, value.place)
    return found
