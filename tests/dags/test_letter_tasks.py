"""The tasks that write to agencies, called as Airflow calls them, against a real mail server."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.execution_time.context import OutletEventAccessors, set_current_context
from tests.unit.delivery.rig import Relay, free_port, let_pauses_run_out

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.settings import from_environment
from cpsa.store.database import write_transaction
from cpsa.store.queries.quarter_queries import (
    FIRST_QUARTER,
    add_setting,
    load_requests,
    record_request,
)
from cpsa_airflow import task_context

pytestmark = pytest.mark.slow

Q = Quarter.parse("2024-25-Q3")
NINE_ON_THE_15TH = Q.opens_at + timedelta(days=14, hours=3)
AGENCIES = 18


@pytest.fixture
def office(home, repository, tmp_path, monkeypatch, relay: Relay):
    """An office with the sample's registry, its letters leaving to the relay."""
    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
    settings = from_environment(os.environ)
    office = AppContext.from_settings(settings)
    load_registry(office, repository / "include/sample/registry", Q.opens_at)
    with write_transaction(office.engine) as connection:
        add_setting(connection, FIRST_QUARTER, Q.key, "admin", Q.opens_at)
    return office


@pytest.fixture
def run(dagbag, monkeypatch) -> Callable[..., dict]:
    """Runs the body of a task for the quarter at an instant; what it returned."""

    def call(dag_id: str, task_id: str, at: datetime, outlets: bool = False) -> dict:
        monkeypatch.setattr(task_context, "this_instant", lambda: at)
        body = dagbag.dags[dag_id].get_task(task_id).python_callable
        ti = SimpleNamespace(dag_id=dag_id, run_id=f"manual__{at}", try_number=1)
        dag_run = SimpleNamespace(run_type=SimpleNamespace(value="scheduled"))
        context_of_run = {"partition_key": Q.key, "ti": ti, "dag_run": dag_run, "params": {}}
        with set_current_context(context_of_run):
            return body(outlet_events=OutletEventAccessors()) if outlets else body()

    return call


def test_the_window_opens_with_one_request_to_each_agency(office, run, relay) -> None:
    assert run("open_quarter", "record_obligations", Q.opens_at)["new"] == AGENCIES
    assert run("open_quarter", "request_updates", Q.opens_at)["accepted"] == AGENCIES
    assert run("open_quarter", "request_updates", Q.opens_at + timedelta(hours=1))["written"] == 0
    assert len(relay.raw) == AGENCIES


def test_an_old_quarter_opened_and_closed_today_is_silent(office, run, relay) -> None:
    today = Q.opens_at + timedelta(days=700)
    run("open_quarter", "record_obligations", today)
    assert run("open_quarter", "request_updates", today)["written"] == 0
    run("close_quarter", "close", today, outlets=True)
    assert run("close_quarter", "notify", today)["written"] == 0
    assert relay.raw == []


def test_checking_answers_and_closing_tells_how_it_ended(office, run, relay, repository) -> None:
    at = Q.opens_at + timedelta(days=3)
    run("open_quarter", "record_obligations", Q.opens_at)
    collect_updates(office, repository / "include/sample/updates" / Q.key / "IA-INDPH.csv", at)
    check_quarter(office, Q, at)
    answered = run("check_updates", "answer", at)
    assert answered["accepted"] == (AGENCIES - 1) + 1  # requests; the answer in place of a receipt
    run("close_quarter", "close", Q.closes_at, outlets=True)
    assert run("close_quarter", "notify", Q.closes_at)["written"] == AGENCIES
    assert run("close_quarter", "notify", Q.closes_at)["written"] == 0


def test_reminding_again_the_same_day_reminds_nobody(office, run, relay) -> None:
    run("open_quarter", "record_obligations", Q.opens_at)
    run("open_quarter", "request_updates", Q.opens_at)
    with write_transaction(
        office.engine
    ) as connection:  # the ledger's clock is that of this machine
        for agency in load_requests(connection, Q.key):
            record_request(connection, Q.key, agency, Q.opens_at, "ops")
    assert run("remind_agencies", "remind", NINE_ON_THE_15TH)["accepted"] == AGENCIES
    assert run("remind_agencies", "remind", NINE_ON_THE_15TH)["accepted"] == 0
    assert len(relay.raw) == 2 * AGENCIES


def test_a_mail_server_that_is_away_fails_no_task_and_is_logged(
    office, run, relay, monkeypatch, caplog
) -> None:
    run("open_quarter", "record_obligations", Q.opens_at)
    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    with caplog.at_level(logging.WARNING, "cpsa_airflow.letter_report"):
        done = run("open_quarter", "request_updates", Q.opens_at)
    assert (done["accepted"], done["pending"]) == (0, AGENCIES)
    assert f"Letters wait in the ledger: {AGENCIES}." in caplog.text
    assert "@example.org" not in caplog.text
    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
    let_pauses_run_out(office.engine)
    assert run("check_updates", "answer", Q.opens_at)["accepted"] == AGENCIES


def test_letters_that_are_held_back_fail_no_task(office, run, relay, monkeypatch, caplog) -> None:
    run("open_quarter", "record_obligations", Q.opens_at)
    monkeypatch.setenv("CPSA_LETTERS", "hold")
    with caplog.at_level(logging.INFO, "cpsa_airflow.letter_report"):
        assert run("open_quarter", "request_updates", Q.opens_at)["held_back"] == AGENCIES
    assert f"on hold (CPSA_LETTERS): {AGENCIES} letters are due" in caplog.text
    assert relay.raw == []
