"""Airflow's REST API, as far as the demo needs it. Says nothing and decides nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx

from cpsa.errors import RequestError

PAGE_SIZE = 100
BACKOFFS = (1, 2, 4, 8, 0)  # seconds after an answer that Airflow's database was busy


@dataclass(frozen=True)
class Run:
    """One DAG run: its DAG, the period it is for, and its state."""

    dag: str
    run_id: str
    period: str
    state: str

    @property
    def succeeded(self) -> bool:
        return self.state == "success"


@dataclass(frozen=True)
class Question:
    """An approval that waits for a person."""

    dag: str
    run_id: str
    task: str
    period: str


class AirflowApi:
    """A session with the API; a token is fetched when first needed and when one has expired."""

    def __init__(self, address: str) -> None:
        # Each request has a connection of its own: Airflow closes idle ones after seconds, on a
        # clock that a trial moves by days, and could do so just when the next request arrives.
        self._http = httpx.Client(
            base_url=address,
            timeout=120,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def close(self) -> None:
        self._http.close()

    def ready(self, dags: frozenset[str]) -> bool:
        """Whether the scheduler is at work and knows all the DAGs."""
        try:
            # The part that serves tasks is set up at its first request: better now than later.
            self._http.get("/execution/health")
            health = self._http.get("/api/v2/monitor/health").json()
            if health["scheduler"]["status"] != "healthy":
                return False
            known = self._get("/api/v2/dags", limit=PAGE_SIZE)["dags"]
        except (httpx.TransportError, ValueError, KeyError):
            return False
        return dags <= {dag["dag_id"] for dag in known if dag["has_import_errors"] is False}

    def scheduler_heartbeat(self) -> str:
        """When the scheduler last gave a sign of life."""
        health = self._get("/api/v2/monitor/health")
        return str(health["scheduler"]["latest_scheduler_heartbeat"])

    def import_errors(self) -> list[str]:
        """The files that are no DAGs, each with the last line of why."""
        errors = self._get("/api/v2/importErrors", limit=PAGE_SIZE)["import_errors"]
        return [f"{e['filename']}: {e['stack_trace'].strip().splitlines()[-1]}" for e in errors]

    def trigger(
        self, dag: str, period: str | None = None, form: dict[str, Any] | None = None
    ) -> str:
        """Start a run by hand, as an admin would, with what its form says; its id."""
        body = {"logical_date": None, "partition_key": period, "conf": form or {}}
        return str(self._request("POST", f"/api/v2/dags/{dag}/dagRuns", json=body)["dag_run_id"])

    def runs(self) -> list[Run]:
        """All runs of all DAGs, oldest first."""
        found: list[Run] = []
        while True:
            page = self._get(
                "/api/v2/dags/~/dagRuns", limit=PAGE_SIZE, offset=len(found), order_by="id"
            )
            found += [
                Run(row["dag_id"], row["dag_run_id"], row["partition_key"] or "", row["state"])
                for row in page["dag_runs"]
            ]
            if len(page["dag_runs"]) < PAGE_SIZE:
                return found

    def returned(self, dag: str, run_id: str, task: str) -> dict[str, Any]:
        """What a task has returned; nothing when it was skipped."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run_id}/taskInstances/{task}/xcomEntries"
        if not self._get(path)["total_entries"]:
            return {}
        result: dict[str, Any] = self._get(f"{path}/return_value")["value"]
        return result

    def clear(self, run: Run) -> None:
        """Have all tasks of a run done again."""
        body = {"dry_run": False, "dag_run_id": run.run_id, "only_failed": False}
        body |= {"reset_dag_runs": True}
        self._request("POST", f"/api/v2/dags/{run.dag}/clearTaskInstances", json=body)

    def questions(self, runs: list[Run]) -> list[Question]:
        """The approvals that wait for an answer."""
        periods = {(run.dag, run.run_id): run.period for run in runs}
        page = self._get(
            "/api/v2/dags/~/dagRuns/~/hitlDetails",
            response_received=False,
            state=["deferred", "awaiting_input"],  # with and without a watch over its edition
            limit=PAGE_SIZE,
        )
        task_instances = [detail["task_instance"] for detail in page["hitl_details"]]
        return [
            Question(
                ti["dag_id"],
                ti["dag_run_id"],
                ti["task_id"],
                periods.get((ti["dag_id"], ti["dag_run_id"]), ""),
            )
            for ti in task_instances
        ]

    def approve(self, question: Question, form: dict[str, Any]) -> None:
        """Answer an approval with yes; an earlier answer by a person is kept."""
        self.answer(question, "Approve", form)

    def answer(self, question: Question, option: str, form: dict[str, Any]) -> None:
        """Answer a question, as a person would under Required Actions."""
        self._request(
            "PATCH",
            f"/api/v2/dags/{question.dag}/dagRuns/{question.run_id}"
            f"/taskInstances/{question.task}/-1/hitlDetails",
            also_fine=httpx.codes.CONFLICT,
            json={"chosen_options": [option], "params_input": form},
        )

    def _get(self, path: str, **query: Any) -> Any:
        return self._request("GET", path, params=query)

    def _request(self, method: str, path: str, also_fine: int | None = None, **details: Any) -> Any:
        for pause in BACKOFFS:
            answer = self.send_request(method, path, **details)
            if not _was_undone(answer):
                break
            time.sleep(pause)
        if answer.is_error and answer.status_code != also_fine:
            detail = f"{answer.status_code} {answer.text[:200]}"
            raise RequestError("demo.airflow_refused", path=path, detail=detail)
        return answer.json()

    def send_request(self, method: str, path: str, **details: Any) -> httpx.Response:
        """Send once, with a new token where the old one has expired."""
        for renewed in (False, True):
            if renewed or "authorization" not in self._http.headers:
                token = self._http.get("/auth/token").json()["access_token"]
                self._http.headers["authorization"] = f"Bearer {token}"
            answer = self._http.request(method, path, **details)
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                break
        return answer


def _was_undone(answer: httpx.Response) -> bool:
    """Whether Airflow's SQLite was busy: what was begun is undone, and may be sent again."""
    return (
        answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR and "Database error" in answer.text
    )
