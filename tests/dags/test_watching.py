"""What is told to ops, what is tried again, and what may hold up what: for every DAG."""

from __future__ import annotations

import inspect
import logging
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from types import SimpleNamespace

import pytest
from airflow.models import DagRun
from airflow.sdk import DeadlineAlert
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowException
from airflow.serialization.decoders import decode_deadline_alert
from airflow.serialization.encoders import encode_deadline_alert
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from tests.unit.delivery.rig import Relay, free_port

from cpsa.calendar import HalfYear, Quarter
from cpsa.errors import RequestError
from cpsa.settings import from_environment
from cpsa_airflow import deadlines, ops_alerts, pools, retries

Q, H = Quarter.parse("2026-27-Q2"), HalfYear.parse("2026-27-H1")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
# Waits for a person, so it may take as long as that person does, and is told of by escalate.
ASKS_A_PERSON = {("dispatch_half_year", "approve"), ("backfill_quarters", "approve")}
# What a task does with a system outside, and whose pool it then waits in.
# What a task calls of the domain that reaches out, by the pool in which it has to wait.
OUTSIDE = {
    pools.MAIL_OUT: (
        r"\b(answer_departments|dispatch_half_year|escalate_approval|remind_agencies"
        r"|send_approved_packs|send_daily_digest|send_letters)\("
    ),
    pools.MAIL_IN: r"\b(collect_bounces|collect_mailbox|import_new_files)\(",
    pools.DOCUMENTS: r"\b(build_documents|publish_quarter|reject_dispatch)\(",
}


def every_task(dagbag) -> Iterator[tuple[str, object]]:
    for dag_id, dag in sorted(dagbag.dags.items()):
        for task in dag.tasks:
            yield dag_id, task


class TestEveryTask:
    def test_tells_ops_when_it_fails(self, dagbag):
        for dag_id, task in every_task(dagbag):
            told = list(task.on_failure_callback or [])
            expected = [] if (dag_id, task.task_id) in ASKS_A_PERSON else [ops_alerts.tell_ops]
            assert told == expected, (
                f"{dag_id}.{task.task_id}: set default_args=task_defaults.TASK_DEFAULTS"
            )

    def test_ends_some_time(self, dagbag):
        for dag_id, task in every_task(dagbag):
            if (dag_id, task.task_id) in ASKS_A_PERSON:
                assert task.response_timeout
                continue
            name = f"{dag_id}.{task.task_id}: give it an execution_timeout"
            assert timedelta(0) < task.execution_timeout <= timedelta(hours=8), name

    def test_is_tried_again_by_kind_of_error(self, dagbag):
        for dag_id, task in every_task(dagbag):
            kept = isinstance(task.retry_policy, retries.RetryByErrorKind)
            assert kept, f"{dag_id}.{task.task_id}: set default_args=task_defaults.TASK_DEFAULTS"

    def test_waits_in_the_pool_of_the_system_it_uses(self, dagbag):
        seen = set()
        for dag_id, task in every_task(dagbag):
            body = getattr(task, "python_callable", None)
            source = inspect.getsource(body) if body else ""
            needed = [pool for pool, calls in OUTSIDE.items() if re.search(calls, source)]
            seen.update(needed)
            expected = needed[0] if needed else "default_pool"
            assert task.pool == expected, f"{dag_id}.{task.task_id}: set pool={expected}"
        assert seen == set(OUTSIDE) == set(pools.POOLS)


@pytest.mark.parametrize(("dag_id", "hours"), [("close_quarter", 6), ("dispatch_half_year", 12)])
def test_a_promised_day_is_watched(dagbag, stored_dags, dag_id: str, hours: int) -> None:
    (alert,) = dagbag.dags[dag_id].deadline
    assert isinstance(alert, DeadlineAlert)
    assert alert.callback.path == "cpsa_airflow.ops_alerts.tell_ops_it_is_late"
    stored = decode_deadline_alert(encode_deadline_alert(alert))  # as the scheduler reads it back
    assert stored.reference.inner_ref.hours == hours
    assert len(stored_dags[dag_id].deadline) == 1


def test_no_other_dag_promises_a_day(dagbag) -> None:
    promising = {dag_id for dag_id, dag in dagbag.dags.items() if dag.deadline}
    assert promising == {"close_quarter", "dispatch_half_year"}


