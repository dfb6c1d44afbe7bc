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
    """A visitor of the board, admitted without Airflow's login, with no run of Airflow in sight."""
    from airflow.api_fastapi.core_api.security import get_user

    from cpsa.web.board.scheduler_state import SchedulerState
    from cpsa_airflow.board.board_app import app, get_state_loader
    from cpsa_airflow.board.board_roles import is_ops, require_ops, require_viewer

    def sees_nothing(airflow: str, steps: list[Any]) -> Any:
        return SchedulerState([], [], {step: f"{airflow}/dags/{step[0]}/runs" for step in steps})

    clock.rule()
    app.dependency_overrides = {
        get_user: lambda: None,
        require_viewer: lambda: None,
        require_ops: lambda: None,
        is_ops: lambda: ops,
        get_state_loader: lambda: sees_nothing,
    }
    try:
        yield TestClient(app, root_path=ROOT_PATH, follow_redirects=False)
    finally:
        app.dependency_overrides = {}
