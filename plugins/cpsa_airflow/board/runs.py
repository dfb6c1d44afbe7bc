"""What Airflow knows of a period: the newest run of each step; and what waits (``waiting``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from sqlalchemy import func, select

from cpsa.board import Outside, Run
from cpsa.calendar import FiscalYear, HalfYear, Quarter
from cpsa_airflow.board import waiting
from cpsa_airflow.board.links import run_address
from cpsa_airflow.context import this_instant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

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
    return Outside(runs, items, lists)


def _runs(session: Session, airflow: str, steps: Sequence[Step]) -> list[Run]:
    dags, periods = {dag for dag, _ in steps}, {period for _, period in steps}
    newest = (
        select(func.max(DagRun.id))
        .where(DagRun.dag_id.in_(dags), DagRun.partition_key.in_(periods))
        .group_by(DagRun.dag_id, DagRun.partition_key)
    )
    rows = session.execute(
        select(DagRun.dag_id, DagRun.partition_key, DagRun.state, DagRun.run_id).where(
            DagRun.id.in_(newest)
        )
    )
    return [
        Run(dag, period, str(getattr(state, "value", state)), run_address(airflow, dag, run_id))
        for dag, period, state, run_id in rows
    ]
