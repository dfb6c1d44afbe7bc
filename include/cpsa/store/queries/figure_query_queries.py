"""Questions of CPSA about single figures (C01), and their withdrawals. Both tables only grow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from cpsa.store.dialect import is_among
from cpsa.store.schema import new_id
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.figure_query_tables import figure_query, figure_query_withdrawal
from cpsa.submissions.figure_query import FigureQuery

_COLUMNS = [figure_query.c[field.name] for field in fields(FigureQuery)]


def list_queries(
    connection: Connection, agencies: Collection[str] | None = None
) -> dict[tuple[str, str], list[FigureQuery]]:
    """The questions that were not withdrawn, by agency and quarter, oldest first."""
    withdrawn = select(figure_query_withdrawal.c.query_id)
    query = select(*_COLUMNS).where(figure_query.c.id.not_in(withdrawn)).order_by(figure_query.c.id)
    if agencies is not None:
        query = query.where(is_among(connection, figure_query.c.agency, agencies))
    found: dict[tuple[str, str], list[FigureQuery]] = {}
    for row in connection.execute(query):
        question = FigureQuery(*row)
        found.setdefault((question.agency, question.quarter), []).append(question)
    return found


def list_queries_since(connection: Connection, since: datetime) -> list[FigureQuery]:
    """The questions sent since an instant that were not withdrawn, oldest first."""
    queries = (query for found in list_queries(connection).values() for query in found)
    recent = (query for query in queries if query.asked_at >= since)
    return sorted(recent, key=lambda query: query.id)


def find_query(connection: Connection, query_id: int) -> StoredRow | None:
    """A question by its number, withdrawn or not: agency, quarter, indicator, dimension and
    ``withdrawn_at``; None where there is none."""
    names = ("id", "agency", "quarter", "indicator", "dimension")
    return connection.execute(
        select(*(figure_query.c[name] for name in names), figure_query_withdrawal.c.withdrawn_at)
        .outerjoin(figure_query_withdrawal, figure_query_withdrawal.c.query_id == figure_query.c.id)
        .where(figure_query.c.id == query_id)
    ).first()


def count_queries(connection: Connection, agency: str, indicator: str, dimension: str) -> int:
    """The number of questions about a figure of any quarter, including withdrawn ones."""
    return connection.execute(
        select(func.count())
        .select_from(figure_query)
        .where(
            figure_query.c.agency == agency,
            figure_query.c.indicator == indicator,
            figure_query.c.dimension == dimension,
        )
    ).scalar_one()


def add_query(connection: Connection, **values: object) -> int:
    """Record a question; its number."""
    return new_id(connection.execute(insert(figure_query).values(**values)))


def add_withdrawal(connection: Connection, **values: object) -> None:
    connection.execute(insert(figure_query_withdrawal).values(**values))
