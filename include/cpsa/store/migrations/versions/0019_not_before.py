"""A mail can be planned with a time before which it is not sent"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dispatch", sa.Column("not_before", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("dispatch", "not_before")
