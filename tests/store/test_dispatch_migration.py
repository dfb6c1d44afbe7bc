"""The step to bounced mail keeps every dispatch and its journal, up and down, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from cpsa.store import database

DISPATCH = """INSERT INTO dispatch (id, cycle, slot, recipient, revision, digest, message_id,
    planned_at, to_name, to_email, language, subject, html, text, attachments, state, attempts,
    fence, changed_at)
    VALUES (:id, 'c', 's', :id, 0, 'd', :id, 't', '', '', 'en', '', '', '', '[]', 'accepted', 1,
    1, 't')"""
EVENT = "INSERT INTO dispatch_event (dispatch, at, state, fence) VALUES (:id, 't', 'accepted', 1)"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of the schema before this step, with two dispatches."""
    if request.param == "sqlite":
        made = database.open_engine(f"sqlite:///{tmp_path}/before.db")
    else:
        made = database.open_engine(request.getfixturevalue("postgresql_server"))
        with made.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    database.upgrade_schema(made, "0002")
    with made.begin() as connection:
        for number in (1, 2):
            values = {"id": number}
            if made.dialect.name == "postgresql":
                cast = DISPATCH.replace("'c', 's', :id, 0", "'c', 's', :name, 0")
                cast = cast.replace("'d', :id", "'d', :name")
                connection.execute(text(cast), {**values, "name": str(number)})
            else:
                connection.execute(text(DISPATCH), values)
            connection.execute(text(EVENT), values)
    yield made
    if request.param == "postgresql":
        database.upgrade_schema(made)  # as the other tests of this run expect it
    made.dispose()


def told(engine: Engine) -> list[tuple[int, str]]:
    journal = "SELECT dispatch, state FROM dispatch_event ORDER BY id"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(journal))]


def states(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [row.state for row in connection.execute(text("SELECT * FROM dispatch ORDER BY id"))]


def bounce(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE dispatch SET state = 'bounced' WHERE id = 1"))
        connection.execute(text(EVENT.replace("'accepted'", "'bounced'")), {"id": 1})


def test_what_stands_is_kept_and_may_now_bounce(engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        bounce(engine)
    database.upgrade_schema(engine, "0003")
    assert told(engine) == [(1, "accepted"), (2, "accepted")]
    bounce(engine)
    assert states(engine) == ["bounced", "accepted"]
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE dispatch SET state = 'sent'"))
    database.downgrade_schema(engine, "0002")
    assert states(engine) == ["accepted", "accepted"]
    assert told(engine) == [(1, "accepted"), (2, "accepted"), (1, "accepted")]
    with pytest.raises(IntegrityError):
        bounce(engine)
