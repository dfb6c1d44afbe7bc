"""How far history had come: the newest row of every table that documents are built from.

Tables only grow, so whoever reads no further than a mark sees what stood then, whatever was added
since. Kept with each document, to build it again byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import pandas as pd
from sqlalchemy import Connection, func, select

from cpsa.store.tables.closing import closing
from cpsa.store.tables.intake import entry_load, submission
from cpsa.store.tables.judgement import examination, explanation
from cpsa.store.tables.output import action, decision

_TABLES = {
    table.name: table
    for table in (submission, examination, explanation, entry_load, closing, decision)
}


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
    def now(cls, connection: Connection) -> Mark:
        """Where history stands in this transaction."""
        newest = {
            name: connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
            for name, table in _TABLES.items()
        }
        raised = connection.execute(
            select(action.c.quarter, func.count()).group_by(action.c.quarter)
        )
        return cls(**newest, action=dict(sorted((quarter, count) for quarter, count in raised)))

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def actions_until(self, actions: pd.DataFrame) -> pd.DataFrame:
        """Of actions, by number within their quarter, those that were raised by then."""
        place = actions.groupby("quarter").cumcount()
        return actions[place < actions["quarter"].map(self.action).fillna(0)]
