"""Arrivals decide what is a new version, not their bytes: the same bytes may come again"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Alembic does not read the checks of an SQLite table that it makes again.
CHECKS = {
    "submission": ("version", "version >= 1"),
    "arrival": ("outcome", "outcome IN ('new', 'repeat', 'entries', 'report', 'refused')"),
}


def upgrade() -> None:
    with _batch("submission") as batch_op:
        batch_op.drop_constraint(op.f("uq_submission_agency_quarter_sha256"), type_="unique")
    with _batch("arrival") as batch_op:
        batch_op.add_column(
            sa.Column("occurrence", sa.Integer(), server_default="1", nullable=False)
        )
        batch_op.drop_constraint(op.f("uq_arrival_channel_key_sha256"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_arrival_channel_key_sha256_occurrence"),
            ["channel", "key", "sha256", "occurrence"],
        )
    with _batch("entry_load") as batch_op:
        batch_op.add_column(sa.Column("submission_id", sa.BigInteger(), nullable=True))
        batch_op.drop_constraint(op.f("uq_entry_load_sha256"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_entry_load_submission_id"), ["submission_id"])
        batch_op.create_foreign_key(
            op.f("fk_entry_load_submission_id_submission"),
            "submission",
            ["submission_id"],
            ["id"],
        )
    with _batch("action_report") as batch_op:
        batch_op.drop_constraint(op.f("uq_action_report_department_half_sha256"), type_="unique")
    _link_loads()
    _repeat_what_lies_there()


def _batch(table: str) -> Any:
    name, condition = CHECKS.get(table, ("", ""))
    check = sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
    return op.batch_alter_table(table, table_args=(check,) if condition else ())


def _link_loads() -> None:
    """The entries of a workbook were loaded with the submission whose bytes they have."""
    op.execute(
        """
        UPDATE entry_load SET submission_id = (
            SELECT MIN(submission.id) FROM submission
            WHERE submission.sha256 = entry_load.sha256
                AND submission.received_at = entry_load.received_at
        )
        """
    )


def _repeat_what_lies_there() -> None:
    """Bytes that lay in a folder again after others count as seen there, and are no new version."""
    op.execute(
        """
        INSERT INTO arrival (
            channel, key, sha256, file_name, size, received_at, collected_at, outcome, problem,
            params, agency, quarter, version, occurrence
        )
        SELECT
            seen.channel, seen.key, seen.sha256, seen.file_name, seen.size, seen.received_at,
            channel_round.started_at, 'repeat', '', '{}', seen.agency, seen.quarter, seen.version, 2
        FROM channel_file
        JOIN channel_round ON channel_round.id = channel_file.round_id
        JOIN arrival AS seen ON seen.channel = channel_file.channel
            AND seen.key = channel_file.key AND seen.sha256 = channel_file.stamp
        WHERE seen.outcome <> 'refused' AND EXISTS (
            SELECT 1 FROM arrival AS later WHERE later.channel = seen.channel
                AND later.key = seen.key AND later.sha256 <> seen.sha256 AND later.id > seen.id
        )
        """
    )


def downgrade() -> None:
    """The older schema has no place for the same bytes twice: a store that holds them stays."""
    op.execute("DELETE FROM arrival WHERE occurrence > 1")
    with _batch("action_report") as batch_op:
        batch_op.create_unique_constraint(
            op.f("uq_action_report_department_half_sha256"), ["department", "half", "sha256"]
        )
    with _batch("entry_load") as batch_op:
        batch_op.drop_constraint(op.f("fk_entry_load_submission_id_submission"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_entry_load_submission_id"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_entry_load_sha256"), ["sha256"])
        batch_op.drop_column("submission_id")
    with _batch("arrival") as batch_op:
        batch_op.drop_constraint(op.f("uq_arrival_channel_key_sha256_occurrence"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_arrival_channel_key_sha256"), ["channel", "key", "sha256"]
        )
        batch_op.drop_column("occurrence")
    with _batch("submission") as batch_op:
        batch_op.create_unique_constraint(
            op.f("uq_submission_agency_quarter_sha256"), ["agency", "quarter", "sha256"]
        )
