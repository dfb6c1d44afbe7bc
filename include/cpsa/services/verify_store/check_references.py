"""Whether every reference resolves: foreign keys, and those that the tables do not declare.

SQLite checks foreign keys only where a connection asks for it, and a repair by hand may not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, Text, and_, exists, select

from cpsa.services.verify_store.store_fault import FaultKind, StoreFault, describe_row
from cpsa.services.verify_store.verification import Verification
from cpsa.store.queries.arrival_queries import NEW
from cpsa.store.schema import metadata


class RowReference(NamedTuple):
    """Columns of a table that name a row of another by these columns; ``only``: where a column has a value."""

    table: str
    columns: Sequence[str]
    target: str
    target_columns: Sequence[str]
    only: Mapping[str, str] = {}


_OWNER = ("agency", "quarter")
_REGISTRY_TABLES = (
    *("agency", "target", "baseline", "weight", "recipient"),
    *("cluster", "cluster_agency"),
)
_AGENCY_TABLES = (
    *("action", "entry", "explanation", "extension", "figure_query"),
    *("lock_exception", "obligation", "score", "submission", "waiver"),
)
# References that no foreign key declares.
LOGICAL_REFERENCES: Sequence[RowReference] = (
    RowReference("fact", ("submission_id", *_OWNER), "submission", ("id", *_OWNER)),
    RowReference("fact", ("carried_from",), "submission", ("id",)),
    RowReference("decision", ("report_id",), "action_report", ("id",)),
    RowReference("group_score", ("closing_id", "agency"), "score", ("closing_id", "agency")),
    RowReference("closing_submission", ("submission_id", "agency"), "submission", ("id", "agency")),
    RowReference("restatement", ("closing_id", "quarter"), "closing", ("id", "quarter")),
    RowReference(
        "arrival",
        ("agency", "quarter", "version", "sha256"),
        "submission",
        ("agency", "quarter", "version", "sha256"),
        {"outcome": NEW},
    ),
    *(
        RowReference(table, (column,), "registry_load", ("id",))
        for table in _REGISTRY_TABLES
        for column in ("since", "until")
    ),
    RowReference("cluster_decision", ("registry_load",), "registry_load", ("id",)),
    *(RowReference(table, ("agency",), "agency", ("code",)) for table in _AGENCY_TABLES),
)
# Columns whose list of numbers names rows of ``document``.
_DOCUMENT_LISTS = ("question", "no_revision")


def check_references(verification: Verification) -> Iterator[StoreFault]:
    """Yield the rows that name a row which is not there."""
    connection = verification.connection
    for reference in (*_list_foreign_keys(), *LOGICAL_REFERENCES):
        verification.count("references")
        yield from _find_dangling(connection, reference)
    yield from _check_finding_owners(connection)
    yield from _check_document_lists(connection)
    yield from _check_replaced_editions(connection)


def _list_foreign_keys() -> Iterator[RowReference]:
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            target = key.referred_table
            names = [element.column.name for element in key.elements]
            yield RowReference(
                table.name, [column.name for column in key.columns], target.name, names
            )


def _find_dangling(connection: Connection, reference: RowReference) -> Iterator[StoreFault]:
    table, target = metadata.tables[reference.table], metadata.tables[reference.target].alias()
    columns = [table.c[name] for name in reference.columns]
    statement = select(*table.primary_key).where(
        *map(_is_given, columns),
        *(table.c[name] == value for name, value in reference.only.items()),
    )
    if len(columns) == 1 and not target.c[reference.target_columns[0]].primary_key:
        # A short list, read once: the column that is named has no index.
        named = select(target.c[reference.target_columns[0]])
        statement = statement.where(columns[0].not_in(named))
    else:
        pairs = zip(columns, reference.target_columns, strict=True)
        is_named = and_(*(target.c[name] == column for column, name in pairs))
        statement = statement.where(~exists().where(is_named))
    for row in connection.execute(statement).mappings():
        yield _make_fault(table, row, f"{'+'.join(reference.columns)} → {reference.target}")


def _is_given(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return column != "" if isinstance(column.type, Text) else column.is_not(None)


def _make_fault(table: Table, row: Mapping[Any, Any], detail: str) -> StoreFault:
    kind = FaultKind.REFERENCE_MISSING
    return StoreFault(kind, table.name, describe_row(table, row), detail=detail)


def _check_finding_owners(connection: Connection) -> Iterator[StoreFault]:
    """A finding of an examination is about the agency and quarter of the submission examined."""
    finding, examination, submission = (
        metadata.tables[name] for name in ("finding", "examination", "submission")
    )
    statement = (
        select(finding.c.id)
        .join(examination, examination.c.id == finding.c.examination_id)
        .join(submission, submission.c.id == examination.c.submission_id)
        .where(
            (finding.c.agency != submission.c.agency) | (finding.c.quarter != submission.c.quarter)
        )
    )
    for row in connection.execute(statement).mappings():
        yield _make_fault(finding, row, "examination_id+agency+quarter → submission")


def _check_document_lists(connection: Connection) -> Iterator[StoreFault]:
    document = metadata.tables["document"]
    known = set(connection.execute(select(document.c.id)).scalars())
    for name in _DOCUMENT_LISTS:
        table = metadata.tables[name]
        for row in connection.execute(select(table.c.id, table.c.documents)).mappings():
            if not known.issuperset(row["documents"]):
                yield _make_fault(table, row, "documents → document")


def _check_replaced_editions(connection: Connection) -> Iterator[StoreFault]:
    """A restatement note names the editions that it compares."""
    document = metadata.tables["document"]
    rows = connection.execute(select(document).order_by(document.c.id)).mappings().all()
    known = {_name_edition(row) for row in rows}
    for row in rows:
        compared = (row["replaces"] or {}).get("documents", ())
        named = {_name_edition(edition[side]) for edition in compared for side in ("old", "new")}
        if not named <= known:
            yield _make_fault(document, row, "replaces → document")


def _name_edition(edition: Mapping[Any, Any]) -> str:
    names = ("kind", "period", "subject", "language", "mark")
    return json.dumps([edition[name] for name in names], sort_keys=True)
