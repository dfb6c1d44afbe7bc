"""Who is an admin in Airflow, and that only admins answer an admin's question.

Airflow lets everybody answer who may answer at all, or a list of people by their number in its own
database, which a task cannot read. So the web server looks at the person before it takes the answer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from airflow.sdk.configuration import conf

from cpsa.i18n.catalogue import text
from cpsa.settings import from_environment

if TYPE_CHECKING:
    from airflow.sdk.execution_time.hitl import HITLUser

BACKFILL = "backfill_quarters"
ANSWER_PATH = re.compile(
    rf"/api/v2/dags/{BACKFILL}/dagRuns/[^/]+/taskInstances/[^/]+/[^/]+/hitlDetails/?$"
)
_ADMIN_ROLE = "admin"


class AdminAnswerMiddleware:
    """Refuses an answer to a backfill's question that does not come from an admin."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        app = self.app
        is_answer = scope["type"] == "http" and scope["method"] == "PATCH"
        if is_answer and ANSWER_PATH.search(scope["path"]):
            app = await self._choose_app(scope)
        await app(scope, receive, send)

    async def _choose_app(self, scope: Any) -> Any:
        """The application itself, or the answer that refuses."""
        from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
        from fastapi import HTTPException, Request
        from fastapi.responses import JSONResponse

        settings = from_environment(os.environ)
        request = Request(scope)
        try:
            user = await get_user(request, None, await bearer_scheme(request))
        except HTTPException:
            return self.app  # not logged in: Airflow itself says so
        if everybody_is_admin() or is_admin(user, settings.admins):
            return self.app
        refusal = text("backfill.only_admins", settings.language)
        return JSONResponse({"detail": refusal}, status_code=403)


def is_admin(user: Any, admin_names: Collection[str]) -> bool:
    """Whether a user is named in CPSA_ADMINS or, where it is blank, an Airflow admin."""
    if admin_names:
        return user.get_name() in admin_names
    roles = [getattr(role, "name", "") for role in getattr(user, "roles", None) or ()]
    return _ADMIN_ROLE in {str(role).lower() for role in (*roles, getattr(user, "role", None))}


def everybody_is_admin() -> bool:
    """Whether Airflow is set up so that each of its users is one, as in the demo."""
    return bool(conf.getboolean("core", "simple_auth_manager_all_admins", fallback=False))


def list_assigned_users(admin_names: Collection[str]) -> list[HITLUser]:
    """The admins as a question's assigned users, where a task can know them; else nobody.

    Only the simple auth manager's users are known by name alone, and are in its settings.
    """
    if "SimpleAuthManager" not in conf.get("core", "auth_manager", fallback=""):
        return []
    if everybody_is_admin():
        return []
    users = (pair.split(":") for pair in conf.getlist("core", "simple_auth_manager_users"))
    admins = [
        name
        for name, role in users
        if (name in admin_names if admin_names else role.lower() == _ADMIN_ROLE)
    ]
    return [{"id": name, "name": name} for name in admins]
