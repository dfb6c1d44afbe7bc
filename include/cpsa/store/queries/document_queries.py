"""Documents as built: where they are, what they were built from, and their digests."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select

from cpsa.calendar import AnyPeriod
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.document_tables import document

DOCUMENT_KEY = ("kind", "period", "subject", "language", "format")


def select_current_ids(*wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The row number of the current edition of each document that is wanted."""
    by_document = (document.c[name] for name in DOCUMENT_KEY)
    return select(func.max(document.c.id)).where(*wanted).group_by(*by_document)


def load_current_editions(
    connection: Connection, periods: Iterable[AnyPeriod]
) -> dict[tuple[str, ...], Mapping[Any, Any]]:
    """The current edition of each document of some periods, by kind, period, subject, language,
    format."""
    own = document.c.period.in_([period.key for period in periods])
    rows = connection.execute(
        select(document).where(document.c.id.in_(select_current_ids(own))).order_by(document.c.id)
    ).mappings()
    return {tuple(row[name] for name in DOCUMENT_KEY): row for row in rows}


def list_current_files(connection: Connection) -> list[tuple[str, str]]:
    """The path and digest of the current edition of every document."""
    found = select(document.c.path, document.c.sha256).where(
        document.c.id.in_(select_current_ids())
    )
    return [(path, sha256) for path, sha256 in connection.execute(found)]


def load_editions(
    connection: Connection, periods: Iterable[AnyPeriod]
) -> dict[str, Mapping[Any, Any]]:
    """Every edition of these periods' documents there ever was, by its digest."""
    own = document.c.period.in_([period.key for period in periods])
    rows = connection.execute(select(document).where(own).order_by(document.c.id))
    return {row["sha256"]: row for row in rows.mappings()}


def load_by_ids(connection: Connection, ids: Collection[int]) -> list[Mapping[Any, Any]]:
    """These rows, oldest first."""
    rows = connection.execute(
        select(document).where(document.c.id.in_(ids)).order_by(document.c.id)
    )
    return list(rows.mappings())


def find_by_digest(connection: Connection, sha256: str) -> Mapping[Any, Any] | None:
    """The edition whose digest begins so, registered last; None for none, or for several."""
    begins = document.c.sha256.startswith(sha256, autoescape=True)
    rows = connection.execute(select(document).where(begins).order_by(document.c.id)).mappings()
    found = {row["sha256"]: row for row in rows}
    return next(iter(found.values())) if len(found) == 1 else None


def add_documents(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(insert(document), list(rows))


def add_new_documents(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Register those of which no document has the same bytes yet."""
    digests = [row["sha256"] for row in rows]
    known = select(document.c.sha256).where(document.c.sha256.in_(digests))
    known_digests = set(connection.execute(known).scalars())
    add_documents(connection, [row for row in rows if row["sha256"] not in known_digests])


def list_references(connection: Connection) -> list[StoredRow]:
    """Kind, period, subject and reference of every document there ever was."""
    columns = (document.c.kind, document.c.period, document.c.subject, document.c.reference)
    return list(connection.execute(select(*columns).distinct().order_by(document.c.reference)))


def list_editions(connection: Connection, kind: str, period: str, subject: str) -> list[StoredRow]:
    """History mark and instant of each edition of a document, the oldest first; formats and languages that
    were built from the same history are one."""
    rows = connection.execute(
        select(document.c.mark, document.c.built_at)
        .where(document.c.kind == kind, document.c.period == period, document.c.subject == subject)
        .order_by(document.c.id)
    )
    by_mark = {json.dumps(row.mark, sort_keys=True): row for row in reversed(list(rows))}
    return list(by_mark.values())[::-1]
