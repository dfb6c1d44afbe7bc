"""One quarter's figures into PostgreSQL: as the store takes them, against ``DataFrame.to_sql``."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pandas as pd
from sqlalchemy import Engine, create_engine, make_url, text

from bench.lines import Line, Progress, Size, compare_speed
from bench.programme import Programme, make_programme
from bench.rounds import measure_rivals
from bench.targets import hold_to
from cpsa.store import database
from cpsa.store.queries import submission_queries

SERVER = os.environ.get("CPSA_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
NOW = datetime(2027, 4, 10, tzinfo=UTC)


def lines(size: Size, progress: Progress) -> list[Line]:
    """Both load the same rows into tables of the same server, within a transaction."""
    progress("making a programme up")
    programme = make_programme(size.forms, 1, size.seed)
    name = f"cpsa_bench_{uuid4().hex[:12]}"
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = database.open_engine(
        make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    )
    try:
        database.upgrade_schema(engine)
        return _measure(engine, _register_rows(engine, programme), size.rounds, progress)
    finally:
        engine.dispose()
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def _register_rows(engine: Engine, programme: Programme) -> list[tuple[Any, ...]]:
    """The quarter's figures, each of a registered submission."""
    rows = []
    with database.write_transaction(engine) as connection:
        for data in programme.forms:
            for update in data.judged:
                submission = submission_queries.add_submission(
                    connection,
                    agency=update.agency,
                    quarter=update.quarter,
                    version=1,
                    sha256=update.agency,
                    size=0,
                    file_name=f"{update.agency}.csv",
                    channel="folder",
                    received_at=NOW,
                    collected_at=NOW,
                )
                rows += [
                    (
                        *(update.agency, update.quarter, *key, submission),
                        *(fact.hundredths, fact.origin, fact.place, None),
                    )
                    for key, fact in update.facts.items()
                ]
    return rows


def _measure(
    engine: Engine, rows: list[tuple[Any, ...]], rounds: int, progress: Progress
) -> list[Line]:
    frame = pd.DataFrame(rows, columns=submission_queries.FACT_COLUMNS)

    def store() -> None:
        with database.write_transaction(engine) as connection:
            connection.execute(text("TRUNCATE fact"))
            submission_queries.add_facts(connection, rows)

    def to_sql() -> None:
        with engine.begin() as connection:
            frame.to_sql("plain", connection, if_exists="replace", index=False)

    times = measure_rivals({"store": store, "to_sql": to_sql}, rounds, progress, clock="wall")
    stage = f"loading {len(rows):,} figures into PostgreSQL (wall)"
    own, reference = times["store"], times["to_sql"]
    line = compare_speed(stage, own, "DataFrame.to_sql as it comes", reference)
    return [hold_to("loading_to_sql", line)]
