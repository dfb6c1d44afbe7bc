"""Mails that no person wrote are among what came in, with an outcome of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BEFORE = ("new", "repeat", "entries", "report", "reply", "refused")


def upgrade() -> None:
    _allow((*BEFORE, "automatic"))


def downgrade() -> None:
    """The older schema has no place for them; the mails lie in their folder."""
    op.execute("DELETE FROM arrival WHERE outcome = 'automatic'")
    _allow(BEFORE)


def _allow(outcomes: tuple[str, ...]) -> None:
    name, condition = op.f("ck_arrival_outcome"), f"outcome IN ({_quoted(outcomes)})"
    with op.batch_alter_table("arrival") as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.text(condition))


def _quoted(outcomes: tuple[str, ...]) -> str:
    return ", ".join(f"'{outcome}'" for outcome in outcomes)
