"""A lock exception of a backfill is for the files that lie there, and nobody is written to"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Those given so far were given by hand, for one agency, and were told.
    op.add_column(
        "lock_exception",
        sa.Column("quiet", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    # Not by a copy of the table, which SQLite refuses to drop while examinations refer to it.
    op.drop_column("lock_exception", "quiet")
