"""Notes in a store that is older than a release from which quarter the release's additions to the framework hold."""

import sqlalchemy as sa
from alembic import op


def note_additions(setting_name: str) -> None:
    """The quarter after the newest one that was opened or closed; a new store needs no note.

    The instant is that of the newest row read: a migration does not ask for the time.
    """
    connection = op.get_bind()
    known = connection.execute(
        sa.text(
            """
            SELECT MAX(quarter) AS quarter, MAX(recorded_at) AS recorded_at
            FROM (
                SELECT quarter, opened_at AS recorded_at FROM quarter_opening
                UNION ALL SELECT quarter, closed_at FROM closing
            ) AS known
            """
        )
    ).one()
    if known.quarter is None:
        return
    setting = sa.table(
        "programme_setting", *(sa.column(name) for name in ("name", "value", "set_by", "set_at"))
    )
    row = {"name": setting_name, "value": _name_next_quarter(known.quarter), "set_by": ""}
    connection.execute(sa.insert(setting), [{**row, "set_at": known.recorded_at}])


def _name_next_quarter(quarter: str) -> str:
    """The quarter after one such as 2026-27-Q4."""
    year, number = int(quarter[:4]), int(quarter[-1])
    if number < 4:
        return f"{quarter[:-1]}{number + 1}"
    return f"{year + 1}-{(year + 2) % 100:02d}-Q1"
