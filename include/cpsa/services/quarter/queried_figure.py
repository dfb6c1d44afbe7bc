"""The figure that a question of CPSA is about, and what follows when it is asked or withdrawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.store.queries import audit_queries


@dataclass(frozen=True)
class QueriedFigure:
    """A question and the figure that it is about. ``id``: its number, by which it is withdrawn."""

    id: int
    agency: str
    quarter: str
    indicator: str
    dimension: str

    @property
    def figure(self) -> str:
        """Indicator and dimension, ``OP2:women``."""
        return ":".join(filter(None, (self.indicator, self.dimension)))

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "figure": self.figure}


def record_query_audit(
    connection: Connection, query: QueriedFigure, verb: str, text: str, who: str, now: datetime
) -> None:
    """Record in the audit that a question was asked or withdrawn."""
    subject = f"{query.agency} {query.quarter} {query.figure} ({query.id})"
    audit_queries.add_audit(connection, now, who, verb, subject, text)
