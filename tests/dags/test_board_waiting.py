"""What of Airflow's own waits for a person, read from rows in Airflow's own tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.dags.airflow_rows import AirflowRows, airflow_database

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DISPATCH, COLLECT = "dispatch_half_year", "collect_updates"


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[AirflowRows]:
    """Four of our DAGs and somebody else's; a scheduler is alive."""
    with airflow_database(tmp_path) as database:
        for dag in (DISPATCH, COLLECT, "backfill_quarters", "close_quarter"):
            database.add_dag(dag)
        database.add_dag("theirs", tag="example")
        database.add_dag("gone", stale=True)
        database.beat(NOW - timedelta(seconds=20))
        yield database


def found(rows: AirflowRows, language: str = "en") -> list[tuple[str, datetime]]:
    from cpsa.web.board.work_items import sort_oldest_first
    from cpsa_airflow.board import airflow_work_items

    items = sort_oldest_first(airflow_work_items.list_items(rows.session, "/air", NOW))
    assert all(item.address.startswith("/air/") for item in items)
    assert all(item.count == 1 for item in items)
    return [(item.text(language), item.since) for item in items]


def test_nothing_waits_where_all_is_well(rows: AirflowRows) -> None:
    rows.add_run(COLLECT, "success", NOW - HOUR)
    rows.add_run("theirs", "failed", NOW - DAY)
    rows.add_run("gone", "failed", NOW - DAY)
    assert found(rows) == []


@pytest.mark.parametrize("last", [None, NOW - timedelta(minutes=6)])
def test_a_silent_scheduler(rows: AirflowRows, last: datetime | None) -> None:
    from airflow.jobs.job import Job
    from sqlalchemy import delete

    rows.session.execute(delete(Job))
    if last:
        rows.beat(last)
    text = "The scheduler is not running: nothing starts automatically"
    assert found(rows) == [(text, last or NOW)]
    assert found(rows, "hi")[0][0].startswith("शेड्यूलर नहीं चल रहा है")
    rows.beat(NOW - timedelta(minutes=4))
    assert found(rows) == []


def test_a_failed_run_of_any_dag_until_a_later_one_or_a_person_settles_it(
    rows: AirflowRows,
) -> None:
    rows.add_run(COLLECT, "failed", NOW - 3 * HOUR)
    run = rows.add_run(DISPATCH, "failed", NOW - 2 * HOUR, "2026-27-H1")
    rows.add_run(DISPATCH, "success", NOW - HOUR, "2025-26-H2")
    assert found(rows) == [
        ("collect_updates failed", NOW - 3 * HOUR),
        ("dispatch_half_year 2026-27-H1 failed", NOW - 2 * HOUR),
    ]
    assert found(rows, "hi")[0][0] == "collect_updates विफल हुआ"
    rows.add_run(COLLECT, "success", NOW - HOUR)
    rows.set_run(run, "success")
    assert found(rows) == []


def test_a_run_by_conf_and_one_by_key_are_for_the_same_period(rows: AirflowRows) -> None:
    by_conf = {"run_type": "operator_triggered", "conf": {"period": "2026-27-Q2"}}
    rows.add_run("close_quarter", "failed", NOW - 5 * HOUR, "2026-27-Q2")
    rows.add_run("close_quarter", "failed", NOW - 4 * HOUR, **by_conf)
    rows.add_run("close_quarter", "failed", NOW - 3 * HOUR, "2026-27-Q1")
    assert found(rows) == [
        ("close_quarter 2026-27-Q2 failed", NOW - 4 * HOUR),
        ("close_quarter 2026-27-Q1 failed", NOW - 3 * HOUR),
    ]
    rows.add_run("close_quarter", "success", NOW - 2 * HOUR, **by_conf)
    rows.add_run("close_quarter", "success", NOW - HOUR, "2026-27-Q1")
    assert found(rows) == []


def test_a_run_that_does_not_go_on(rows: AirflowRows) -> None:
    run = rows.add_run(DISPATCH, "running", NOW - 2 * HOUR, "2026-27-H1")
    rows.add_task(DISPATCH, run, "scheduled", NOW - 2 * HOUR)
    rows.add_run(COLLECT, "queued", NOW - 90 * timedelta(minutes=1))
    assert found(rows) == [
        ("dispatch_half_year 2026-27-H1 makes no progress", NOW - 2 * HOUR),
        ("collect_updates makes no progress", NOW - 90 * timedelta(minutes=1)),
    ]
    rows.add_task(DISPATCH, run, "up_for_reschedule", NOW - 2 * HOUR)
    rows.add_run(COLLECT, "running", NOW - timedelta(minutes=2))
    assert found(rows) == []


@pytest.mark.parametrize(
    ("state", "ago", "waits"),
    [
        ("running", 8 * HOUR, False),
        ("running", 10 * HOUR, True),
        ("up_for_retry", 3 * DAY, False),
        ("queued", 2 * HOUR, True),
    ],
)
def test_a_long_run_is_stuck_only_where_no_task_is_at_work(
    rows: AirflowRows, state: str, ago: timedelta, waits: bool
) -> None:
    run = rows.add_run(COLLECT, "running", NOW - ago)
    rows.add_task(COLLECT, run, state, NOW - ago)
    assert bool(found(rows)) == waits


def test_questions_of_every_dag_the_newest_of_each_period(rows: AirflowRows) -> None:
    rows.ask(DISPATCH, NOW - 3 * DAY, "2026-27-H1")
    half = rows.ask(DISPATCH, NOW - 2 * DAY, "2026-27-H1")
    first, second = (rows.ask("backfill_quarters", NOW - n * HOUR) for n in (5, 4))
    assert found(rows) == [
        ("dispatch_half_year 2026-27-H1: a question waits for an answer", NOW - 2 * DAY),
        ("backfill_quarters: a question waits for an answer", NOW - 5 * HOUR),
        ("backfill_quarters: a question waits for an answer", NOW - 4 * HOUR),
    ]
    assert found(rows, "hi")[1][0] == "backfill_quarters: एक प्रश्न उत्तर की प्रतीक्षा में है"
    for task in (first, second):
        rows.answer(task, NOW)
    assert [text for text, _ in found(rows)] == [
        "dispatch_half_year 2026-27-H1: a question waits for an answer"
    ]
    rows.answer(half, NOW)
    assert [since for _, since in found(rows)] == [NOW - 3 * DAY]


def test_pairs_are_listed_oldest_first(rows: AirflowRows) -> None:
    rows.ask("backfill_quarters", NOW - 2 * HOUR)
    rows.add_run(COLLECT, "failed", NOW - 3 * HOUR)
    rows.add_run(DISPATCH, "failed", NOW - HOUR, "2026-27-H1")
    assert [since for _, since in found(rows)] == [NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR]
