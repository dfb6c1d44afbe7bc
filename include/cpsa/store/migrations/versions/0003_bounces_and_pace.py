"""A mail that came back is bounced; the journal is asked how many were claimed in a minute"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BEFORE = ["pending", "claimed", "in_data", "accepted"]
BEFORE += ["uncertain", "failed", "expired", "superseded"]
TABLES = ("dispatch", "dispatch_event")


def upgrade() -> None:
    _allow([*BEFORE[:4], "bounced", *BEFORE[4:]])
    with op.batch_alter_table("dispatch_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispatch_event_state_at"), ["state", "at"])


def downgrade() -> None:
    with op.batch_alter_table("dispatch_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dispatch_event_state_at"))
    # It had been accepted before it came back, and that is all the older schema can say.
    for table in TABLES:
        op.execute(f"UPDATE {table} SET state = 'accepted' WHERE state = 'bounced'")
    _allow(BEFORE)


def _allow(states: list[str]) -> None:
    check = f"state IN ({', '.join(repr(state) for state in states)})"
    if op.get_bind().dialect.name != "sqlite":
        for table in TABLES:
            op.drop_constraint(op.f(f"ck_{table}_state"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_state"), table, check)
        return
    # SQLite makes a table again to change a check, and does not drop one that others refer to: the
    # journal steps aside meanwhile.
    op.execute("CREATE TABLE journal_aside AS SELECT * FROM dispatch_event")
    op.execute("DELETE FROM dispatch_event")
    for table in TABLES:
        name = op.f(f"ck_{table}_state")
        with op.batch_alter_table(table, recreate="always") as batch_op:
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, sa.text(check))
    op.execute("INSERT INTO dispatch_event SELECT * FROM journal_aside ORDER BY id")
    op.execute("DROP TABLE journal_aside")
