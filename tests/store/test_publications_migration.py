"""A store of version 1.0.0 says after the upgrade what was published and what is still asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cpsa.calendar import HalfYear
from cpsa.services.app_context import AppContext
from cpsa.services.publication.approval_questions import (
    find_newest_edition_digest,
    is_newest_edition,
)
from cpsa.services.publication.stale_periods import find_stale_periods
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.store.database import read_transaction
from cpsa.store.queries import question_queries
from cpsa.store.tables.publication_tables import QuestionOutcome

FIRST_RELEASE = "0007"
AT = "2025-11-02T06:00:00.000000Z"
NOW = datetime(2026, 7, 2, tzinfo=UTC)
SENT, WAITING = HalfYear.parse("2024-25-H2"), HalfYear.parse("2025-26-H1")


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AppContext]:
    """A store at the first release: two half-years closed and built, the first one sent."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/store.db"
    else:
        url = request.getfixturevalue("postgresql_server")
    variables = {"CPSA_HOME": str(tmp_path), "CPSA_DATABASE_URL": url}
    opened = AppContext.from_settings(from_environment(variables), ready=False)
    if request.param == "postgresql":
        with opened.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    database.upgrade_schema(opened.engine, FIRST_RELEASE)
    fill(opened.engine)
    database.upgrade_schema(opened.engine)
    yield opened
    opened.engine.dispose()


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO registry_load (id, loaded_at, changed_rows) VALUES (1, :at, 1)"),
            {"at": AT},
        )
        quarters = [quarter.key for half in (SENT, WAITING) for quarter in half.quarters]
        for number, quarter in enumerate(quarters, 1):
            connection.execute(
                text(
                    "INSERT INTO closing (id, quarter, version, closed_at, framework, "
                    "registry_load, basis) VALUES (:id, :quarter, 1, :at, 'x', 1, :quarter)"
                ),
                {"id": number, "quarter": quarter, "at": AT},
            )
        for period in (*quarters, SENT.key, WAITING.key):
            for language in ("en", "hi"):
                add_document(connection, period, language, closing=len(quarters))
        connection.execute(
            text(
                "INSERT INTO dispatch (cycle, slot, recipient, revision, digest, message_id, "
                "planned_at, to_name, to_email, language, subject, html, text, attachments, state, "
                "attempts, fence, changed_at) VALUES (:half, 'pack', 'BANKS:to:1', 0, 'd', 'm', "
                ":at, '', '', 'en', '', '', '', '[]', 'accepted', 1, 1, :at)"
            ),
            {"half": SENT.key, "at": AT},
        )


def add_document(connection, period: str, language: str, closing: int) -> None:
    mark = dict.fromkeys(("submission", "examination", "explanation", "entry_load", "decision"), 0)
    names = "kind, period, subject, language, format, reference, inputs, mark, sha256, size, path"
    connection.execute(
        text(
            f"INSERT INTO document ({names}, built_at) VALUES ('learning', :period, 'STATE', "
            ":language, 'pdf', 'r', 'i', :mark, :sha256, 1, 'p', :at)"
        ),
        {
            "period": period,
            "language": language,
            "mark": json.dumps({**mark, "closing": closing, "action": {}}),
            "sha256": f"{period}{language}",
            "at": AT,
        },
    )


def test_nothing_is_stale_and_nobody_is_asked_again(office: AppContext) -> None:
    stale = find_stale_periods(office, NOW)
    assert (stale.quarters, stale.halves) == ((), ())


def test_the_question_that_waits_is_about_the_newest_edition(office: AppContext) -> None:
    with read_transaction(office.engine) as connection:
        asked = question_queries.list_newest_questions(connection)
    assert asked[SENT.key].outcome is QuestionOutcome.APPROVED
    waiting = asked[WAITING.key]
    assert waiting.is_open
    assert waiting.run == ""
    assert waiting.edition == find_newest_edition_digest(office, WAITING)
    assert is_newest_edition(office, WAITING, waiting.edition)


def test_a_quarter_that_is_closed_again_is_stale(office: AppContext) -> None:
    with office.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO closing (id, quarter, version, closed_at, framework, registry_load, "
                "basis) VALUES (9, :quarter, 2, :at, 'x', 1, 'other')"
            ),
            {"quarter": WAITING.quarters[1].key, "at": AT},
        )
    stale = find_stale_periods(office, NOW)
    assert stale.quarters == (WAITING.quarters[1],)
    assert not is_newest_edition(office, WAITING, find_newest_edition_digest(office, WAITING))
