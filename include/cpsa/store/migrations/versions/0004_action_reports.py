"""Action taken reports come in: the report itself, and with each decision who recorded it and when"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BEFORE = ["new", "repeat", "entries", "refused"]


def upgrade() -> None:
    op.create_table(
        "action_report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("half", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_report")),
        sa.UniqueConstraint(
            "department", "half", "version", name=op.f("uq_action_report_department_half_version")
        ),
        sa.UniqueConstraint(
            "department", "half", "sha256", name=op.f("uq_action_report_department_half_sha256")
        ),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recorded_at", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("recorded_by", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("report_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("place", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE decision SET recorded_at = decided_at, recorded_by = decided_by")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.alter_column("recorded_at", existing_type=sa.Text(), nullable=False)
    _allow([*BEFORE[:3], "report", *BEFORE[3:]])


def downgrade() -> None:
    # The older schema records of a report only that it was imported.
    op.execute("UPDATE arrival SET outcome = 'entries' WHERE outcome = 'report'")
    _allow(BEFORE)
    with op.batch_alter_table("decision", schema=None) as batch_op:
        for column in ("place", "report_id", "recorded_by", "recorded_at"):
            batch_op.drop_column(column)
    op.drop_table("action_report")


def _allow(outcomes: list[str]) -> None:
    check = f"outcome IN ({', '.join(repr(one) for one in outcomes)})"
    name = op.f("ck_arrival_outcome")
    with op.batch_alter_table("arrival", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.text(check))
