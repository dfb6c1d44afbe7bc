"""A decision may name the date by which the department promised to complete an action"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("promised_on", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("decision", "promised_on")
