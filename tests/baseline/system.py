"""The only names of the system's modules that this comparison knows: those of the board.

After a rename, correct them here. Everything else is asked through the command line and by HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.testclient import TestClient
from tests.baseline import clock

ROOT_PATH = "/air/cpsa"


@contextmanager
def board_client(ops: bool) -> Iterator[TestClient]:
    """A visitor of the board, let in without Airflow's leave, with no run of Airflow in sight."""
    from airflow.api_fastapi.core_api.security import get_user

    from cpsa.board import Outside
    from cpsa_airflow.board.app import app, look_outside
    from cpsa_airflow.board.roles import is_ops, may_look, must_be_ops

    def sees_nothing(airflow: str, steps: list[Any]) -> Any:
        return Outside([], [], {step: f"{airflow}/dags/{step[0]}/runs" for step in steps})

    clock.rule()
    app.dependency_overrides = {
        get_user: lambda: None,
        may_look: lambda: None,
        must_be_ops: lambda: None,
        is_ops: lambda: ops,
        look_outside: lambda: sees_nothing,
    }
    try:
        yield TestClient(app, root_path=ROOT_PATH, follow_redirects=False)
    finally:
        app.dependency_overrides = {}
