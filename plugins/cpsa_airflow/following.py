"""What the store says is missing, and the runs that make up for it.

The same tasks make the DAG follow_store and stand at the end of collecting, checking and closing.
What is stale, due to be opened or due to be closed is asked of the domain; here it is only started.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa.calendar import IST, Quarter
from cpsa_airflow import addresses
from cpsa_airflow.assets import CLOSED, HALF_DUE
from cpsa_airflow.context import Report, desk

if TYPE_CHECKING:
    from airflow.sdk.definitions._internal.abstractoperator import DAGNode

    from cpsa.cycle import Office

OPEN, CLOSE = "open_quarter", "close_quarter"
DUE = "due"  # of the names of runs that were started for a period


def follow(after: Sequence[DAGNode] = ()) -> None:
    """Make the tasks that follow the store, to be run when these tasks have ended."""
    found = find_stale_periods()
    for node in after:
        node >> found
    announce_quarters(found)
    announce_halves(found)
    TriggerDagRunOperator.partial(
        task_id="start_due_runs", logical_date=None, skip_when_already_exists=True
    ).expand_kwargs(list_due_runs(found))


@task(trigger_rule=TriggerRule.ALL_DONE)
def find_stale_periods() -> Report:
    """What is to be published, compiled, opened and closed; skipped when that is nothing."""
    cycle, office, now, _ = desk()
    end_abandoned_questions(cycle, office, now)
    stale = cycle.stale_periods(office, now)
    found = {
        "quarters": list(cycle.announce_periods(office, stale.quarters, now)),
        "halves": list(cycle.announce_periods(office, stale.halves, now)),
        "runs": [
            *(due_run(OPEN, quarter, now) for quarter in stale.to_open),
            *(due_run(CLOSE, quarter, now) for quarter in stale.to_close),
        ],
    }
    if not any(found.values()):
        raise AirflowSkipException("the store misses nothing")
    return found


@task(outlets=[CLOSED])
def announce_quarters(found: Report, outlet_events: Any = None) -> Report:
    return announce(CLOSED, found["quarters"], outlet_events)


@task(outlets=[HALF_DUE])
def announce_halves(found: Report, outlet_events: Any = None) -> Report:
    return announce(HALF_DUE, found["halves"], outlet_events)


@task
def list_due_runs(found: Report) -> list[dict[str, Any]]:
    if not found["runs"]:
        raise AirflowSkipException("no quarter is due to be opened or closed")
    return found["runs"]


def end_abandoned_questions(cycle: ModuleType, office: Office, now: datetime) -> None:
    """End the questions whose run is no longer at work in this Airflow, so that they are asked again.

    A run was deleted, or marked as ended by hand, or Airflow has a new database.
    """
    for waiting in cycle.questions.list_open_questions(office):
        if waiting.run and not is_active(addresses.dag_of(waiting), waiting.run):
            cycle.end_question(office, waiting.id, "superseded", now)


def is_active(dag: str, run_id: str) -> bool:
    """Whether a run is waiting or at work."""
    ti = get_current_context()["ti"]
    return bool(ti.get_dr_count(dag_id=dag, run_ids=[run_id], states=["queued", "running"]))


def announce(asset: Any, periods: Sequence[str], outlet_events: Any) -> list[str]:
    """Emit the partitions of an asset; skip without any, or Airflow would emit the run's own key."""
    if not periods:
        raise AirflowSkipException("nothing to hand on")
    outlet_events[asset].add_partitions(list(periods))
    return list(periods)


def due_run(dag: str, quarter: Quarter, now: datetime) -> dict[str, Any]:
    """A run of a DAG for a quarter: one for each hour in which it is due, whoever starts it."""
    hour = now.astimezone(IST).strftime("%Y-%m-%dT%H")
    return {
        "trigger_dag_id": dag,
        "trigger_run_id": f"{DUE}__{quarter.key}__{hour}",
        "conf": {"period": quarter.key},
    }
