"""A figure has its submission, whatever writes: PostgreSQL looks once a statement, SQLite once a row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.store.empty_store import empty_store

from cpsa.store import database
from cpsa.store.queries import submission_queries
from cpsa.store.tables.submission_tables import fact, submission

NOW = datetime(2026, 7, 1, tzinfo=UTC)
QUARTER = "2025-26-Q1"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A store with the submissions 1 and 2, the first of which has figures."""
    with empty_store(request, tmp_path) as made:
        database.upgrade_schema(made)
        with database.write_transaction(made) as connection:
            for version in (1, 2):
                submission_queries.add_submission(
                    connection,
                    agency="IA-1",
                    quarter=QUARTER,
                    version=version,
                    sha256=str(version),
                    size=0,
                    file_name="IA-1.csv",
                    channel="folder",
                    received_at=NOW,
                    collected_at=NOW,
                )
            submission_queries.add_facts(connection, [make_fact(1, "A1"), make_fact(1, "A2")])
        yield made


def make_fact(submission_id: int, indicator: str) -> tuple[object, ...]:
    return "IA-1", QUARTER, indicator, "", submission_id, 100, "reported", "line 2", None


def count_facts(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM fact")).scalar_one())


def test_figures_of_a_submission_that_is_there_are_kept(engine: Engine) -> None:
    with database.write_transaction(engine) as connection:
        submission_queries.add_facts(connection, [make_fact(2, "A1"), make_fact(1, "A3")])
    assert count_facts(engine) == 4


def test_one_figure_without_its_submission_refuses_the_batch(engine: Engine) -> None:
    rows = [make_fact(2, "A1"), make_fact(3, "A1"), make_fact(2, "A2")]
    with pytest.raises(DBAPIError) as refused, database.write_transaction(engine) as connection:
        submission_queries.add_facts(connection, rows)
    assert isinstance(refused.value, IntegrityError)
    assert count_facts(engine) == 2


def test_a_figure_is_not_given_to_a_submission_that_is_not_there(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(update(fact).where(fact.c.indicator == "A1").values(submission_id=3))
    with engine.begin() as connection:
        connection.execute(update(fact).where(fact.c.indicator == "A1").values(submission_id=2))


def test_a_submission_with_figures_is_neither_deleted_nor_numbered_anew(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(delete(submission).where(submission.c.id == 1))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(update(submission).where(submission.c.id == 1).values(id=7))
    with engine.begin() as connection:
        connection.execute(update(submission).where(submission.c.id == 1).values(file_name="b.csv"))
        connection.execute(delete(submission).where(submission.c.id == 2))
    assert count_facts(engine) == 2


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_submission_is_not_deleted_while_its_figures_are_added(engine: Engine) -> None:
    with database.write_transaction(engine) as connection:
        submission_queries.add_facts(connection, [make_fact(2, "A1")])
        with engine.connect() as other:
            other.execute(text("SET lock_timeout = '50ms'"))
            with pytest.raises(DBAPIError, match="lock timeout"):
                other.execute(delete(submission).where(submission.c.id == 2))
    assert count_facts(engine) == 3
