"""What Airflow knows of a period: the newest run of each step; and what needs attention (``airflow_work_items``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from sqlalchemy import and_, func, or_, select

from cpsa.calendar import FiscalYear, HalfYear, Quarter
from cpsa.web.board.scheduler_state import LatestRun, SchedulerState
from cpsa.web.board.work_items import WorkItem, WorkItemKind
from cpsa_airflow.board import airflow_work_items
from cpsa_airflow.task_context import this_instant
from cpsa_airflow.web_addresses import format_run_address

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WAITS_FOR_ANSWER = "waits"  # for an answer; Airflow calls it running
Step = tuple[str, str]  # a DAG and the period it works for


def list_steps(period: Quarter | HalfYear | FiscalYear) -> Sequence[Step]:
    """The DAGs that make a period, in their order."""
    if isinstance(period, FiscalYear):
        return [step for half in period.halves for step in list_steps(half)]
    if isinstance(period, HalfYear):
        return [(dag, period.key) for dag in ("compile_half_year", "dispatch_half_year")]
    own = ("open_quarter", "check_updates", "close_quarter", "publish_quarter")
    return [*((dag, period.key) for dag in own), *list_steps(period.half)]


def load_scheduler_state(airflow: str, steps: Iterable[Step]) -> SchedulerState:
    """The state of these steps; ``airflow`` is the address under which its pages are found."""
    steps = list(steps)
    with create_session(scoped=False) as session:
        runs = _load_newest_runs(session, airflow, steps)
        items = airflow_work_items.list_items(session, airflow, this_instant())
    lists = {
        (dag, period): f"{airflow}/dags/{dag}/runs?partition_key_pattern={quote(period)}"
        for dag, period in steps
    }
    return SchedulerState(_mark_asking_runs(runs, items), items, lists)


def _load_newest_runs(session: Session, airflow: str, steps: Sequence[Step]) -> list[LatestRun]:
    """The newest run of each step: by its key, or by the period that it was started for."""
    dags, periods = {dag for dag, _ in steps}, {period for _, period in steps}
    newest = (
        select(func.max(DagRun.id))
        .where(DagRun.dag_id.in_(dags), DagRun.partition_key.in_(periods))
        .group_by(DagRun.dag_id, DagRun.partition_key)
    )
    for_a_period = and_(
        DagRun.dag_id.in_(dags),
        DagRun.partition_key.is_(None),
        DagRun.run_type.in_(airflow_work_items.BY_HAND),
    )
    rows = session.execute(
        select(DagRun.dag_id, DagRun.partition_key, DagRun.conf, DagRun.state, DagRun.run_id)
        .where(or_(DagRun.id.in_(newest), for_a_period))
        .order_by(DagRun.id)
    )
    found = {}
    for row in rows:
        period = airflow_work_items.get_period(row)
        state = str(getattr(row.state, "value", row.state))
        address = format_run_address(airflow, row.dag_id, row.run_id)
        found[row.dag_id, period] = LatestRun(row.dag_id, period, state, address)
    return [run for step, run in found.items() if step in set(steps)]


def _mark_asking_runs(runs: Sequence[LatestRun], items: Sequence[WorkItem]) -> list[LatestRun]:
    """The runs, where one that waits for an answer says so and not that it runs."""
    asking = {item.params["run"] for item in items if item.kind is WorkItemKind.QUESTION}
    return [
        replace(run, state=WAITS_FOR_ANSWER) if f"{run.dag} {run.period}" in asking else run
        for run in runs
    ]
