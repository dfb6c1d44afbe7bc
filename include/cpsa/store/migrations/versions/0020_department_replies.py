"""What departments sent is kept with how it was answered, replies in words among it"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BEFORE = ["new", "repeat", "entries", "report", "refused"]
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "department_reply",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("half", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("collected_at", sa.Text(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("unchanged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("found_by", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('form', 'not_read', 'by_hand')", name=op.f("ck_department_reply_kind")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["action_report.id"],
            name=op.f("fk_department_reply_report_id_action_report"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_reply")),
        sa.UniqueConstraint(
            *("channel", "key", "sha256", "received_at"),
            name=op.f("uq_department_reply_channel_key_sha256_received_at"),
        ),
    )
    op.create_index(
        op.f("ix_department_reply_kind_settled_at"), "department_reply", ["kind", "settled_at"]
    )
    _allow([*BEFORE[:4], "reply", *BEFORE[4:]])


def downgrade() -> None:
    # That it was received is all the older schema can say of a reply.
    op.execute("UPDATE arrival SET outcome = 'report' WHERE outcome = 'reply'")
    _allow(BEFORE)
    op.drop_table("department_reply")


def _allow(outcomes: list[str]) -> None:
    check = f"outcome IN ({', '.join(repr(outcome) for outcome in outcomes)})"
    name = op.f("ck_arrival_outcome")
    with op.batch_alter_table("arrival", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.text(check))
