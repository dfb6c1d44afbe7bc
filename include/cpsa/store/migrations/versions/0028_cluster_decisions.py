"""What was decided on changes of the register of clusters that centres propose"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TEXTS = ("agency", "quarter", "row_key", "digest", "outcome", "cluster")


def upgrade() -> None:
    op.create_table(
        "cluster_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        sa.Column("registry_load", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reason", "decided_by")),
        sa.Column("decided_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_decision")),
        sa.UniqueConstraint(
            *("agency", "quarter", "row_key", "digest"),
            name=op.f("uq_cluster_decision_agency_quarter_row_key_digest"),
        ),
    )


def downgrade() -> None:
    """What was confirmed stays in the register."""
    op.drop_table("cluster_decision")
