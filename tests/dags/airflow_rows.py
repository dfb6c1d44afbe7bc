"""Rows in Airflow's own tables, as its scheduler writes them, for tests of what the board reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, insert, update
from sqlalchemy.orm import Session

_numbers = count(1)


@dataclass
class AirflowRows:
    """Airflow's database with some of our DAGs in it."""

    session: Session

    def add_dag(self, dag: str, tag: str = "cpsa", stale: bool = False) -> None:
        from airflow.models.dag import DagModel, DagTag

        limits = {"max_active_tasks": 16, "max_consecutive_failed_dag_runs": 0}
        limits |= {"has_task_concurrency_limits": False, "exceeds_max_non_backfill": False}
        row = {"dag_id": dag, "is_stale": stale, "bundle_name": "dags-folder", **limits}
        self.session.execute(insert(DagModel).values(row))
        self.session.execute(insert(DagTag).values(dag_id=dag, name=tag))

    def add_run(self, dag: str, state: str, at: datetime, period: str = "", **values: Any) -> str:
        """A run; ``period`` is its partition key."""
        from airflow.models.dagrun import DagRun

        number = next(_numbers)
        row = {"dag_id": dag, "run_id": f"run__{number}", "state": state, "queued_at": at}
        row |= {"start_date": at if state != "queued" else None, "run_type": "scheduled"}
        row |= {"end_date": at if state in ("failed", "success") else None, "run_after": at}
        row |= {"partition_key": period or None, "span_status": "not_started", **values}
        self.session.execute(insert(DagRun.__table__).values(row))
        return f"run__{number}"

    def add_task(self, dag: str, run: str, state: str, at: datetime) -> str:
        from airflow.models.taskinstance import TaskInstance

        id_ = uuid4()
        row = {"id": id_, "dag_id": dag, "run_id": run, "task_id": f"task{next(_numbers)}"}
        row |= {"state": state, "start_date": at, "pool": "default_pool", "map_index": -1}
        row |= {"pool_slots": 1, "span_status": "not_started"}
        self.session.execute(insert(TaskInstance.__table__).values(row))
        return id_

    def ask(self, dag: str, at: datetime, period: str = "") -> str:
        """A run whose question waits; its task."""
        from airflow.models.hitl import HITLDetail

        run = self.add_run(dag, "running", at, period)
        task = self.add_task(dag, run, "awaiting_input", at)
        row = {"ti_id": task, "options": [], "subject": "?", "created_at": at, "params": {}}
        self.session.execute(insert(HITLDetail.__table__).values(**row, params_input={}))
        return task

    def answer(self, task: str, at: datetime) -> None:
        from airflow.models.hitl import HITLDetail

        detail = HITLDetail.__table__
        self.session.execute(update(detail).where(detail.c.ti_id == task).values(responded_at=at))

    def set_run(self, run: str, state: str) -> None:
        from airflow.models.dagrun import DagRun

        runs = DagRun.__table__
        self.session.execute(update(runs).where(runs.c.run_id == run).values(state=state))

    def beat(self, at: datetime, started: datetime | None = None) -> None:
        """A scheduler gives a sign of life."""
        from airflow.jobs.job import Job

        row = {"job_type": "SchedulerJob", "state": "running", "latest_heartbeat": at}
        row |= {"start_date": started or at}
        self.session.execute(insert(Job.__table__).values(row))


@contextmanager
def airflow_database(folder: Path) -> Iterator[AirflowRows]:
    """An empty database with Airflow's own tables."""
    from airflow.models import import_all_models
    from airflow.models.base import Base

    import_all_models()
    engine = create_engine(f"sqlite:///{folder / 'airflow-rows.db'}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield AirflowRows(session)
    engine.dispose()
