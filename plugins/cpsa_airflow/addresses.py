"""Where Airflow's pages and the board are found, for links in forms and mails."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from cpsa.store.questions import Question

BOARD = "/cpsa"


def airflow() -> str:
    """The address of Airflow's web server, without a stroke at its end."""
    return str(conf.get("api", "base_url", fallback="http://localhost:8080/")).rstrip("/")


def run(dag: str, run_id: str) -> str:
    """The page of a run."""
    return f"{airflow()}/dags/{quote(dag)}/runs/{quote(run_id, safe='')}"


def question(waiting: Question) -> str:
    """The page on which a question is answered."""
    return f"{run(dag_of(waiting), waiting.run)}/required_actions"


def dag_of(waiting: Question) -> str:
    """The DAG in whose run a question waits."""
    return "dispatch_half_year" if waiting.half else "backfill_quarters"


def board() -> str:
    """The quarter board's."""
    return airflow() + BOARD
