"""Documents as built: where they are, what they were built from, and their digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, insert, select

from cpsa.store.tables.output import document

KEY = ("kind", "period", "subject", "language", "format")


def current(connection: Connection, period: str) -> dict[tuple[str, ...], Mapping]:
    """The newest edition of each document of a period, by kind, period, subject, language, format."""
    newest = select(func.max(document.c.id)).group_by(*(document.c[name] for name in KEY))
    rows = connection.execute(
        select(document)
        .where(document.c.period == period, document.c.id.in_(newest))
        .order_by(document.c.id)
    ).mappings()
    return {tuple(row[name] for name in KEY): row for row in rows}


def editions(connection: Connection, period: str) -> dict[str, Mapping]:
    """Every edition of a period's documents there ever was, by its digest."""
    rows = connection.execute(
        select(document).where(document.c.period == period).order_by(document.c.id)
    )
    return {row["sha256"]: row for row in rows.mappings()}


def add(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(insert(document), list(rows))
