"""Only an admin answers an admin's question, whatever Airflow itself would let pass."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.api_fastapi.core_api import security
from fastapi import HTTPException
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from cpsa_airflow import admin_answers
from cpsa_airflow.admin_answers import AdminAnswerMiddleware, is_admin, list_assigned_users

RUN = "dagRuns/manual__2026-11-01T00:00:00+00:00/taskInstances/approve/-1/hitlDetails"
BACKFILL = f"/api/v2/dags/backfill_quarters/{RUN}"
DISPATCH = f"/api/v2/dags/dispatch_half_year/{RUN}"


def person(name: str, role: str | None = None, roles: tuple[str, ...] = ()):
    named = [SimpleNamespace(name=one) for one in roles]
    return SimpleNamespace(role=role, roles=named, get_name=lambda: name)


ASHA, OMAR = person("asha", role="ADMIN"), person("omar", role="OP")


@pytest.mark.parametrize(
    ("user", "named", "expected"),
    [
        (ASHA, (), True),
        (OMAR, (), False),
        (person("asha", roles=("Op", "Admin")), (), True),  # as the FAB auth manager has them
        (person("omar", roles=("Op",)), (), False),
        (OMAR, ("omar",), True),
        (ASHA, ("omar",), False),
    ],
)
def test_who_is_an_admin(user, named, expected) -> None:
    assert is_admin(user, named) is expected


@pytest.fixture
def answer(monkeypatch):
    """The status of a request by somebody; None: by nobody who is logged in."""
    monkeypatch.setattr(admin_answers, "everybody_is_admin", lambda: False)

    def ask(method: str, path: str, user) -> int:
        async def get_user(*_):
            if user is None:
                raise HTTPException(401)
            return user

        monkeypatch.setattr(security, "get_user", get_user)
        client = TestClient(AdminAnswerMiddleware(PlainTextResponse("taken")))
        return client.request(method, path).status_code

    return ask


def test_an_operator_cannot_answer_a_backfill(answer, monkeypatch) -> None:
    monkeypatch.delenv("CPSA_ADMINS", raising=False)
    assert answer("PATCH", BACKFILL, OMAR) == 403
    assert answer("PATCH", BACKFILL, ASHA) == 200
    monkeypatch.setenv("CPSA_ADMINS", "omar")
    assert answer("PATCH", BACKFILL, OMAR) == 200
    assert answer("PATCH", BACKFILL, ASHA) == 403


def test_everything_else_is_left_to_airflow(answer) -> None:
    assert answer("GET", BACKFILL, OMAR) == 200
    assert answer("PATCH", DISPATCH, OMAR) == 200
    assert answer("PATCH", BACKFILL, None) == 200, "Airflow itself says who is not logged in"


def test_the_web_server_looks_at_every_answer() -> None:
    from airflow.plugins_manager import get_fastapi_plugins

    _, middlewares = get_fastapi_plugins()
    assert AdminAnswerMiddleware in [one["middleware"] for one in middlewares]


def test_with_the_simple_auth_manager_the_admins_are_assigned(monkeypatch) -> None:
    manager = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
    monkeypatch.setenv("AIRFLOW__CORE__AUTH_MANAGER", manager)
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "False")
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", "vera:VIEWER,omar:op,asha:admin")
    assert list_assigned_users(()) == [{"id": "asha", "name": "asha"}]
    assert list_assigned_users({"omar"}) == [{"id": "omar", "name": "omar"}]
    monkeypatch.setenv("AIRFLOW__CORE__AUTH_MANAGER", "airflow.providers.fab.FabAuthManager")
    assert list_assigned_users(()) == []
