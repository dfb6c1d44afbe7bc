"""What agencies explain about warnings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, fields
from datetime import datetime

from sqlalchemy import Connection, select

from cpsa.store import bulk_rows
from cpsa.store.as_of import HistoryMark
from cpsa.store.dialect import is_among
from cpsa.store.tables.explanation_tables import explanation
from cpsa.submissions.explanations import Explanation

_NAMES = [field.name for field in fields(Explanation)]


def load_explanations(
    connection: Connection,
    until: str,
    agencies: Collection[str] | None = None,
    mark: HistoryMark | None = None,
) -> list[Explanation]:
    """The explanations of warnings by agencies (all by default) up to a quarter, oldest first."""
    columns = [explanation.c[name] for name in _NAMES]
    query = select(*columns).where(explanation.c.quarter <= until).order_by(explanation.c.id)
    if agencies is not None:
        query = query.where(is_among(connection, explanation.c.agency, agencies))
    if mark is not None:
        query = query.where(explanation.c.id <= mark.explanation)
    return [Explanation(*row) for row in connection.execute(query)]


def add_explanations(
    connection: Connection, explanations: Sequence[tuple[Explanation, str]], given_at: datetime
) -> None:
    """Record explanations in their order, each with its source."""
    rows = [(*astuple(answer), source, given_at) for answer, source in explanations]
    bulk_rows.add_values(connection, explanation, [*_NAMES, "source", "given_at"], rows)
