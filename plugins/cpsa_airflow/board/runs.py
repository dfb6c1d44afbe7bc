"""What Airflow knows of a period: the newest run of each step; and what waits (``waiting``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from sqlalchemy import and_, func, or_, select

from cpsa.board import Outside, Run, WaitingItem, WaitingKind
from cpsa.calendar import FiscalYear, HalfYear, Quarter
from cpsa_airflow.board import waiting
from cpsa_airflow.board.links import run_address
from cpsa_airflow.context import this_instant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WAITS = "waits"  # for an answer; Airflow calls it running
Step = tuple[str, str]  # a DAG and the period it works for


def steps_of(period: Quarter | HalfYear | FiscalYear) -> Sequence[Step]:
    """The DAGs that make a period, in their order."""
    if isinstance(period, FiscalYear):
        return [step for half in period.halves for step in steps_of(half)]
    if isinstance(period, HalfYear):
        return [(dag, period.key) for dag in ("compile_half_year", "dispatch_half_year")]
    own = ("open_quarter", "check_updates", "close_quarter", "publish_quarter")
    return [*((dag, period.key) for dag in own), *steps_of(period.half)]


def outside(airflow: str, steps: Iterable[Step]) -> Outside:
    """How these steps stand; ``airflow`` is the address under which its pages are found."""
    steps = list(steps)
    with create_session(scoped=False) as session:
        runs = _runs(session, airflow, steps)
        items = waiting.items(session, airflow, this_instant())
    lists = {
        (dag, period): f"{airflow}/dags/{dag}/runs?partition_key_pattern={quote(period)}"
        for dag, period in steps
    }
    return Outside(_with_questions(runs, items), items, lists)


def _runs(session: Session, airflow: str, steps: Sequence[Step]) -> list[Run]:
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
        DagRun.run_type.in_(waiting.BY_HAND),
    )
    rows = session.execute(
        select(DagRun.dag_id, DagRun.partition_key, DagRun.conf, DagRun.state, DagRun.run_id)
        .where(or_(DagRun.id.in_(newest), for_a_period))
        .order_by(DagRun.id)
    )
    found = {}
    for row in rows:
        period = waiting.period_of(row)
        state = str(getattr(row.state, "value", row.state))
        address = run_address(airflow, row.dag_id, row.run_id)
        found[row.dag_id, period] = Run(row.dag_id, period, state, address)
    return [run for step, run in found.items() if step in set(steps)]


def _with_questions(runs: Sequence[Run], items: Sequence[WaitingItem]) -> list[Run]:
    """The runs, where one that waits for an answer says so and not that it runs."""
    asking = {item.params["run"] for item in items if item.kind is WaitingKind.QUESTION}
    return [
        replace(run, state=WAITS) if f"{run.dag} {run.period}" in asking else run for run in runs
    ]
