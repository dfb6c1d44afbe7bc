"""What was published from which state of the store, and the questions put to a person"""

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = ("kind", "period", "subject", "language", "format")


def upgrade() -> None:
    _create_tables()
    op.create_index(op.f("ix_entry_load_id_quarter"), "entry", ["load_id", "quarter"])
    _fill_publications()
    _fill_questions()


def _create_tables() -> None:
    op.create_table(
        "publication",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("closing_version", sa.Integer(), nullable=False),
        sa.Column("mark", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('documents', 'online_edition')", name=op.f("ck_publication_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_index(op.f("ix_publication_kind_period"), "publication", ["kind", "period"])
    op.create_table(
        "question",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("half", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, server_default=""),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("asked_by_run", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('dispatch', 'backfill')", name=op.f("ck_question_kind")),
        sa.CheckConstraint(
            "outcome IN ('approved', 'rejected', 'superseded', 'void', 'unanswered', "
            "'nothing_to_send')",
            name=op.f("ck_question_outcome"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_question_ended")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index(op.f("ix_question_half"), "question", ["half"])
    op.create_table(
        "changed_document",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("half", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changed_document")),
    )
    op.create_index(
        op.f("ix_changed_document_half_edition"), "changed_document", ["half", "edition"]
    )
    op.create_table(
        "no_revision",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("half", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_revision")),
    )
    op.create_index(op.f("ix_no_revision_half"), "no_revision", ["half"])


def _fill_publications() -> None:
    """What was built before is published from the state of the store by its newest document."""
    connection = op.get_bind()
    publication = _table("publication", "kind", "period", "closing_version", "mark", "published_at")
    closed = connection.execute(
        sa.text("SELECT quarter, MAX(version) FROM closing GROUP BY quarter")
    )
    versions = {quarter: version for quarter, version in closed}
    rows = []
    newest: dict[str, dict[str, Any]] = {}
    for document in _documents(connection):
        if document["mark"] is None:
            continue
        before = newest.setdefault(document["period"], dict(document))
        if document["mark"]["closing"] >= before["mark"]["closing"]:
            mark = _later(before["mark"], document["mark"])
            newest[document["period"]] = {**document, "mark": mark}
    for period, document in newest.items():
        last = _last_quarter(period)
        row = {"period": period, "mark": document["mark"], "published_at": document["built_at"]}
        rows.append({"kind": "documents", "closing_version": versions.get(last, 1), **row})
    quarters = [row for row in rows if "-Q" in row["period"]]
    if quarters:  # the online edition was written after each of them
        rows.append({**max(quarters, key=lambda row: row["period"]), "kind": "online_edition"})
    if rows:
        connection.execute(sa.insert(publication), rows)


def _fill_questions() -> None:
    """A half-year that was compiled was asked about; the question may still wait in Airflow."""
    connection = op.get_bind()
    question = _table(
        *("question", "kind", "half", "edition", "documents", "asked_at", "asked_by_run"),
        *("ended_at", "outcome"),
    )
    packs = sa.text("SELECT DISTINCT cycle FROM dispatch WHERE slot = 'pack'")
    sent = set(connection.execute(packs).scalars())
    halves: dict[str, list[Any]] = {}
    for document in _documents(connection):
        if document["kind"] == "restatement_note":
            continue
        if "-H" in document["period"]:
            halves.setdefault(document["period"], []).append(document)
        elif "-Q" not in document["period"]:  # a year's documents are sent with its second half
            halves.setdefault(f"{document['period']}-H2", []).append(document)
    rows = [
        {
            "kind": "dispatch",
            "half": half,
            "edition": _edition(documents),
            "documents": sorted(document["id"] for document in documents),
            "asked_at": (at := max(document["built_at"] for document in documents)),
            "asked_by_run": "",
            "ended_at": at if half in sent else None,
            "outcome": "approved" if half in sent else None,
        }
        for half, documents in halves.items()
    ]
    if rows:
        connection.execute(sa.insert(question), rows)


def _documents(connection: sa.Connection) -> list[dict[str, Any]]:
    """The current edition of every document, oldest first."""
    document = sa.table(
        "document",
        *(sa.column(name) for name in ("id", "sha256", "built_at", *_KEY)),
        sa.column("mark", sa.JSON()),
    )
    rows = connection.execute(sa.select(document).order_by(document.c.id)).mappings()
    newest = {tuple(row[name] for name in _KEY): dict(row) for row in rows}
    return sorted(newest.values(), key=lambda row: row["id"])


def _later(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A mark with the later row of each table."""
    sources = [name for name in other if name != "action"]
    rows = {name: max(one[name], other[name]) for name in sources}
    return {**rows, "action": other.get("action", {})}


def _last_quarter(period: str) -> str:
    if "-H" in period:
        return f"{period[:7]}-Q{int(period[-1]) * 2}"
    return period if "-Q" in period else f"{period}-Q4"


def _edition(documents: list[dict[str, Any]]) -> str:
    lines = sorted(
        f"{' '.join(document[name] for name in _KEY)} {document['sha256']}"
        for document in documents
    )
    return hashlib.sha256("\x1f".join(lines).encode()).hexdigest()[:32]


def _table(name: str, *columns: str) -> sa.TableClause:
    json_columns = ("mark", "documents")
    return sa.table(
        name,
        *(
            sa.column(column, sa.JSON()) if column in json_columns else sa.column(column)
            for column in columns
        ),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_entry_load_id_quarter"), "entry")
    for table in ("no_revision", "changed_document", "question", "publication"):
        op.drop_table(table)
