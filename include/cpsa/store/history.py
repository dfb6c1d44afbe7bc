"""How far history had come: the newest row of every table that documents are built from.

Tables only grow, so whoever reads no further than a mark sees what stood then, whatever was added
since. Kept with each document, to build it again byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import pandas as pd
from sqlalchemy import Connection, Engine, Table, func, select, text

from cpsa.store.database import reading, writing
from cpsa.store.tables.closing import closing
from cpsa.store.tables.intake import entry_load, submission
from cpsa.store.tables.judgement import examination, explanation
from cpsa.store.tables.output import action, decision

_TABLES = {
    table.name: table
    for table in (submission, examination, explanation, entry_load, closing, decision)
}
_PATIENCE = "600s"  # longer than a country takes to close


@dataclass(frozen=True)
class Mark:
    """The highest row number of each table; of actions, how many each quarter had raised."""

    submission: int
    examination: int
    explanation: int
    entry_load: int
    closing: int
    decision: int
    action: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def now(cls, engine: Engine) -> Mark:
        """Where history stands; not to be called by who is writing, whom it would wait for."""
        if engine.dialect.name == "sqlite":  # one writer at a time: rows are numbered as they come
            with reading(engine) as connection:
                newest = {name: _newest(connection, table) for name, table in _TABLES.items()}
                return cls(**newest, action=_raised(connection))
        found = cls._settled(engine)
        while found != (again := cls._settled(engine)):  # the tables were not asked at one instant
            found = again
        return found

    @classmethod
    def _settled(cls, engine: Engine) -> Mark:
        """The newest rows when nobody writes: on PostgreSQL a row that is still being written may
        have a lower number than one that is there. One table at a time, so that no two wait for
        each other."""
        newest = {}
        for name, table in _TABLES.items():
            with writing(engine) as connection:
                _wait_for_writers(connection, table)
                newest[name] = _newest(connection, table)
        with writing(engine) as connection:
            _wait_for_writers(connection, action)
            return cls(**newest, action=_raised(connection))

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def actions_until(self, actions: pd.DataFrame) -> pd.DataFrame:
        """Of actions those that were raised by then, by number: 1000 comes after 999."""
        length = actions["number"].str.len()
        ordered = actions.assign(_length=length).sort_values(["quarter", "_length", "number"])
        place = ordered.groupby("quarter").cumcount()
        known = place < ordered["quarter"].map(self.action).fillna(0)
        return ordered[known].drop(columns="_length").reset_index(drop=True)


def _newest(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()


def _raised(connection: Connection) -> dict[str, int]:
    raised = connection.execute(select(action.c.quarter, func.count()).group_by(action.c.quarter))
    return dict(sorted((quarter, count) for quarter, count in raised))


def _wait_for_writers(connection: Connection, table: Table) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
    connection.execute(text(f'LOCK TABLE "{table.name}" IN SHARE MODE'))
