"""The schema goes up, down and up again on both databases, and is what the tables say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, func, insert, inspect, select, text
from tests.factories import Clerk
from tests.store.empty_store import empty_store

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_scores import list_scores
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.store.database import MIGRATIONS
from cpsa.store.queries.quarter_queries import (
    ADDITIONS_FROM,
    add_opening,
    load_addition_starts,
)
from cpsa.store.schema import metadata
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.quarter_tables import quarter_opening

NOW = datetime(2026, 7, 1, tzinfo=UTC)
VERSION_TABLE = "alembic_version"
# References that PostgreSQL checks once a statement (tests/store/test_keys_of_figures.py).
CHECKED_BY_TRIGGERS = {"fk_fact_submission_id_submission"}
# A store as each released version left it: a registry, a quarter closed, restated and decided on. With
# a release its own is added, and none is ever changed.
RELEASED = sorted(path.stem for path in (Path(__file__).parent / "released").glob("*.json"))
REVISIONS = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without anything."""
    with empty_store(request, tmp_path) as made:
        yield made


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {VERSION_TABLE}


def differences(engine: Engine) -> list:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
        by_trigger = CHECKED_BY_TRIGGERS if engine.dialect.name == "postgresql" else ()
        return [one for one in found if one[0] != "add_fk" or one[1].name not in by_trigger]


def test_up_down_and_up_again(engine: Engine) -> None:
    database.upgrade_schema(engine)
    assert tables(engine) == set(metadata.tables)
    database.require_current(engine)
    database.downgrade_schema(engine, "base")
    assert tables(engine) == set()
    with pytest.raises(RequestError) as refused:
        database.require_current(engine)
    assert refused.value.key == "store.not_current"
    database.upgrade_schema(engine)
    assert tables(engine) == set(metadata.tables)


def test_every_step_can_be_taken_back(engine: Engine) -> None:
    for before, after in zip(["base", *REVISIONS], REVISIONS, strict=False):
        database.upgrade_schema(engine, after)
        held = tables(engine)
        database.downgrade_schema(engine, before)
        database.upgrade_schema(engine, after)
        assert tables(engine) == held


def test_the_schema_is_what_the_tables_say(engine: Engine) -> None:
    database.upgrade_schema(engine)
    assert differences(engine) == []


def test_checks_and_keys_are_those_of_the_tables(engine: Engine) -> None:
    """Alembic compares no checks: the names of the convention tell whether each is there."""
    database.upgrade_schema(engine)
    inspector = inspect(engine)
    for table in metadata.sorted_tables:
        expected = {str(one.name) for one in table.constraints if one.name} - {f"pk_{table.name}"}
        found = {
            one["name"]
            for kind in ("check_constraints", "unique_constraints", "foreign_keys")
            for one in getattr(inspector, f"get_{kind}")(table.name)
        }
        if engine.dialect.name == "postgresql":
            assert not CHECKED_BY_TRIGGERS & found, table.name
            expected -= CHECKED_BY_TRIGGERS
        assert expected <= {name for name in found if name}, table.name


