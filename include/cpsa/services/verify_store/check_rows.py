"""The rows of a store at one verification, as digests, so that the next one sees what was changed since.

No computation shows that an explanation, a decision or a line of the audit was changed, deleted or
inserted among older ones: such rows are facts of their own. So each verification writes, beside the
store and not in it, one digest for each row that it saw (for figures, one for each submission), and
the next compares. Columns that the program itself changes are left out (``CHANGING_COLUMNS``, ``LEFT_OUT``).

The files belong to one version of the schema: after a migration all are written again. The digest of
a row that has changed is kept, so that it is reported until it is right, or a person accepts the store
as it is (``accept_store``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Table

from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import write_atomically
from cpsa.services.verify_store.last_verification import FOLDER
from cpsa.services.verify_store.store_fault import FaultKind, StoreFault, describe_row
from cpsa.services.verify_store.verification import Verification
from cpsa.store.queries import transfer_queries
from cpsa.store.queries.personal_data_queries import PERSONAL_COLUMNS
from cpsa.store.schema import BLANKED
from cpsa.store.tables.dispatch_tables import MailState

_REGISTRY_TABLES = (
    *("agency", "target", "baseline", "weight", "recipient"),
    *("cluster", "cluster_agency"),
)
Row = Mapping[str, Any]


class ChangingColumns(NamedTuple):
    """Columns that the program changes in rows that are there, until ``is_final`` holds for the row."""

    names: Sequence[str]
    is_final: Callable[[Row], bool] = lambda _: False


# Everything else is written once. How far a mail has come is compared with its journal.
_PROGRESS = (
    *("state", "attempts", "fence", "worker", "lease_until", "next_attempt_at"),
    *("not_before", "code", "reason", "detail", "changed_at"),
)
_DELIVERED = (MailState.ACCEPTED, MailState.BOUNCED)
CHANGING_COLUMNS: Mapping[str, ChangingColumns] = {
    "dispatch": ChangingColumns(
        ("to_name", "to_email", "language", "subject", "html", "text", "attachments"),
        lambda row: row["state"] in _DELIVERED,
    ),
    "obligation": ChangingColumns(("requested_at", "requested_by", "withdrawn_at")),
    "question": ChangingColumns(("ended_at", "outcome"), lambda row: row["ended_at"] is not None),
    "department_reply": ChangingColumns(
        ("settled_at", "settled_by", "settled_reason"),
        lambda row: row["settled_at"] is not None,
    ),
    **dict.fromkeys(
        _REGISTRY_TABLES, ChangingColumns(("until",), lambda row: row["until"] is not None)
    ),
}
LEFT_OUT: Mapping[str, Sequence[str]] = {"dispatch": _PROGRESS}
# Tables from which the program deletes rows: scans that later ones replaced, an undone opening.
DELETED_FROM = ("channel_round", "channel_file", "quarter_opening")
# Tables too large for a digest of each row: by what the digests are added up.
_SUMMED = {
    "fact": "submission_id",
    "table_row": "submission_id",
    "table_value": "submission_id",
}
# Rows that are written together with those of the same first key column, and never later.
_WRITTEN_TOGETHER = ("closing_submission", "score", "group_score", "reporting")

_BLANKED = "blanked"
Digests = dict[str, str]


def check_rows(verification: Verification) -> Iterator[StoreFault]:
    """Yield the rows that were changed, deleted or inserted since the last verification."""
    schema = transfer_queries.read_schema_revision(verification.connection)
    is_quiet = transfer_queries.has_no_other_writer(verification.connection)
    for table in transfer_queries.TABLES:
        if table.name in DELETED_FROM:
            continue
        now = _digest_table(verification, table)
        verification.count("rows", len(now))
        file = locate_digests(verification.context) / f"{table.name}.json"
        try:
            before = SeenRows.read(file, schema)
        except ValueError:
            shown = str(file.relative_to(verification.context.settings.home))
            yield StoreFault(FaultKind.FILE_CHANGED, table.name, file=shown)
            continue
        faults = list(_compare(table, before, now))
        yield from faults
        before.follow(now, faults, is_quiet=is_quiet).write(file, schema)


def locate_digests(context: AppContext) -> Path:
    """The folder with the digests of the rows that the last verification saw."""
    return context.settings.home / FOLDER / "rows"


@dataclass(frozen=True)
class SeenRows:
    """The digests of a table's rows by key. ``complete_to``: up to this number no row was still to come."""

    rows: Digests
    complete_to: int = -1

    @classmethod
    def read(cls, file: Path, schema: str) -> SeenRows:
        """Those of the last verification; none where there was none with this schema.

        ValueError where the file is damaged.
        """
        if not file.is_file():
            return cls({})
        found = json.loads(file.read_bytes())
        return cls(found["rows"], found["complete_to"]) if found["schema"] == schema else cls({})

    def follow(self, now: Digests, faults: Sequence[StoreFault], *, is_quiet: bool) -> SeenRows:
        """What the next verification compares with: a fault is reported until it is repaired."""
        rows = {
            **now,
            **{fault.row: self.rows[fault.row] for fault in faults if fault.row in self.rows},
        }
        for fault in faults:
            if fault.kind is FaultKind.ROW_INSERTED:
                del rows[fault.row]
        # A writer may still commit a row of a lower number than one that is seen.
        newest = max(map(_parse_number, rows), default=-1) if is_quiet else self.complete_to
        return SeenRows(rows, newest)

    def write(self, file: Path, schema: str) -> None:
        content = {"schema": schema, "complete_to": self.complete_to, "rows": self.rows}
        write_atomically(file, json.dumps(content, indent=0, ensure_ascii=False).encode())


