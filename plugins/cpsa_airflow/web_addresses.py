"""Where Airflow's pages and the board are found, for links in forms and mails."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from cpsa.store.queries.question_queries import QuestionRecord

BOARD_PATH = "/cpsa"


def get_airflow_address() -> str:
    """The address of Airflow's web server, without a slash at its end."""
    return str(conf.get("api", "base_url", fallback="http://localhost:8080/")).rstrip("/")


def get_run_address(dag: str, run_id: str) -> str:
    """The page of a run."""
    return format_run_address(get_airflow_address(), dag, run_id)


def format_run_address(airflow: str, dag: str, run_id: str) -> str:
    """The page of a run, where ``airflow`` is the address of Airflow's pages."""
    return f"{airflow}/dags/{quote(dag)}/runs/{quote(run_id, safe='')}"


def get_question_address(question: QuestionRecord) -> str:
    """The page on which a question is answered."""
    return f"{get_run_address(get_question_dag(question), question.run)}/required_actions"


def get_question_dag(question: QuestionRecord) -> str:
    """The DAG in whose run the question is open."""
    return "dispatch_half_year" if question.half else "backfill_quarters"


def get_board_address() -> str:
    """The address of the quarter board."""
    return get_airflow_address() + BOARD_PATH
