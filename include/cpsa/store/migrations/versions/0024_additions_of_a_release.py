"""From which quarter what release 1.6.0 added to the framework holds in a store that is older"""

from alembic import op

from cpsa.store.migrations.addition_notes import note_additions

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ADDITIONS = "additions_from.1.6.0"


def upgrade() -> None:
    note_additions(ADDITIONS)


def downgrade() -> None:
    op.execute(f"DELETE FROM programme_setting WHERE name = '{ADDITIONS}'")
