"""What the store misses is started from Airflow: the tasks of follow_store, on a store of their own."""

from __future__ import annotations

import os
from datetime import timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time.context import OutletEventAccessors, set_current_context
from tests.factories import Clerk, RegistryFolder
from tests.stores import fill_office

from cpsa.calendar import HalfYear, Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.publication.announce_periods import announce_periods
from cpsa.services.publication.approval_questions import find_newest_edition_digest, record_question
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_audit_entries import list_audit_entries
from cpsa.services.service_results import CloseQuarterResult
from cpsa.settings import from_environment
from cpsa_airflow import follow_tasks, task_context
from cpsa_airflow.assets import CLOSED, COMPILED, HALF_DUE

pytestmark = pytest.mark.slow

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
H1 = "2025-26-H1"
NOW = Quarter.parse(Q2).closes_at + timedelta(hours=1)
FOLLOWING = ("follow_store", "collect_updates", "check_updates", "close_quarter")


@pytest.fixture
def office(home, tmp_path, monkeypatch):
    """One agency; both quarters of a half-year are closed by command, nothing is published."""
    monkeypatch.setattr(task_context, "this_instant", lambda: NOW)
    settings = from_environment(os.environ)
    office = AppContext.from_settings(settings)

    def closed() -> None:
        registry = RegistryFolder(agencies={"IA-A": Q1}).write(tmp_path / "registry")
        load_registry(office, registry, Quarter.parse(Q1).opens_at)
        clerk = Clerk(office, tmp_path / "sent")
        for quarter in (Q1, Q2):
            clerk.send("IA-A", quarter, {"OP1": 3})
            clerk.close(quarter)

    fill_office(office, "closed by command", closed)
    return office


@pytest.fixture
def call(dagbag):
    """Runs the body of a task; what it returned and the partitions it emitted."""

    def run(dag_id, task_id, *given, key=None, params=None, run_type="scheduled", asset=None):
        events = OutletEventAccessors()
        body = dagbag.dags[dag_id].get_task(task_id).python_callable
        dag_run = SimpleNamespace(
            run_type=SimpleNamespace(value=run_type), triggering_user_name="asha"
        )
        ti = SimpleNamespace(dag_id=dag_id, run_id="run", try_number=1)
        run_context = {"partition_key": key, "params": params or {}, "dag_run": dag_run, "ti": ti}
        with set_current_context(run_context):
            returned = body(*given, outlet_events=events) if asset else body(*given)
        return returned, set(events[asset].partition_keys) if asset else set()

    return run


def test_the_same_tasks_are_last_in_what_changes_the_store(dagbag):
    for dag_id in FOLLOWING:
        dag = dagbag.dags[dag_id]
        assert dag.get_task("find_stale_periods").trigger_rule == "all_done"
        started = dag.get_task("start_due_runs")
        assert started.partial_kwargs["skip_when_already_exists"] is True
        assert started.partial_kwargs["logical_date"] is None
        assert not {"announce_quarters", "announce_halves"} & started.upstream_task_ids


def test_a_quarter_closed_by_command_is_published_and_then_its_half_compiled(office, call):
    found, _ = call("follow_store", "find_stale_periods")
    assert found == {"quarters": [Q1, Q2], "halves": [], "runs": []}
    _, emitted = call("follow_store", "announce_quarters", found, asset=CLOSED)
    assert emitted == {Q1, Q2}
    with pytest.raises(AirflowSkipException):  # or Airflow would emit the key of the run
        call("follow_store", "announce_halves", found, key=Q1, asset=HALF_DUE)
    with pytest.raises(AirflowSkipException):
        call("follow_store", "list_due_runs", found)
    with pytest.raises(AirflowSkipException, match="No step is missing"):
        call("follow_store", "find_stale_periods")

    for quarter in (Q1, Q2):
        call("publish_quarter", "build_documents", key=quarter)
        call("publish_quarter", "publish_online", key=quarter)
    with pytest.raises(AirflowSkipException):
        call("publish_quarter", "announce_half", key="2024-25-Q4", asset=HALF_DUE)
    _, emitted = call("publish_quarter", "announce_half", key=Q2, asset=HALF_DUE)
    assert emitted == {H1}
    with pytest.raises(AirflowSkipException):
        call("publish_quarter", "announce_half", key=Q1, asset=HALF_DUE)

    built, emitted = call("compile_half_year", "build_documents", key=H1, asset=COMPILED)
    assert (built["period"], emitted) == (H1, {H1})


