"""The newest run of each step, by its key or by the period that it was started for."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.dags.airflow_rows import airflow_database
from tests.dags.test_board_waiting import NOW

from cpsa.calendar import HalfYear, Quarter

Q, H = Quarter.parse("2026-27-Q2"), HalfYear.parse("2026-27-H1")
HOUR = timedelta(hours=1)


@pytest.fixture
def rows(tmp_path: Path, monkeypatch):
    from cpsa_airflow.board import airflow_runs

    with airflow_database(tmp_path) as database:
        for dag in ("close_quarter", "publish_quarter", "dispatch_half_year"):
            database.add_dag(dag)

        @contextmanager
        def opened(scoped: bool = True):
            yield database.session

        monkeypatch.setattr(airflow_runs, "create_session", opened)
        monkeypatch.setattr(airflow_runs, "this_instant", lambda: NOW)
        yield database


def states(period: Quarter | HalfYear) -> dict[str, str]:
    from cpsa_airflow.board import airflow_runs

    found = airflow_runs.load_scheduler_state("/air", airflow_runs.list_steps(period))
    return {run.dag: run.state for run in found.runs}


def test_a_run_for_a_period_counts_as_one_with_its_key(rows) -> None:
    conf = {"run_type": "operator_triggered", "conf": {"period": Q.key}}
    rows.add_run("close_quarter", "failed", NOW - 3 * HOUR, Q.key)
    assert states(Q) == {"close_quarter": "failed"}
    rows.add_run("close_quarter", "success", NOW - 2 * HOUR, **conf)
    rows.add_run("close_quarter", "failed", NOW - HOUR, "2026-27-Q1")
    assert states(Q) == {"close_quarter": "success"}


def test_a_run_whose_question_waits_is_not_shown_as_running(rows) -> None:
    question = rows.ask("dispatch_half_year", NOW - HOUR, H.key)
    assert states(H) == {"dispatch_half_year": "waits"}
    rows.answer(question, NOW)
    assert states(H) == {"dispatch_half_year": "running"}
