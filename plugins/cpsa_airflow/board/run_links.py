"""Where a run is found among Airflow's pages."""

from __future__ import annotations

from urllib.parse import quote


def format_run_address(airflow: str, dag: str, run_id: str) -> str:
    return f"{airflow}/dags/{quote(dag)}/runs/{quote(run_id, safe='')}"
