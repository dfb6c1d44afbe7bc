"""A document keeps the digest of each of its inputs; a restatement note keeps what it compares"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what was built before, the inputs are known together only.
    op.add_column("document", sa.Column("inputs_of", sa.JSON(), nullable=True))
    op.add_column("document", sa.Column("replaces", sa.JSON(), nullable=True))


def downgrade() -> None:
    # The older schema knows no notes, and could build none again.
    op.execute("DELETE FROM document WHERE kind = 'restatement_note'")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_column("replaces")
        batch_op.drop_column("inputs_of")
