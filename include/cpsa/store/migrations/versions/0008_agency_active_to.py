"""An agency may have a last quarter for which its update is due"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Blank: none was set, which is how every agency was registered before.
    op.add_column("agency", sa.Column("active_to", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("agency", "active_to")
