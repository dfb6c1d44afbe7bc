"""Figures of accepted submissions are kept packed beside their rows, to compute with"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table begins empty: what is missing in it is made of figures when it is first needed."""
    op.create_table(
        "packed_figures",
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("present", sa.LargeBinary(), nullable=False),
        sa.Column("hundredths", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_packed_figures_submission_id_submission"),
        ),
        sa.PrimaryKeyConstraint("submission_id", "layout", name=op.f("pk_packed_figures")),
    )


def downgrade() -> None:
    op.drop_table("packed_figures")
