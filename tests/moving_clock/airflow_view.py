"""What a trial looks at in Airflow beside what the demo does: tasks at work, and when runs began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import httpx

from cpsa_demo.airflow_api import PAGE_SIZE, AirflowApi, Question

AT_WORK = ("scheduled", "queued", "running", "restarting", "up_for_retry")


@dataclass(frozen=True)
class RunDetail:
    """One run of a DAG, with the instants of the moved clock."""

    run_id: str
    period: str
    state: str
    run_type: str
    started_at: datetime


class AirflowView(AirflowApi):
    """The demo's session, with a closer look."""

    def answers(self) -> bool:
        """Whether the web server answers somebody who has logged in."""
        try:
            self._http.get("/execution/health")
            self._get("/api/v2/dags", limit=1)
        except (httpx.TransportError, ValueError, KeyError):
            return False
        return True

    def active_tasks(self) -> list[tuple[str, str, str]]:
        """Tasks that wait for nothing but Airflow: DAG, task and state."""
        page = self._get(
            "/api/v2/dags/~/dagRuns/~/taskInstances", state=list(AT_WORK), limit=PAGE_SIZE
        )
        queued = self._get("/api/v2/dags/~/dagRuns", state="queued", limit=PAGE_SIZE)
        tasks = [(ti["dag_id"], ti["task_id"], ti["state"]) for ti in page["task_instances"]]
        return tasks + [(run["dag_id"], "", "queued") for run in queued["dag_runs"]]

    def rescheduled_tasks(self) -> list[tuple[str, str, str]]:
        """Tasks that wait for an instant: DAG, run and task."""
        path = "/api/v2/dags/~/dagRuns/~/taskInstances"
        page = self._get(path, state=["up_for_reschedule"], limit=PAGE_SIZE)
        return [(ti["dag_id"], ti["dag_run_id"], ti["task_id"]) for ti in page["task_instances"]]

    def unpause(self, dag: str) -> None:
        """Let a DAG run by its schedule."""
        self._request("PATCH", f"/api/v2/dags/{dag}", json={"is_paused": False})

    def body(self, question: Question) -> str:
        """What a question says."""
        return str(self._get(_path(question))["body"])

    def status_of_answer(self, question: Question, option: str) -> int:
        """Answer a question; the HTTP status that a person who clicks late sees."""
        answer = {"chosen_options": [option], "params_input": {}}
        return self.send_request("PATCH", _path(question), json=answer).status_code

    def details(self, dag: str) -> list[RunDetail]:
        """The runs of a DAG that have begun, oldest first."""
        page = self._get(f"/api/v2/dags/{dag}/dagRuns", limit=PAGE_SIZE, order_by="id")
        return [
            RunDetail(
                row["dag_run_id"],
                row["partition_key"] or "",
                row["state"],
                row["run_type"],
                datetime.fromisoformat(row["start_date"]),
            )
            for row in page["dag_runs"]
            if row["start_date"]
        ]


def _path(question: Question) -> str:
    run = f"/api/v2/dags/{question.dag}/dagRuns/{question.run_id}"
    return f"{run}/taskInstances/{question.task}/-1/hitlDetails"
