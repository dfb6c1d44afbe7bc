"""The task that writes the daily digest, called as Airflow calls it, against a real mail server."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.sdk.execution_time.context import set_current_context
from tests.unit.delivery.rig import Relay
from tests.unit.web.board import waiting_parts as parts
from tests.unit.web.board.waiting_parts import NOW

from cpsa.services.app_context import AppContext
from cpsa.services.notify_ops import TaskFailure, notify_of_failure
from cpsa.settings import from_environment
from cpsa_airflow import task_context

RUN = "scheduled__2026-08-02T03:00:00+00:00"


@pytest.fixture
def office(home: Path, tmp_path: Path, monkeypatch, relay: Relay) -> AppContext:
    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
    settings = from_environment(os.environ)
    office = AppContext.from_settings(settings)
    parts.base(office, tmp_path)
    return office


def write_digest(dagbag, monkeypatch, state: str):
    """What the task returns while the failed run is in a state."""
    monkeypatch.setattr(task_context, "this_instant", lambda: NOW)
    ti = SimpleNamespace(dag_id="remind_agencies", run_id="manual__1", try_number=1)
    ti.get_dagrun_state = lambda dag, run: state if run == RUN else "success"
    body = dagbag.dags["remind_agencies"].get_task("write_digest").python_callable
    with set_current_context({"ti": ti}):
        return body()


def fail(office: AppContext) -> None:
    failure = TaskFailure(
        "collect_updates", "import_folder", RUN, 5, "RuntimeError", "https://b", "https://l"
    )
    notify_of_failure(office, failure, NOW - timedelta(hours=3), "test")


def test_nothing_is_written_where_nothing_waits(office, dagbag, monkeypatch, relay) -> None:
    assert write_digest(dagbag, monkeypatch, "failed") == "nothing waits"
    fail(office)
    relay.raw.clear()
    assert write_digest(dagbag, monkeypatch, "success") == "nothing waits"
    assert relay.raw == []


def test_a_run_that_is_still_failed_is_in_the_digest(office, dagbag, monkeypatch, relay) -> None:
    fail(office)
    relay.raw.clear()
    assert write_digest(dagbag, monkeypatch, "failed")["accepted"] == 1
    (mail,) = relay.mails
    text = mail.get_body(("plain",)).get_content()
    assert f"collect_updates {RUN} failed" in text
    assert "/dags/collect_updates/runs/scheduled__2026-08-02T03%3A00%3A00%2B00%3A00" in text