def test_upgrading_what_is_current_changes_nothing(engine: Engine) -> None:
    database.upgrade_schema(engine)
    with engine.begin() as connection:
        row = {"quarter": "2025-26-Q1", "agency": "A", "form": "IA", "recorded_at": NOW}
        connection.execute(insert(obligation), [row])
    database.upgrade_schema(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM obligation")).scalar_one() == 1


Rows = dict[str, list[dict]]


@dataclass(frozen=True)
class Released:
    """A store at a released schema, filled; ``held``: what it was filled with."""

    engine: Engine
    revision: str
    held: Rows

    def rows(self) -> Rows:
        """What stands now in the columns that there were then."""
        schema = MetaData()
        schema.reflect(self.engine)
        found = {}
        with self.engine.connect() as connection:
            for name, rows in self.held.items():
                table = schema.tables[name]
                columns = [table.c[key] for key in (rows[0] if rows else ())]
                found[name] = [
                    dict(row)
                    for row in connection.execute(
                        select(*(columns or table.c)).order_by(*table.primary_key)
                    ).mappings()
                ]
        return found


@pytest.fixture(params=RELEASED)
def released(request: pytest.FixtureRequest, engine: Engine) -> Released:
    file = Path(__file__).parent / "released" / f"{request.param}.json"
    held: Rows = json.loads(file.read_text("utf-8"))
    database.upgrade_schema(engine, request.param)
    schema = MetaData()
    schema.reflect(engine)
    assert set(held) == set(schema.tables) - {VERSION_TABLE}
    with engine.begin() as connection:
        for table in schema.sorted_tables:
            if rows := held.get(table.name):
                connection.execute(insert(table), rows)
        if engine.dialect.name == "postgresql":
            for table in (one for one in schema.sorted_tables if "id" in one.c):
                number = func.pg_get_serial_sequence(f'"{table.name}"', "id")
                following = select(func.max(table.c.id) + 1).scalar_subquery()
                next_one = select(func.setval(number, following, False))
                connection.execute(next_one.where(following.is_not(None)))
    return Released(engine, request.param, held)


def in_order(rows: Rows) -> Rows:
    return {name: sorted(held, key=repr) for name, held in rows.items()}


def test_the_first_release_is_among_those_tried() -> None:
    assert RELEASED[0] == REVISIONS[0] == "0001"


def test_what_a_released_version_held_is_all_there_after_upgrading(released: Released) -> None:
    assert sum(map(len, released.held.values())) > 100
    database.upgrade_schema(released.engine)
    database.require_current(released.engine)
    found = released.rows()
    settings = found.get("programme_setting", [])
    settings[:] = [row for row in settings if not str(row["name"]).startswith(ADDITIONS_FROM)]
    assert in_order(found) == in_order(released.held)


def test_a_store_that_was_there_notes_from_when_additions_hold(released: Released) -> None:
    database.upgrade_schema(released.engine)
    with released.engine.connect() as connection:
        newest = connection.execute(select(func.max(quarter_opening.c.quarter))).scalar_one()
        starts = load_addition_starts(connection)
    assert starts == dict.fromkeys(("1.6.0", "1.7.0"), (Quarter.parse(newest) + 1).key)


def test_a_new_store_has_additions_from_its_first_quarter(engine: Engine) -> None:
    database.upgrade_schema(engine)
    with engine.connect() as connection:
        assert load_addition_starts(connection) == {}


@pytest.mark.parametrize(
    ("opened", "starts"), [("2025-26-Q3", "2025-26-Q4"), ("2098-99-Q4", "2099-00-Q1")]
)
def test_additions_hold_from_the_first_quarter_opened_after_the_upgrade(
    engine: Engine, opened: str, starts: str
) -> None:
    database.upgrade_schema(engine, "0023")
    with engine.begin() as connection:
        for quarter in ("2024-25-Q1", opened):
            add_opening(connection, quarter, NOW, "", replayed=True)
    database.upgrade_schema(engine)
    with engine.connect() as connection:
        assert load_addition_starts(connection) == {"1.6.0": starts, "1.7.0": starts}


def test_and_is_there_again_after_going_back(released: Released) -> None:
    database.upgrade_schema(released.engine)
    database.downgrade_schema(released.engine, released.revision)
    assert in_order(released.rows()) == in_order(released.held)


@pytest.mark.slow
def test_the_programme_goes_on_with_what_a_released_version_held(
    released: Released, tmp_path: Path
) -> None:
    database.upgrade_schema(released.engine)
    url = released.engine.url.render_as_string(hide_password=False)
    settings = {"CPSA_HOME": str(tmp_path / "home"), "CPSA_DATABASE_URL": url}
    office = AppContext.from_settings(from_environment(settings))
    old, new = Quarter.parse("2025-26-Q1"), Quarter.parse("2025-26-Q2")
    scores = list_scores(office, old)
    assert sorted(scores["agency"]) == ["FC-B", "IA-A"]
    assert set(scores["state"]) == {"accepted"}
    assert len(list_findings(office, old)) > 0
    assert build_documents(office, old, NOW).documents > 6
    clerk = Clerk(office, tmp_path / "sent")
    assert clerk.send("IA-A", new.key, {"A1": 4, "A2": 4, "OP1": 6}).outcome == "new"
    (judged,) = clerk.check(new.key).judgements
    assert (judged.agency, judged.state) == ("IA-A", "accepted")
    office.engine.dispose()
