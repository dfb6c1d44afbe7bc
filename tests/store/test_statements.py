"""Named SQL runs on both databases; what is kept is append-only, exact and aware of its zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from tests.store.statement_examples import (
    PARAMETERS,
    fill_temporary_tables,
    list_statements,
    run_statement,
)

from cpsa.calendar import IST
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import examination_queries, obligation_queries, submission_queries
from cpsa.store.queries.examination_queries import NewExamination
from cpsa.store.schema import Instant, parse_instant
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.submission_tables import fact

NOW = datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
INSTANTS = st.datetimes(
    datetime(1950, 1, 1),  # noqa: DTZ001
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, IST, timezone(timedelta(hours=-11))]),
)


def a_submission(version: int = 1, **change: object) -> dict[str, object]:
    return {
        "agency": "IA-A",
        "quarter": "2026-27-Q1",
        "version": version,
        "sha256": f"{version:064d}",
        "size": 1,
        "file_name": "IA-A.csv",
        "channel": "folder",
        "received_at": NOW,
        "collected_at": NOW,
    } | change


@pytest.mark.parametrize("name", list_statements())
def test_every_statement_runs_on_an_empty_store(office: AppContext, name: str) -> None:
    with read_transaction(office.engine) as connection:
        fill_temporary_tables(connection)
        rows = run_statement(connection, name, PARAMETERS[name])
    assert [row for row in rows if any(row)] == []


def test_a_submission_is_what_its_latest_examination_says(office: AppContext) -> None:
    with write_transaction(office.engine) as connection:
        first = submission_queries.add_submission(connection, **a_submission(1))
        submission_queries.add_submission(connection, **a_submission(2))
        submission_queries.add_submission(connection, **a_submission(1, quarter="2026-27-Q2"))
        for state in ("returned", "accepted"):
            examined = NewExamination(first, state, f"basis of {state}")
            examination_queries.add_examinations(connection, [examined], NOW, "f")
        found = examination_queries.load_submissions(connection, "2026-27-Q1")
    assert [(one.version, one.state, one.basis) for one in found] == [
        (1, "accepted", "basis of accepted"),
        (2, "received", ""),
    ]
    assert [one.received_at for one in found] == [NOW, NOW]
    assert [one.examined_at for one in found] == [NOW, None]


@pytest.mark.parametrize("twice", [{}, {"sha256": "1" * 64}], ids=["all", "version"])
def test_no_version_is_registered_twice(office: AppContext, twice) -> None:
    with write_transaction(office.engine) as connection:
        submission_queries.add_submission(connection, **a_submission())
    with pytest.raises(IntegrityError), write_transaction(office.engine) as connection:
        submission_queries.add_submission(connection, **(a_submission() | twice))


def test_the_same_bytes_can_be_another_version(office: AppContext) -> None:
    """Arrivals decide, not bytes: a file that is sent again after another one counts again."""
    with write_transaction(office.engine) as connection:
        submission_queries.add_submission(connection, **a_submission())
        submission_queries.add_submission(connection, **(a_submission() | {"version": 2}))
    with read_transaction(office.engine) as connection:
        found = examination_queries.load_submissions(connection, "2026-27-Q1")
    assert [one.version for one in found] == [1, 2]


def test_facts_are_exact_and_never_overwritten(office: AppContext) -> None:
    amounts = [0, 1, -29, 9_000_000_000_000_000, -(2**53) - 1, 2**62]
    with write_transaction(office.engine) as connection:
        submission = submission_queries.add_submission(connection, **a_submission())
        rows = [
            ("IA-A", "2026-27-Q1", f"X{at}", "", submission, amount, "reported", "line\t2", None)
            for at, amount in enumerate(amounts)
        ]
        submission_queries.add_facts(connection, rows)
    with (
        pytest.raises(Exception, match=r"(?i)unique|duplicate"),
        write_transaction(office.engine) as again,
    ):
        submission_queries.add_facts(again, [(*row[:5], 7, *row[6:]) for row in rows])
    with read_transaction(office.engine) as connection:
        kept = submission_queries.load_facts(connection, [submission])
        raw = connection.execute(select(fact.c.hundredths).order_by(fact.c.indicator)).scalars()
        assert list(raw) == amounts
    assert dict(zip(kept["indicator"], kept["hundredths"], strict=True)) == {
        f"X{at}": amount for at, amount in enumerate(amounts)
    }
    assert set(kept["place"]) == {"line\t2"}
    assert kept["carried_from"].isna().all()


def test_more_ids_than_a_database_takes_at_once(office: AppContext) -> None:
    with write_transaction(office.engine) as connection:
        assert submission_queries.list_submissions_with_facts(connection, range(1, 3000)) == set()
        assert len(submission_queries.load_facts(connection, range(1, 3000))) == 0


def test_obligations_are_recorded_once(office: AppContext) -> None:
    with write_transaction(office.engine) as connection:
        assert (
            obligation_queries.record_obligations(
                connection, "2026-27-Q1", {"A": "IA", "B": "FC"}, NOW
            )
            == 2
        )
        assert (
            obligation_queries.record_obligations(
                connection, "2026-27-Q1", {"A": "FC", "C": "FC"}, NOW
            )
            == 1
        )
        found = obligation_queries.load_obligations(connection, "2026-27-Q1")
    assert found == {"A": "IA", "B": "FC", "C": "FC"}


@given(INSTANTS)
def test_instants_are_kept_to_the_microsecond_and_sort_as_time_does(instant: datetime) -> None:
    kept = Instant().process_bind_param(instant, None)
    assert kept is not None
    assert parse_instant(kept) == instant
    assert len(kept) == len("2026-07-01T00:30:00.000000Z")
    later = Instant().process_bind_param(instant + timedelta(microseconds=1), None)
    assert kept < str(later)


@settings(max_examples=10)
@given(instant=INSTANTS)
def test_instants_come_back_as_they_went(office: AppContext, instant: datetime) -> None:
    row = {"quarter": "2026-27-Q1", "agency": str(instant), "form": "IA", "recorded_at": instant}
    with office.engine.begin() as connection:
        connection.execute(insert(obligation), [row])
        query = select(obligation.c.recorded_at).where(obligation.c.agency == str(instant))
        assert connection.execute(query).scalar_one() == instant
        connection.execute(obligation.delete())


def test_an_instant_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(datetime(2026, 7, 1), None)  # noqa: DTZ001


def test_what_breaks_off_is_not_written(office: AppContext) -> None:
    with pytest.raises(RuntimeError), write_transaction(office.engine, alone=True) as connection:
        submission_queries.add_submission(connection, **a_submission())
        raise RuntimeError
    with read_transaction(office.engine) as connection:
        assert submission_queries.list_known_quarters(connection) == []


def test_a_database_that_goes_away_is_told_without_its_password(office: AppContext) -> None:
    with pytest.raises(RequestError) as refused, read_transaction(office.engine) as connection:
        if office.engine.dialect.name == "sqlite":
            connection.execute(text("SELECT * FROM no_such_table"))
        else:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert refused.value.key == "store.unreachable"
    office.engine.dispose()
