"""The rows that agencies give in tables beside the indicators, one value each"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "table_row",
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("table_code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_table_row_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint(
            "submission_id", "table_code", "position", name=op.f("pk_table_row")
        ),
        sa.UniqueConstraint(
            *("submission_id", "table_code", "row_key"),
            name=op.f("uq_table_row_submission_id_table_code_row_key"),
        ),
    )
    op.create_table(
        "table_value",
        sa.Column("submission_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("table_code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("column_code", sa.Text(), nullable=False),
        sa.Column("hundredths", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id", "table_code", "position"],
            ["table_row.submission_id", "table_row.table_code", "table_row.position"],
            name=op.f("fk_table_value_submission_id_table_row"),
        ),
        sa.PrimaryKeyConstraint(
            *("submission_id", "table_code", "position", "column_code"),
            name=op.f("pk_table_value"),
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """The older schema has no place for the rows; the files that gave them are kept."""
    op.drop_table("table_value")
    op.drop_table("table_row")
