"""The tasks that find what the store says is missing and start runs for it.

The same tasks make the DAG follow_store and are the last of collecting, checking and closing.
What is stale, due to be opened or due to be closed is decided by the domain; here it is only started.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa.calendar import IST, Quarter
from cpsa_airflow import web_addresses
from cpsa_airflow.assets import CLOSED, HALF_DUE
from cpsa_airflow.task_context import TaskReport, open_task_context

if TYPE_CHECKING:
    from airflow.sdk.definitions._internal.mixins import DependencyMixin

    from cpsa.services.app_context import AppContext

OPEN, CLOSE = "open_quarter", "close_quarter"
DUE_RUN_PREFIX = "due"  # of the names of runs that were started for a period


def add_follow_tasks(after: Sequence[DependencyMixin] = ()) -> None:
    """Make the tasks that follow the store, to be run when these tasks have ended."""
    stale_periods = find_stale_periods()
    for node in after:
        node >> stale_periods
    announce_quarters(stale_periods)
    announce_halves(stale_periods)
    TriggerDagRunOperator.partial(
        task_id="start_due_runs",
        task_display_name="Start the runs that are due",
        logical_date=None,
        skip_when_already_exists=True,
    ).expand_kwargs(list_due_runs(stale_periods))


@task(task_display_name="Find what the store is missing", trigger_rule=TriggerRule.ALL_DONE)
def find_stale_periods() -> TaskReport:
    """What is to be published, compiled, opened and closed; skipped when that is nothing."""
    from cpsa.services.publication.announce_periods import announce_periods
    from cpsa.services.publication.stale_periods import find_stale_periods

    context = open_task_context()
    end_abandoned_questions(context.app, context.now)
    stale = find_stale_periods(context.app, context.now)
    found = {
        "quarters": list(announce_periods(context.app, stale.quarters, context.now)),
        "halves": list(announce_periods(context.app, stale.halves, context.now)),
        "runs": [
            *(make_due_run(OPEN, quarter, context.now) for quarter in stale.to_open),
            *(make_due_run(CLOSE, quarter, context.now) for quarter in stale.to_close),
        ],
    }
    if not any(found.values()):
        raise AirflowSkipException("No step is missing.")
    return found


@task(task_display_name="Announce quarters for publishing", outlets=[CLOSED])
def announce_quarters(found: TaskReport, outlet_events: Any = None) -> TaskReport:
    return emit_partitions(CLOSED, found["quarters"], outlet_events)


@task(task_display_name="Announce half-years for compiling", outlets=[HALF_DUE])
def announce_halves(found: TaskReport, outlet_events: Any = None) -> TaskReport:
    return emit_partitions(HALF_DUE, found["halves"], outlet_events)


@task(task_display_name="List quarters to open or close")
def list_due_runs(found: TaskReport) -> list[dict[str, Any]]:
    if not found["runs"]:
        raise AirflowSkipException("No quarter has to be opened or closed.")
    result: list[dict[str, Any]] = found["runs"]
    return result


def end_abandoned_questions(context: AppContext, now: datetime) -> None:
    """End the questions whose run is no longer at work in this Airflow, so that they are put again.

    A run was deleted, or marked as ended by hand, or Airflow has a new database.
    """
    from cpsa.services.publication.approval_questions import end_question, list_open_questions
    from cpsa.store.tables.publication_tables import QuestionOutcome

    for question in list_open_questions(context):
        if question.run and not is_run_active(
            web_addresses.get_question_dag(question), question.run
        ):
            end_question(context, question.id, QuestionOutcome.SUPERSEDED, now)


def is_run_active(dag: str, run_id: str) -> bool:
    """Whether a run is waiting or at work."""
    ti = get_current_context()["ti"]
    return bool(ti.get_dr_count(dag_id=dag, run_ids=[run_id], states=["queued", "running"]))


def emit_partitions(asset: Any, periods: Sequence[str], outlet_events: Any) -> list[str]:
    """Emit the partitions of an asset; skip without any, or Airflow would emit the run's own key."""
    if not periods:
        raise AirflowSkipException("No period has to be announced.")
    outlet_events[asset].add_partitions(list(periods))
    return list(periods)


def make_due_run(dag: str, quarter: Quarter, now: datetime) -> dict[str, Any]:
    """A run of a DAG for a quarter: one for each hour in which it is due, by whatever it is started."""
    hour = now.astimezone(IST).strftime("%Y-%m-%dT%H")
    return {
        "trigger_dag_id": dag,
        "trigger_run_id": f"{DUE_RUN_PREFIX}__{quarter.key}__{hour}",
        "conf": {"period": quarter.key},
    }
