"""Whether versions that are counted up are all there: a gap is a row that was deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Integer, cast, func, select

from cpsa.services.verify_store.store_fault import FaultKind, StoreFault
from cpsa.services.verify_store.verification import Verification
from cpsa.store.schema import metadata
from cpsa.store.tables.action_tables import action


class NumberedRows(NamedTuple):
    """A column that counts the rows that have the same owner, from ``first``."""

    table: str
    owner: Sequence[str]
    column: str
    first: int = 1


NUMBERED: Sequence[NumberedRows] = (
    NumberedRows("submission", ("agency", "quarter"), "version"),
    NumberedRows("closing", ("quarter",), "version"),
    NumberedRows("action_report", ("department", "half"), "version"),
    NumberedRows("arrival", ("channel", "key", "sha256"), "occurrence"),
    NumberedRows("dispatch", ("cycle", "slot", "recipient"), "revision", 0),
    NumberedRows("registry_load", (), "id", 0),
)


def check_numbering(verification: Verification) -> Iterator[StoreFault]:
    """Yield the owners whose rows have a gap; ``row`` names the owner."""
    for numbered in NUMBERED:
        table = metadata.tables[numbered.table]
        owner = [table.c[name] for name in numbered.owner]
        column = table.c[numbered.column]
        count, newest = func.count(), func.max(column)
        statement = select(*owner, count.label("count"), newest.label("newest")).group_by(*owner)
        has_gap = newest - numbered.first + 1 != count
        for row in verification.connection.execute(statement.having(has_gap)).mappings():
            # The key of an arrival may be a path: its owner is named by its digest alone.
            names = [name for name in numbered.owner if name != "key"]
            shown = " ".join(f"{name}={row[name]}" for name in names)
            detail = f"{numbered.column} {row['newest']}, {row['count']}"
            yield StoreFault(FaultKind.NUMBER_MISSING, table.name, shown, detail=detail)
    yield from _check_action_numbers(verification)


def _check_action_numbers(verification: Verification) -> Iterator[StoreFault]:
    """Actions are numbered within their quarter: PA-2026-27-Q1-001."""
    newest = func.max(cast(func.substr(action.c.number, len("PA-2026-27-Q1-") + 1), Integer))
    statement = select(action.c.quarter, newest, func.count()).group_by(action.c.quarter)
    for quarter, number, count in verification.connection.execute(statement):
        if number != count:
            detail = f"number {number}, {count}"
            yield StoreFault(
                FaultKind.NUMBER_MISSING, action.name, f"quarter={quarter}", detail=detail
            )
