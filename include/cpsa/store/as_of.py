"""How far history had come: the newest row of every table that documents are built from.

Tables only grow, so a reader that stops at a mark sees the state of that time, without what was added
since. Kept with each document, to build it again byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, Table, func, select, text

from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.tables.action_tables import action, decision
from cpsa.store.tables.closing_tables import closing
from cpsa.store.tables.entry_tables import entry_load
from cpsa.store.tables.examination_tables import examination
from cpsa.store.tables.explanation_tables import explanation
from cpsa.store.tables.publication_tables import publication
from cpsa.store.tables.submission_tables import submission

if TYPE_CHECKING:
    import pandas as pd

_TABLES = {
    table.name: table
    for table in (submission, examination, explanation, entry_load, closing, decision, publication)
}
_LOCK_TIMEOUT = "600s"  # longer than a country takes to close


@dataclass(frozen=True)
class HistoryMark:
    """The highest row number of each table; of actions, how many each quarter had raised.

    ``publication``: 0 in marks of versions before 1.6.0, whose documents showed none. It is no part of
    what a publication is made from: see ``describes_same_state``.
    """

    submission: int
    examination: int
    explanation: int
    entry_load: int
    closing: int
    decision: int
    action: Mapping[str, int] = field(default_factory=dict)
    publication: int = 0

    @classmethod
    def load(cls, engine: Engine) -> HistoryMark:
        """The newest row of each table; not to be called within a writing transaction: it waits for all."""
        if engine.dialect.name == "sqlite":  # one writer at a time: rows are numbered as they come
            with read_transaction(engine) as connection:
                newest = {
                    name: _find_newest_id(connection, table) for name, table in _TABLES.items()
                }
                return cls(**newest, action=_count_raised_actions(connection))
        found = cls._load_settled(engine)
        while found != (
            again := cls._load_settled(engine)
        ):  # the tables were not read at one instant
            found = again
        return found

    @classmethod
    def _load_settled(cls, engine: Engine) -> HistoryMark:
        """The newest rows when nobody writes: on PostgreSQL a row that is still being written may
        have a lower number than one that is there. One table at a time, so that no two wait for
        each other."""
        newest = {}
        for name, table in _TABLES.items():
            with write_transaction(engine) as connection:
                _wait_for_writers(connection, table)
                newest[name] = _find_newest_id(connection, table)
        with write_transaction(engine) as connection:
            _wait_for_writers(connection, action)
            return cls(**newest, action=_count_raised_actions(connection))

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def describes_same_state(self, mark: Mapping[str, object]) -> bool:
        """Whether a stored mark has the same rows, but for what was published since."""
        return {**mark, "publication": 0} == {**self.as_json(), "publication": 0}

    def select_actions(self, actions: pd.DataFrame) -> pd.DataFrame:
        """Of actions those that were raised by then, by number: 1000 comes after 999."""
        length = actions["number"].str.len()
        ordered = actions.assign(_length=length).sort_values(["quarter", "_length", "number"])
        place = ordered.groupby("quarter").cumcount()
        known = place < ordered["quarter"].map(self.action).fillna(0)
        return ordered[known].drop(columns="_length").reset_index(drop=True)


def _find_newest_id(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())


def _count_raised_actions(connection: Connection) -> dict[str, int]:
    raised = connection.execute(select(action.c.quarter, func.count()).group_by(action.c.quarter))
    return dict(sorted((quarter, count) for quarter, count in raised))


def _wait_for_writers(connection: Connection, table: Table) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
    connection.execute(text(f'LOCK TABLE "{table.name}" IN SHARE MODE'))