class TestWhenSomethingIsDue:
    GRACE = timedelta(hours=6)

    def test_so_long_after_the_periods_day(self) -> None:
        due = deadlines.compute_deadline(Q.key, self.GRACE, Q.closes_at)
        assert due == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # noon in India
        assert deadlines.compute_deadline(H.key, self.GRACE, NOW) == H.dispatch_at + self.GRACE

    def test_never_for_an_old_quarter_that_is_replayed(self) -> None:
        assert deadlines.compute_deadline(Q.key, self.GRACE, Q.closes_at + self.GRACE) is None
        assert deadlines.compute_deadline("2024-25-H2", self.GRACE, NOW) is None

    @pytest.mark.parametrize("key", ["", "2026-27", "yesterday"])
    def test_never_for_a_run_of_no_such_period(self, key: str) -> None:
        assert deadlines.compute_deadline(key, self.GRACE, NOW) is None

    def test_it_is_read_from_the_run(self) -> None:
        """As the scheduler asks when it makes a run: by the run's names, in its own session."""
        engine = create_engine("sqlite://")
        tables = [DagRun.metadata.tables[name] for name in ("log_template", "dag_run")]
        DagRun.metadata.create_all(engine, tables=tables)
        years_ahead = Quarter.parse("2090-91-Q1")
        with Session(engine) as session:
            session.add(
                DagRun(
                    dag_id="close_quarter",
                    run_id="r",
                    run_type="manual",
                    partition_key=years_ahead.key,
                )
            )
            session.flush()
            found = deadlines.PeriodDue(6)._evaluate_with(
                session=session, dag_id="close_quarter", run_id="r"
            )
        assert found == years_ahead.closes_at + self.GRACE


class TestWhatIsTriedAgain:
    @staticmethod
    def decide(error: BaseException, attempt: int = 1):
        return retries.RetryByErrorKind().evaluate(error, attempt, retries.RETRIES)

    @pytest.mark.parametrize("key", ["store.not_current", "cycle.not_built", "settings.letters"])
    def test_a_wrong_request_fails_at_once(self, key: str) -> None:
        assert self.decide(RequestError(key)).action is RetryAction.FAIL

    @pytest.mark.parametrize(
        "error",
        [
            RequestError("store.unreachable", detail="refused"),
            RequestError("channels.unreachable", where="mailbox", detail="timed out"),
            RequestError("channels.lost", where="mailbox"),
            OperationalError("SELECT 1", {}, Exception("server closed the connection")),
            ConnectionResetError(),
            TimeoutError(),
            AirflowException("mails are left"),
        ],
    )
    def test_what_is_away_is_waited_for_ever_longer(self, error: Exception) -> None:
        tries = [self.decide(error, attempt) for attempt in range(1, retries.RETRIES + 1)]
        assert {one.action for one in tries} == {RetryAction.RETRY}
        assert [one.retry_delay for one in tries] == [timedelta(minutes=n) for n in (1, 2, 4, 8)]

    def test_a_defect_is_tried_once_more(self) -> None:
        assert self.decide(KeyError("x")).action is RetryAction.RETRY
        assert self.decide(KeyError("x"), 2).action is RetryAction.FAIL

    def test_the_keys_are_those_of_texts(self) -> None:
        from cpsa.i18n.catalogue import load_catalogue

        assert set(load_catalogue()) >= retries.OUTAGE_KEYS


def test_the_pools_are_made_and_what_ops_changed_is_kept(monkeypatch) -> None:
    from airflow.models.pool import Pool
    from airflow.utils import session as sessions

    engine = create_engine("sqlite://")
    Pool.metadata.create_all(engine, tables=[Pool.__table__])
    with Session(engine) as held:
        held.add(Pool(pool=pools.MAIL_OUT, slots=7, description="ours", include_deferred=False))
        held.commit()

    class Opened:
        def __enter__(self):
            self.session = Session(engine)
            return self.session

        def __exit__(self, *_):
            self.session.commit()
            self.session.close()

    monkeypatch.setattr(sessions, "create_session", Opened)
    pools.make_pools()
    pools.make_pools()
    with Session(engine) as held:
        slots = {one.pool: one.slots for one in held.query(Pool)}
    assert slots == {pools.MAIL_OUT: 7, pools.MAIL_IN: 1, pools.DOCUMENTS: 2}


def test_the_scheduler_makes_the_pools_and_its_tasks_do_not(monkeypatch) -> None:
    """Both start in a process called a scheduler; a task may not reach Airflow's database."""
    from airflow.jobs.job import Job
    from airflow.sdk.execution_time.task_runner import TaskRunnerMarker

    made = []
    monkeypatch.setattr(pools, "make_pools", lambda: made.append(True))
    for program, component, expected in (
        ("scheduler", Job.__new__(Job), 1),
        ("scheduler", TaskRunnerMarker(), 0),
        ("api-server", Job.__new__(Job), 0),
    ):
        made.clear()
        monkeypatch.setattr("sys.argv", ["airflow", program])
        pools.on_starting(component)
        assert len(made) == expected


@pytest.fixture
def ready(home, monkeypatch, relay: Relay):
    monkeypatch.setenv("CPSA_OPS_MAIL", "ops@example.org")
    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
    return from_environment(os.environ)


def failing(attempt: int = 2, **more) -> dict:
    ti = SimpleNamespace(
        dag_id="check_updates",
        task_id="check_batch",
        run_id="asset_triggered__2026-11-01T00:00:00+00:00",
        try_number=attempt,
        map_index=3,
        log_url="http://airflow.example.org/dags/check_updates/runs/x/tasks/check_batch/mapped/3",
    )
    return {"ti": ti, "partition_key": Q.key, "batch_label": "FC-BHO to FC-UJJ", **more}


