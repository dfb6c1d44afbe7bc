"""Whether closings are what computing them again gives: scores, group scores, findings, restatements.

Only the newest closing of a quarter can be computed again, and only while it is the one that closing
now would write; closings of release 1.0.0 counted otherwise and are kept, not comparable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pandas as pd
from sqlalchemy import Table, select

from cpsa.calendar import Quarter
from cpsa.services.quarter import closing_rows
from cpsa.services.quarter.closing_run import ClosingRun
from cpsa.services.verify_store.check_examinations import compare_findings
from cpsa.services.verify_store.store_fault import FaultKind, StoreFault
from cpsa.services.verify_store.verification import Verification
from cpsa.store.queries import closing_queries, quarter_queries, submission_queries
from cpsa.store.schema import metadata
from cpsa.store.tables.closing_tables import ClosingKind, closing, closing_submission, restatement

SAMPLE_SIZE = 4  # closings
# These follow from the due dates, which may be changed after closing without another closing.
_FROM_DUE_DATES = ("coverage", "due", "status")
Key = tuple[Any, ...]


def check_closings(verification: Verification) -> Iterator[StoreFault]:
    """Yield rows of closings that computing again does not give, and those that are missing."""
    connection = verification.connection
    latest = closing_queries.load_latest_closings(connection)
    closings = list(zip(latest["quarter"], latest["id"], strict=True))
    for key, number in verification.sample(closings, SAMPLE_SIZE):
        again = ClosingRun.load(
            verification.context, connection, Quarter.parse(key), verification.now
        ).recompute()
        if again is None or quarter_queries.is_closed_by_first_release(connection, key):
            verification.count("not comparable")
            continue
        verification.count("closings computed again")
        for name, rows in again.rows.items():
            yield from _compare_rows(verification, metadata.tables[name], int(number), rows)
        yield from compare_findings(verification, "closing_id", int(number), again.findings)
    yield from _check_restatements(verification)


def _compare_rows(
    verification: Verification, table: Table, number: int, rows: list[closing_rows.Row]
) -> Iterator[StoreFault]:
    names = [column.name for column in table.primary_key if column.name != "closing_id"]
    again = {tuple(row[name] for name in names): row for row in rows}
    found = verification.connection.execute(select(table).where(table.c.closing_id == number))
    kept = {tuple(row[name] for name in names): row for row in found.mappings()}
    for key in sorted(kept.keys() | again.keys()):
        shown = " ".join(
            (f"closing_id={number}", *(f"{n}={v}" for n, v in zip(names, key, strict=True)))
        )
        if key not in again or key not in kept:
            kind = FaultKind.ROW_MISSING if key not in kept else FaultKind.ROW_UNFOUNDED
            yield StoreFault(kind, table.name, shown)
            continue
        same_due = kept[key].get("due") == again[key].get("due")
        changed = [
            name
            for name, value in again[key].items()
            if not _is_same(kept[key][name], value) and (same_due or name not in _FROM_DUE_DATES)
        ]
        if changed:
            detail = ", ".join(changed)
            yield StoreFault(FaultKind.RESULT_DIFFERS, table.name, shown, detail=detail)


def _is_same(kept: object, again: object) -> bool:
    """Whether two values are the same; sums of floats may differ in their last digits by machine."""
    if isinstance(kept, float) and isinstance(again, float):
        return abs(kept - again) <= 1e-9 * max(1.0, abs(kept))
    return kept == again


def _check_restatements(verification: Verification) -> Iterator[StoreFault]:
    """Restated figures are the difference between two versions of a closing, of the whole history."""
    connection = verification.connection
    rows = connection.execute(select(closing).order_by(closing.c.quarter, closing.c.version)).all()
    in_force = [
        (before, after)
        for before, after in pairwise(rows)
        if before.quarter == after.quarter and before.kind == after.kind == ClosingKind.CLOSED
    ]
    for before, after in verification.sample(in_force, SAMPLE_SIZE):
        old, new = _load_facts(verification, before.id), _load_facts(verification, after.id)
        again = {
            _key(row): (row["old"], row["new"])
            for row in closing_rows.make_restatement_rows(old, new, {})
        }
        statement = select(restatement).where(restatement.c.closing_id == after.id)
        for kept in connection.execute(statement).mappings():
            if again.pop(_key(kept), None) != (kept["old"], kept["new"]):
                shown = f"id={kept['id']}"
                yield StoreFault(FaultKind.RESULT_DIFFERS, restatement.name, shown)
        for key in again:
            shown = f"closing_id={after.id} " + " ".join(map(str, key))
            yield StoreFault(FaultKind.ROW_MISSING, restatement.name, shown)


def _key(row: Mapping[Any, Any]) -> Key:
    return tuple(row[name] for name in ("agency", "quarter", "indicator", "dimension"))


def _load_facts(verification: Verification, number: int) -> pd.DataFrame:
    numbers = select(closing_submission.c.submission_id).where(
        closing_submission.c.closing_id == number
    )
    ids = verification.connection.execute(numbers).scalars().all()
    return submission_queries.load_facts(verification.connection, ids)