def test_a_second_run_of_one_half_year_finds_nothing_left(office, call):
    for quarter in (Q1, Q2):
        call("publish_quarter", "build_documents", key=quarter)
        call("publish_quarter", "publish_online", key=quarter)
    call("compile_half_year", "build_documents", key=H1, asset=COMPILED)
    half, edition = (
        HalfYear.parse(H1),
        find_newest_edition_digest(office, HalfYear.parse(H1)),
    )
    assert record_question(office, half, edition, "run", NOW)
    announce_periods(office, [half], NOW)
    with pytest.raises(AirflowSkipException, match="Nothing is left to do"):
        call("compile_half_year", "build_documents", key=H1, asset=COMPILED)
    assert announce_periods(office, [half], NOW) == (H1,), "it can be handed on again"
    _, emitted = call(
        "compile_half_year",
        "build_documents",
        params={"period": H1},
        run_type="manual",
        asset=COMPILED,
    )
    assert emitted == {H1}, "by hand it builds and asks again"


def test_due_runs_are_named_by_period_and_hour():
    quarter = Quarter.parse("2026-27-Q2")
    run = follow_tasks.make_due_run("close_quarter", quarter, quarter.closes_at)
    assert run == {
        "trigger_dag_id": "close_quarter",
        "trigger_run_id": "due__2026-27-Q2__2026-11-01T06",
        "conf": {"period": "2026-27-Q2"},
    }


def test_the_form_names_the_period_before_the_partition_key_does(office, call):
    opened, _ = call(
        "open_quarter", "record_obligations", key=Q1, params={"period": Q2}, run_type="manual"
    )
    assert opened["quarter"] == Q2
    with pytest.raises(AirflowFailException, match="is not a quarter"):
        call("open_quarter", "record_obligations", params={"period": None})


def test_closing_emits_the_quarter_by_its_period(office, call):
    _, emitted = call("close_quarter", "close", params={"period": Q2}, asset=CLOSED)
    assert emitted == {Q2}


def test_a_question_whose_run_is_gone_is_asked_again(office, call, monkeypatch):
    """Its run was deleted, marked by hand, or Airflow has a new database."""
    for quarter in (Q1, Q2):
        call("publish_quarter", "build_documents", key=quarter)
        call("publish_quarter", "publish_online", key=quarter)
    call("compile_half_year", "build_documents", key=H1, asset=COMPILED)
    half, edition = (
        HalfYear.parse(H1),
        find_newest_edition_digest(office, HalfYear.parse(H1)),
    )
    record_question(office, half, edition, "run-1", NOW)

    monkeypatch.setattr(follow_tasks, "is_run_active", lambda dag, run: True)
    with pytest.raises(AirflowSkipException, match="No step is missing"):
        call("follow_store", "find_stale_periods")
    looked_at = []
    monkeypatch.setattr(follow_tasks, "is_run_active", lambda *run: looked_at.append(run))
    found, _ = call("follow_store", "find_stale_periods")
    assert looked_at == [("dispatch_half_year", "run-1")]
    assert found["halves"] == [H1]
    assert record_question(office, half, edition, "run-2", NOW).run == "run-2"


def test_closing_by_hand_keeps_who_and_why(office, call, tmp_path):
    quarter = Quarter.parse("2025-26-Q3")
    Clerk(office, tmp_path / "sent").send("IA-A", quarter.key, {"OP1": 4})
    form = {"period": quarter.key, "reason": "the scheduler was down"}
    later = quarter.closes_at + timedelta(days=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_context, "this_instant", lambda: later)
        call("close_quarter", "close", params=form, run_type="manual", asset=CLOSED)
    (row,) = list_audit_entries(office, verb="close").itertuples()
    assert (row.who, row.subject, row.reason) == ("asha", quarter.key, "the scheduler was down")


def test_closing_that_waits_for_a_channel_ends_its_run_and_notifies_ops(office, call, monkeypatch):
    quarter = Quarter.parse("2025-26-Q3")
    waiting = CloseQuarterResult.postponed(quarter.key, channels=("mailbox",))
    monkeypatch.setattr("cpsa.services.quarter.close_quarter.close_quarter", lambda *_: waiting)
    reported = []
    monkeypatch.setattr(
        "cpsa.services.quarter.report_closing.report_closing",
        lambda _, closed, *more: reported.append(closed),
    )
    with pytest.raises(AirflowSkipException, match="The closing waits"):
        call("close_quarter", "close", params={"period": quarter.key}, asset=CLOSED)
    assert reported == [waiting]