def words(raw: bytes) -> tuple[str, str]:
    """Subject and plain text of a mail."""
    from email.header import decode_header, make_header

    mail = message_from_bytes(raw)
    part = next(one for one in mail.walk() if one.get_content_type() == "text/plain")
    plain = part.get_payload(decode=True).decode("utf-8")
    return str(make_header(decode_header(mail["Subject"]))), plain


def test_ops_read_what_failed_for_whom_and_where_to_look(ready, relay) -> None:
    error = RequestError("store.unreachable", detail="connection for asha@example.org refused")
    ops_alerts.tell_ops(failing(exception=error))
    ((subject, told),) = map(words, relay.raw)
    assert subject == "Failed: check_updates, check_batch (2026-27-Q2)"
    for part in (
        "attempt 2",
        "FC-BHO to FC-UJJ",
        "The database cannot be reached",
        "http://airflow.example.org/dags/check_updates/runs/x/tasks/check_batch/mapped/3",
        "/cpsa/quarter/2026-27-Q2",
    ):
        assert part in told
    assert "asha@example.org" not in told


def test_what_a_library_quotes_stays_in_the_log(ready, relay) -> None:
    ops_alerts.tell_ops(failing(exception=ValueError("Asha Verma owes 12")))
    ((_, told),) = map(words, relay.raw)
    assert "Cause: ValueError" in told
    assert "Asha" not in told


def test_each_attempt_is_told_of_once(ready, relay) -> None:
    for attempt in (2, 2, 3):
        ops_alerts.tell_ops(failing(attempt))
    assert len(relay.raw) == 2


def test_a_run_for_no_quarter_is_told_of_too(ready, relay) -> None:
    ops_alerts.tell_ops(failing(partition_key=None))
    ((subject, told),) = map(words, relay.raw)
    assert "(no quarter)" in subject
    assert told.count("/cpsa/\n") == 1


def test_with_the_mail_server_away_it_is_kept_and_leaves_with_the_next(
    ready, relay, monkeypatch, caplog
) -> None:
    from tests.unit.delivery.rig import let_pauses_run_out

    from cpsa.services.app_context import AppContext

    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    with caplog.at_level(logging.WARNING, "cpsa_airflow.ops_alerts"):
        ops_alerts.tell_ops(failing(1))
    assert "The notice to ops is sent later" in caplog.text
    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
    let_pauses_run_out(AppContext.from_settings(ready).engine)
    ops_alerts.tell_ops(failing(2))
    assert len(relay.raw) == 2


def test_that_the_store_is_away_is_told_past_the_ledger(ready, relay, monkeypatch) -> None:
    monkeypatch.setenv("CPSA_DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/gone")
    ops_alerts.tell_ops(failing(exception=RequestError("store.unreachable", detail="refused")))
    ((_, told),) = map(words, relay.raw)
    assert "The database cannot be reached" in told


def test_a_notice_that_goes_wrong_makes_nothing_worse(ready, monkeypatch, caplog) -> None:
    monkeypatch.setenv("CPSA_SMTP_URL", "nonsense")
    ops_alerts.tell_ops(failing())
    assert "The notice to ops could not be written" in caplog.text


@pytest.mark.parametrize(
    ("dag_id", "key", "subject", "due"),
    [
        ("close_quarter", Q.key, "Not closed in time: 2026-27-Q2", "01.11.2026 06:00"),
        ("dispatch_half_year", H.key, "Not sent on time: 2026-27-H1", "15.11.2026 06:00"),
    ],
)
def test_ops_are_told_once_what_is_late(ready, relay, dag_id, key, subject, due) -> None:
    run = {"dag_id": dag_id, "dag_run_id": "scheduled__1", "partition_key": key}
    for _ in range(2):
        ops_alerts.tell_ops_it_is_late({"dag_run": run, "deadline": {}})
    ((said, told),) = map(words, relay.raw)
    assert said == subject
    assert due in told
    assert f"/dags/{dag_id}/runs/scheduled__1" in told


def test_the_link_of_a_late_half_year_goes_to_the_run_with_the_open_question(
    ready, relay, monkeypatch
) -> None:
    """Another run, which failed or was superseded, keeps its deadline."""
    from cpsa.services.publication import approval_questions

    waiting = SimpleNamespace(half=H.key, run="asset_triggered__new")
    monkeypatch.setattr(approval_questions, "find_open_question", lambda context, half: waiting)
    run = {"dag_id": "dispatch_half_year", "dag_run_id": "old", "partition_key": H.key}
    ops_alerts.tell_ops_it_is_late({"dag_run": run, "deadline": {}})
    ((_, told),) = map(words, relay.raw)
    assert "/dags/dispatch_half_year/runs/asset_triggered__new/required_actions" in told
    assert "/runs/old" not in told


def test_what_the_store_says_is_done_is_late_for_nobody(ready, relay, monkeypatch) -> None:
    from cpsa.services import notify_ops

    monkeypatch.setattr(notify_ops, "_is_done", lambda office, period: True)
    run = {"dag_id": "dispatch_half_year", "dag_run_id": "old", "partition_key": H.key}
    ops_alerts.tell_ops_it_is_late({"dag_run": run, "deadline": {}})
    assert relay.raw == []
