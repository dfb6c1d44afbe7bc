"""Publications, the state of the store they were made from, and the rows added since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, insert, select

from cpsa.store.as_of import HistoryMark
from cpsa.store.named_sql import load_sql
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.publication_tables import PublicationKind, publication

if TYPE_CHECKING:
    import pandas as pd

# Of a mark, the tables whose later rows change what documents show.
SOURCES = ("closing", "examination", "explanation", "entry_load", "decision")


@dataclass(frozen=True)
class Publication:
    """The newest publication of a period. ``mark``: the newest row of each table by then."""

    kind: PublicationKind
    period: str
    closing_version: int
    mark: Mapping[str, int]
    published_at: datetime


def add_publication(
    connection: Connection,
    kind: PublicationKind,
    period: str,
    closing_version: int,
    mark: HistoryMark,
    now: datetime,
) -> None:
    """Record a publication; one from the same state of the store as the newest is not repeated."""
    newest = list_publications(connection, [kind]).get(period)
    if (
        newest is not None
        and mark.describes_same_state(newest.mark)
        and _is_last(connection, newest)
    ):
        return
    connection.execute(
        insert(publication).values(
            kind=kind,
            period=period,
            closing_version=closing_version,
            mark=mark.as_json(),
            published_at=now,
        )
    )


def list_publications(
    connection: Connection, kinds: Iterable[PublicationKind]
) -> dict[str, Publication]:
    """The newest publication of each period, of these kinds."""
    newest = select(func.max(publication.c.id)).where(publication.c.kind.in_(list(kinds)))
    newest = newest.group_by(publication.c.kind, publication.c.period)
    rows = connection.execute(
        select(publication).where(publication.c.id.in_(newest)).order_by(publication.c.id)
    )
    return {row.period: _parse_publication(row) for row in rows}


def list_online_publications(connection: Connection, mark: HistoryMark) -> pd.DataFrame:
    """The quarters that were the newest of an online edition by a mark: quarter, published_at (the first)."""
    import pandas as pd

    query = (
        select(publication.c.period, func.min(publication.c.published_at))
        .where(
            publication.c.kind == PublicationKind.ONLINE_EDITION,
            publication.c.id <= mark.publication,
        )
        .group_by(publication.c.period)
        .order_by(publication.c.period)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    return pd.DataFrame(rows, columns=["quarter", "published_at"])


def find_online_edition(connection: Connection) -> Publication | None:
    """The online edition that was published last."""
    online = select(publication).where(publication.c.kind == PublicationKind.ONLINE_EDITION)
    row = connection.execute(online.order_by(publication.c.id.desc()).limit(1)).first()
    return None if row is None else _parse_publication(row)


def list_newest_rows(connection: Connection, after: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Quarter → source → its newest row, for rows later than ``after`` has of each source."""
    given = {f"newest_{source}": after.get(source, 0) for source in SOURCES}
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(load_sql("export/list_newest_rows"), given):
        found.setdefault(row.quarter, {})[row.source] = row.newest
    return found


def _is_last(connection: Connection, newest: Publication) -> bool:
    """Whether nothing else of its kind was published since: of online editions there is one."""
    if newest.kind is not PublicationKind.ONLINE_EDITION:
        return True
    last = find_online_edition(connection)
    return last is not None and last.period == newest.period


def _parse_publication(row: StoredRow) -> Publication:
    return Publication(
        PublicationKind(row.kind), row.period, row.closing_version, row.mark, row.published_at
    )
