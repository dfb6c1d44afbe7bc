"""Arrivals, lock exceptions for single indicators, sources of explanations, marks of documents"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrival",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("collected_at", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('new', 'repeat', 'entries', 'refused')", name=op.f("ck_arrival_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("channel", "key", "sha256", name=op.f("uq_arrival_channel_key_sha256")),
    )
    with op.batch_alter_table("arrival", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_arrival_quarter_agency"), ["quarter", "agency"])
    for table in ("target", "baseline", "weight"):
        op.create_index(f"ix_{table}_agency", table, ["agency"])
    op.add_column("fact", sa.Column("carried_from", sa.BigInteger(), nullable=True))
    op.add_column("document", sa.Column("mark", sa.JSON(), nullable=True))
    for table, column in (("lock_exception", "indicators"), ("explanation", "source")):
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for table, column in (
        ("document", "mark"),
        ("explanation", "source"),
        ("lock_exception", "indicators"),
        ("fact", "carried_from"),
    ):
        op.drop_column(table, column)
    for table in ("target", "baseline", "weight"):
        op.drop_index(f"ix_{table}_agency", table)
    op.drop_table("arrival")
