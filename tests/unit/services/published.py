"""Closed quarters whose documents count as published, without building any."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from cpsa.calendar import AnyPeriod, HalfYear, Quarter
from cpsa.documents.document_registry import LEARNING
from cpsa.services.app_context import AppContext
from cpsa.services.publication.build_editions import record_publication
from cpsa.services.publication.half_year_editions import find_newest_edition
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import document_queries, publication_queries
from cpsa.store.tables.publication_tables import PublicationKind

_numbers = count(1)


def publish(office: AppContext, *quarters: str, now: datetime) -> None:
    """Record quarters' documents and the online edition as published from what the store holds."""
    mark = HistoryMark.load(office.engine)
    with write_transaction(office.engine) as connection:
        for key in quarters:
            record_publication(connection, Quarter.parse(key), mark, now)
        online = PublicationKind.ONLINE_EDITION
        publication_queries.add_publication(connection, online, max(quarters), 1, mark, now)


def compile_half(office: AppContext, half: HalfYear, now: datetime) -> str:
    """Record a half-year as compiled, with one document of new bytes; its edition's digest."""
    mark = HistoryMark.load(office.engine)
    with write_transaction(office.engine) as connection:
        document_queries.add_documents(connection, [document_row(half, mark, now)])
        record_publication(connection, half, mark, now)
    with read_transaction(office.engine) as connection:
        return find_newest_edition(connection, half).digest


def document_row(period: AnyPeriod, mark: HistoryMark, now: datetime) -> dict[str, object]:
    return {
        "kind": str(LEARNING),
        "period": period.key,
        "subject": "STATE",
        "language": "en",
        "format": "pdf",
        "reference": f"CPSA/{period.key}",
        "inputs": "",
        "mark": mark.as_json(),
        "sha256": f"{next(_numbers):064d}",
        "size": 1,
        "path": f"{period.key}/learning/STATE.en.pdf",
        "built_at": now,
    }
