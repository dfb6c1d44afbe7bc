"""Own due dates, openings, withdrawn closings, extensions, scans of channels"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IST = timedelta(hours=5, minutes=30)


def upgrade() -> None:
    _create_tables()
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.Text(), nullable=False, server_default="closed"))
        batch_op.add_column(sa.Column("closed_by", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("unread", sa.Text(), nullable=False, server_default=""))
    op.add_column("reporting", sa.Column("not_requested", sa.Integer(), nullable=True))
    op.add_column("obligation", sa.Column("requested_at", sa.Text(), nullable=True))
    op.add_column(
        "obligation", sa.Column("requested_by", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("obligation", sa.Column("withdrawn_at", sa.Text(), nullable=True))
    _fill_requested_at()
    _fill_openings()


def _create_tables() -> None:
    op.create_table(
        "programme_setting",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_setting")),
    )
    op.create_index(op.f("ix_programme_setting_name"), "programme_setting", ["name"])
    op.create_table(
        "quarter_opening",
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("replayed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name=op.f("pk_quarter_opening")),
    )
    op.create_table(
        "extension",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index(op.f("ix_extension_quarter_agency"), "extension", ["quarter", "agency"])
    op.create_table(
        "closing_attempt",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("attempted_at", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_attempt")),
    )
    op.create_index(op.f("ix_closing_attempt_quarter"), "closing_attempt", ["quarter"])
    op.create_table(
        "channel_round",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("completed_at", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_round")),
    )
    op.create_index(op.f("ix_channel_round_channel_place"), "channel_round", ["channel", "place"])
    op.create_table(
        "channel_file",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("absent_at", sa.Text(), nullable=True),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_file")),
        sa.UniqueConstraint(
            "channel", "place", "key", name=op.f("uq_channel_file_channel_place_key")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["channel_round.id"], name=op.f("fk_channel_file_round_id_channel_round")
        ),
    )


def _fill_requested_at() -> None:
    """Requests that a mail server accepted and that did not come back, by the ledger's journal."""
    op.execute(
        """
        UPDATE obligation SET requested_at = (
            SELECT MIN(dispatch_event.at) FROM dispatch_event
            JOIN dispatch ON dispatch.id = dispatch_event.dispatch
            WHERE dispatch_event.state = 'accepted' AND dispatch.state = 'accepted'
                AND dispatch.cycle = obligation.quarter AND dispatch.recipient = obligation.agency
                AND dispatch.slot = 'request'
        )
        """
    )


def _fill_openings() -> None:
    """Each quarter with obligations was opened when its first one was recorded."""
    connection = op.get_bind()
    opening = sa.table(
        "quarter_opening",
        *(sa.column(name) for name in ("quarter", "opened_at", "opened_by")),
        sa.column("replayed", sa.Boolean()),
    )
    found = connection.execute(
        sa.text("SELECT quarter, MIN(recorded_at) FROM obligation GROUP BY quarter")
    ).all()
    rows = [
        {
            "quarter": quarter,
            "opened_at": opened_at,
            "opened_by": "",
            "replayed": datetime.fromisoformat(opened_at) >= _window_ends(quarter),
        }
        for quarter, opened_at in found
    ]
    if rows:
        connection.execute(sa.insert(opening), rows)
        _set_first_quarter(connection, min(rows, key=lambda row: str(row["quarter"])))


def _set_first_quarter(connection: sa.Connection, oldest: dict[str, object]) -> None:
    """A programme that runs already goes on as it did: its first quarter is the oldest it has."""
    setting = sa.table(
        "programme_setting", *(sa.column(name) for name in ("name", "value", "set_by", "set_at"))
    )
    row = {"name": "first_quarter", "value": oldest["quarter"], "set_by": ""}
    connection.execute(sa.insert(setting), [{**row, "set_at": oldest["opened_at"]}])


def _window_ends(quarter: str) -> datetime:
    """The end of the month after a quarter such as 2026-27-Q2, India's time."""
    year, number = int(quarter[:4]), int(quarter[-1])
    month = number * 3 + 5  # of the start year, 17 is May of the next
    ends = datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
    return ends - IST


def downgrade() -> None:
    for table in ("channel_file", "channel_round", "closing_attempt", "extension"):
        op.drop_table(table)
    op.drop_table("quarter_opening")
    op.drop_table("programme_setting")
    for column in ("withdrawn_at", "requested_by", "requested_at"):
        op.drop_column("obligation", column)
    op.drop_column("reporting", "not_requested")
    # The older schema knows no undone closing: it stays as it was closed.
    op.execute("DELETE FROM closing WHERE kind = 'withdrawn'")
    for column in ("unread", "reason", "closed_by"):
        op.drop_column("closing", column)
    op.drop_column("closing", "kind")
