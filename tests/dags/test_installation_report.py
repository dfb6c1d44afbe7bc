"""What Airflow's database says is read by ``cpsa doctor`` in a process of its own."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.dags.airflow_rows import airflow_database

from cpsa.cli import airflow_probe
from cpsa.cli.airflow_probe import ask_airflow

AT = datetime(2026, 11, 30, 6, tzinfo=UTC)
STARTED = datetime(2026, 11, 1, 6, tzinfo=UTC)


def variables(address: str) -> dict[str, str]:
    return {**os.environ, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address}


def test_dags_and_processes_are_reported(tmp_path: Path) -> None:
    with airflow_database(tmp_path) as rows:
        rows.add_dag("close_quarter")
        rows.add_dag("of_an_earlier_version", stale=True)
        rows.beat(AT, started=STARTED)
        rows.session.commit()
    report = ask_airflow(variables(f"sqlite:///{tmp_path / 'airflow-rows.db'}"))
    assert report is not None and not isinstance(report, str), report
    assert set(report.paused) == {"close_quarter"}
    assert report.faults == {}
    (process,) = report.processes
    assert (process.kind, process.started_at, process.heard_at) == ("SchedulerJob", STARTED, AT)


def test_a_database_without_airflows_tables_is_a_text_without_an_address(tmp_path: Path) -> None:
    said = ask_airflow(variables(f"sqlite:///{tmp_path / 'none.db'}"))
    assert isinstance(said, str) and said
    assert "://" not in said


@pytest.mark.parametrize("output", ["", "\n", "Airflow is being set up", "[]"])
def test_an_output_without_a_report_is_one_text(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "says_something_else.py"
    script.write_text(f"print({output!r}, end='')", "utf-8")
    monkeypatch.setattr(airflow_probe, "SCRIPT", script)
    assert ask_airflow(variables("sqlite://")) == ""


def test_a_shell_without_airflow_asks_nothing() -> None:
    assert ask_airflow({"PATH": os.environ["PATH"]}) is None