def _compare(table: Table, before: SeenRows, now: Digests) -> Iterator[StoreFault]:
    for key, digest in before.rows.items():
        if key not in now:
            yield StoreFault(FaultKind.ROW_DELETED, table.name, key)
        elif not _is_same(digest, now[key]):
            yield StoreFault(FaultKind.ROW_CHANGED, table.name, key)
    complete = {_parse_parent(key) for key in before.rows}
    for key in sorted(now.keys() - before.rows.keys()):
        if table.autoincrement_column is not None:  # new rows have numbers that follow
            is_inserted = _parse_number(key) < before.complete_to
        else:
            is_inserted = table.name in _WRITTEN_TOGETHER and _parse_parent(key) in complete
        if is_inserted:
            yield StoreFault(FaultKind.ROW_INSERTED, table.name, key)


def _is_same(before: str, now: str) -> bool:
    """Whether each part of a digest is as it was: but it may have become final, or have been blanked."""
    pairs = zip(before.split(":"), now.split(":"), strict=True)
    return all(new in (old, _BLANKED) or not old for old, new in pairs)


def _parse_parent(key: str) -> str:
    """The first part of a key, such as ``closing_id=3``."""
    return key.partition(" ")[0]


def _parse_number(key: str) -> int:
    """The number of a row by its key, such as ``id=12``; 0 where its key is no number."""
    value = key.rpartition("=")[2]
    return int(value) if value.isdecimal() else 0


def _digest_table(verification: Verification, table: Table) -> Digests:
    """The digest of each row by its key: of what never changes, of personal data, of what is final."""
    names = transfer_queries.list_table_columns(table)
    rows = transfer_queries.load_table_rows(verification.connection, table)
    if table.name in _SUMMED:
        return _sum_digests(_SUMMED[table.name], names, rows)
    changing = CHANGING_COLUMNS.get(table.name, ChangingColumns(()))
    left_out = {*changing.names, *LEFT_OUT.get(table.name, ())}
    personal = sorted(PERSONAL_COLUMNS.get(table.name, set()) - left_out)
    fixed = [name for name in names if name not in left_out | set(personal)]
    digests = Digests()
    for values in rows:
        row = dict(zip(names, values, strict=True))
        final = changing.names if changing.is_final(row) else ()
        digests[describe_row(table, row)] = ":".join(
            _digest_part(row, part) for part in (fixed, personal, final)
        )
    return digests


def _digest_part(row: Row, names: Sequence[str]) -> str:
    """The digest of some columns; blank for none, and the same for all that retention has blanked."""
    values = [row[name] for name in names]
    if BLANKED in values:
        return _BLANKED
    return _digest_row(values).hex() if values else ""


def _sum_digests(name: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Digests:
    """One digest for all rows of a column's value, whatever their order."""
    place, sums = names.index(name), dict[str, int]()
    for row in rows:
        key = f"{name}={row[place]}"
        sums[key] = sums.get(key, 0) + int.from_bytes(_digest_row(row), "big")
    return {key: f"{total % (1 << 128):032x}" for key, total in sums.items()}


def _digest_row(values: Sequence[Any]) -> bytes:
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
