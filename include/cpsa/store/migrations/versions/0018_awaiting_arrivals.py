"""Mails whose sender is not proven wait until they are confirmed"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "awaiting_arrival",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('update', 'entries', 'report')", name=op.f("ck_awaiting_arrival_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awaiting_arrival")),
        sa.UniqueConstraint(
            *("channel", "key", "sha256", "kind", "party", "period"),
            name=op.f("uq_awaiting_arrival_channel_key_sha256_kind_party_period"),
        ),
    )
    op.create_index(
        op.f("ix_awaiting_arrival_party_period"), "awaiting_arrival", ["party", "period"]
    )
    op.create_table(
        "arrival_settlement",
        sa.Column("awaiting_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'refused', 'expired', 'replaced')",
            name=op.f("ck_arrival_settlement_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["awaiting_id"],
            ["awaiting_arrival.id"],
            name=op.f("fk_arrival_settlement_awaiting_id_awaiting_arrival"),
        ),
        sa.PrimaryKeyConstraint("awaiting_id", name=op.f("pk_arrival_settlement")),
    )


def downgrade() -> None:
    op.drop_table("arrival_settlement")
    op.drop_table("awaiting_arrival")
