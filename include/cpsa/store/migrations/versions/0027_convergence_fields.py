"""What kind of help a contribution was, its units and rate, and how many of the people are women"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

FIGURES = ("units", "rate", "women")


def upgrade() -> None:
    """Entries of before have none of these."""
    with op.batch_alter_table("entry") as table:
        table.add_column(sa.Column("help", sa.Text(), nullable=False, server_default=""))
        for name in FIGURES:
            table.add_column(sa.Column(name, sa.BigInteger()))


def downgrade() -> None:
    with op.batch_alter_table("entry") as table:
        for name in (*reversed(FIGURES), "help"):
            table.drop_column(name)
