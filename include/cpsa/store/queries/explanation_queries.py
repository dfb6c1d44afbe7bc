"""What agencies explain about warnings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, insert, select

from cpsa.store.as_of import HistoryMark
from cpsa.store.tables.explanation_tables import explanation
from cpsa.submissions.explanations import Explanation


def load_explanations(
    connection: Connection,
    until: str,
    agencies: Collection[str] | None = None,
    mark: HistoryMark | None = None,
) -> list[Explanation]:
    """The explanations of warnings by agencies (all by default) up to a quarter, oldest first."""
    columns = [explanation.c[field.name] for field in fields(Explanation)]
    query = select(*columns).where(explanation.c.quarter <= until).order_by(explanation.c.id)
    if agencies is not None:
        query = query.where(explanation.c.agency.in_(agencies))
    if mark is not None:
        query = query.where(explanation.c.id <= mark.explanation)
    return [Explanation(*row) for row in connection.execute(query)]


def add_explanations(
    connection: Connection, explanations: Iterable[Explanation], source: str, given_at: datetime
) -> None:
    rows = [{**asdict(answer), "source": source, "given_at": given_at} for answer in explanations]
    if rows:
        connection.execute(insert(explanation), rows)
