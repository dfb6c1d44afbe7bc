"""Whether a quarter counts in an agency's coverage"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("score", sa.Column("due", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("score", "due")
