"""What needs a person's attention in Airflow: questions, failed and stuck runs, a silent scheduler.

Reads Airflow's database in a few statements. A run is settled by being cleared or marked, or by a
later run of the same DAG for the same period.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.jobs.job import Job
from airflow.models.dag import DagModel, DagTag
from airflow.models.dagrun import DagRun
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunType
from sqlalchemy import and_, func, or_, select

from cpsa.web.board.work_items import WorkItem, WorkItemKind
from cpsa_airflow.web_addresses import format_run_address

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OUR_TAG = "cpsa"  # the tag of our DAGs
SILENT_AFTER = timedelta(minutes=5)
MAX_START_DELAY = timedelta(hours=1)
MAX_TASK_TIME = timedelta(
    hours=9
)  # no task may run longer (task_defaults.LONG_TIMEOUT), with its retries apart
BY_HAND = (DagRunType.MANUAL, DagRunType.OPERATOR_TRIGGERED)  # such runs name a period in conf
WAITS_FOR_ANSWER = (TaskInstanceState.AWAITING_INPUT, TaskInstanceState.DEFERRED)
# A run with such a task goes on by itself, when its time has come.
PAUSED_STATES = (
    *WAITS_FOR_ANSWER,
    TaskInstanceState.UP_FOR_RETRY,
    TaskInstanceState.UP_FOR_RESCHEDULE,
)


def list_items(session: Session, airflow: str, now: datetime) -> list[WorkItem]:
    """All of it; ``airflow`` is the address under which Airflow's pages are found."""
    return [
        *_check_scheduler(session, airflow, now),
        *_list_questions(session, airflow),
        *_list_unsettled_runs(session, airflow, now),
    ]


def _check_scheduler(session: Session, airflow: str, now: datetime) -> Iterator[WorkItem]:
    """No scheduler has given a sign of life for five minutes."""
    newest = session.scalar(
        select(func.max(Job.latest_heartbeat)).where(Job.job_type == "SchedulerJob")
    )
    if newest is None or newest < now - SILENT_AFTER:
        yield WorkItem(WorkItemKind.SCHEDULER_DOWN, newest or now, 1, f"{airflow}/")


def _list_questions(session: Session, airflow: str) -> Iterator[WorkItem]:
    """The newest unanswered question of each DAG and period."""
    rows = session.execute(
        select(
            DagRun.dag_id, DagRun.partition_key, DagRun.conf, DagRun.run_id, HITLDetail.created_at
        )
        .join(TaskInstance, HITLDetail.ti_id == TaskInstance.id)
        .join(
            DagRun,
            and_(DagRun.dag_id == TaskInstance.dag_id, DagRun.run_id == TaskInstance.run_id),
        )
        .where(HITLDetail.responded_at.is_(None), TaskInstance.state.in_(WAITS_FOR_ANSWER))
        .order_by(DagRun.id)
    )
    newest = {}
    for row in rows:
        # Backfills are for no period: each run asks its own question.
        period = get_period(row)
        newest[row.dag_id, period or row.run_id] = (row, period)
    for row, period in newest.values():
        address = f"{format_run_address(airflow, row.dag_id, row.run_id)}/required_actions"
        yield WorkItem(
            WorkItemKind.QUESTION, row.created_at, 1, address, _make_params(row.dag_id, period)
        )


def _list_unsettled_runs(session: Session, airflow: str, now: datetime) -> Iterator[WorkItem]:
    """The newest run of each DAG and period, where it has failed or is stuck."""
    started = func.coalesce(DagRun.start_date, DagRun.queued_at, DagRun.run_after)
    newest = (
        select(func.max(DagRun.id))
        .where(DagRun.dag_id.in_(_select_our_dags()))
        .group_by(DagRun.dag_id, DagRun.partition_key)
    )
    by_hand = DagRun.run_type.in_(BY_HAND)
    unfinished = or_(
        DagRun.state == DagRunState.FAILED,
        and_(
            DagRun.state.in_([DagRunState.QUEUED, DagRunState.RUNNING]),
            started < now - MAX_START_DELAY,
        ),
    )
    rows = session.execute(
        select(
            DagRun.id,
            DagRun.dag_id,
            DagRun.partition_key,
            DagRun.conf,
            DagRun.run_id,
            DagRun.state,
            DagRun.end_date,
            started.label("started"),
        )
        # A run that was started for a period by its conf has no key, and others may follow it.
        .where(
            unfinished, or_(DagRun.id.in_(newest), and_(by_hand, DagRun.partition_key.is_(None)))
        )
        .where(DagRun.dag_id.in_(_select_our_dags()))
        .order_by(DagRun.id)
    ).all()
    for row in rows:
        period = get_period(row)
        if _has_later_run(session, row, period):
            continue
        address, named = (
            format_run_address(airflow, row.dag_id, row.run_id),
            _make_params(row.dag_id, period),
        )
        if row.state == DagRunState.FAILED:
            since = row.end_date or row.started
            yield WorkItem(WorkItemKind.RUN_FAILED, since, 1, address, named)
        elif not _is_going_on(session, row, now):
            yield WorkItem(WorkItemKind.RUN_STUCK, row.started, 1, address, named)


def _has_later_run(session: Session, run: Any, period: str) -> bool:
    """Whether a later run of the same DAG is for the same period, given as key or in its conf."""
    later = session.execute(
        select(DagRun.partition_key, DagRun.conf).where(
            DagRun.dag_id == run.dag_id, DagRun.id > run.id
        )
    )
    return any(get_period(row) == period for row in later)


def _is_going_on(session: Session, run: Any, now: datetime) -> bool:
    """Whether a task of a run is running, or waits for its time or an answer."""
    at_work = and_(
        TaskInstance.state == TaskInstanceState.RUNNING,
        TaskInstance.start_date > now - MAX_TASK_TIME,
    )
    just_done = TaskInstance.end_date > now - MAX_START_DELAY
    found = session.scalar(
        select(func.count())
        .select_from(TaskInstance)
        .where(
            TaskInstance.dag_id == run.dag_id,
            TaskInstance.run_id == run.run_id,
            or_(TaskInstance.state.in_(PAUSED_STATES), at_work, just_done),
        )
    )
    return bool(found)


def _select_our_dags() -> Any:
    tagged = select(DagTag.dag_id).where(DagTag.name == OUR_TAG)
    return select(DagModel.dag_id).where(DagModel.dag_id.in_(tagged), DagModel.is_stale.is_(False))


def get_period(run: Any) -> str:
    """The period of a run, by its key or the conf it was started with; blank for none."""
    return str(run.partition_key or (run.conf or {}).get("period") or "")


def _make_params(dag: str, period: str) -> dict[str, str]:
    return {"run": f"{dag} {period}".strip()}
