"""The programme's figures as a StatsD server hears them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils
from tests.factories import Clerk, RegistryFolder, day_after_quarter

from cpsa.calendar import Quarter
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.measure_programme import measure_programme
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa_airflow import metrics, task_context

Q1, Q2 = Quarter.parse("2025-26-Q1"), Quarter.parse("2025-26-Q2")
NOW = Q2.opens_at + timedelta(days=6)


@pytest.fixture
def office(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppContext:
    """One quarter closed, with one update late; of the next, one returned and one not looked at."""
    monkeypatch.setattr(task_context, "this_instant", lambda: NOW)
    monkeypatch.setattr(metrics, "this_instant", lambda: NOW)
    settings = from_environment(os.environ)
    office = AppContext.from_settings(settings)
    agencies = {"IA-A": Q1.key, "FC-B": Q1.key, "FC-C": Q1.key, "FC-D": Q1.key}
    registry = RegistryFolder(agencies=agencies).write(tmp_path / "registry")
    load_registry(office, registry, day_after_quarter(Q1.key))
    clerk = Clerk(office, tmp_path / "sent")
    clerk.send("IA-A", Q1.key)
    clerk.send("FC-B", Q1.key, at=Q1.due_by + timedelta(hours=1))
    clerk.close(Q1.key)
    clerk.send("FC-B", Q2.key, {"FA1": "twelve", "FA2": "1O"}, NOW - timedelta(days=2))
    clerk.check(Q2.key)
    clerk.send("FC-C", Q2.key, at=NOW - timedelta(hours=1))
    letter = MailMessage(Q2.key, "request", "FC-D", "D", "fc-d@example.org", "en", "s", "h", "t")
    ledger.plan_mails(office.engine, [letter], NOW - timedelta(minutes=5))
    return office


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A UDP socket that Airflow's settings name as the StatsD server."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(2)
    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_HOST", "127.0.0.1")
    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_PORT", str(server.getsockname()[1]))
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)
    yield server
    server.close()
    monkeypatch.undo()
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)


def heard(server: socket.socket) -> dict[str, float]:
    """Every gauge that came, by its name."""
    found: dict[str, float] = {}
    try:
        while True:
            name, _, rest = server.recv(2048).decode().partition(":")
            value, kind = rest.split("|")[:2]
            assert kind == "g", name
            found[name] = float(value)
            server.settimeout(0.2)
    except TimeoutError:
        return found


def finished(dag_id: str = "collect_updates", task_id: str = "write_to_agencies"):
    return SimpleNamespace(dag_id=dag_id, task_id=task_id)


def test_a_statsd_server_hears_how_the_programme_stands(office, listening) -> None:
    metrics.on_task_instance_success(None, finished())
    told = heard(listening)
    expected = {
        "submissions.returned": 1,
        "submissions.received": 1,
        "submissions.accepted": 0,
        "findings.S01": 2,
        "findings.V05": 0,
        "reporting_rate": 0.5,
        "on_time_rate": 0.25,
        "queue.files_seconds": 3600,
        "queue.mails_seconds": 300,
        "mails.pending": 1,
        "mails.accepted": 0,
    }
    assert {name: told[f"airflow.cpsa.{name}"] for name in expected} == expected
    assert len(told) == len(measure_programme(office, NOW))


def test_what_failed_is_measured_too(office, listening) -> None:
    metrics.on_task_instance_failed(None, finished("dispatch_half_year", "send"), "mail is left")
    assert "airflow.cpsa.mails.pending" in heard(listening)


def test_other_tasks_are_not_measured_after(office, listening) -> None:
    metrics.on_task_instance_success(None, finished("check_updates", "check_batch"))
    assert heard(listening) == {}


def test_who_does_not_listen_is_told_nothing(office, monkeypatch) -> None:
    monkeypatch.setattr(metrics, "send_metrics", lambda: pytest.fail("nobody asked for figures"))
    metrics.on_task_instance_success(None, finished())


def test_figures_that_cannot_be_worked_out_fail_no_task(listening, monkeypatch, caplog) -> None:
    monkeypatch.setenv("CPSA_DATABASE_URL", "nonsense")
    metrics.on_task_instance_success(None, finished())
    assert "could not be sent" in caplog.text
    assert heard(listening) == {}


def test_the_tasks_after_which_we_measure_exist(dagbag) -> None:
    for dag_id, task_id in metrics.MEASURED_AFTER:
        assert dagbag.dags[dag_id].get_task(task_id)


def test_an_empty_store_has_its_figures(tmp_path: Path) -> None:
    settings = from_environment({"CPSA_HOME": str(tmp_path)})
    database.upgrade_schema(database.open_engine(settings.database_url))
    found = measure_programme(AppContext.from_settings(settings), NOW)
    assert found["queue.files_seconds"] == found["queue.mails_seconds"] == 0
    assert "reporting_rate" not in found
