"""The plugin that puts the quarter board into Airflow's web server and its navigation.

Registration only. The application is in ``cpsa_airflow.board``; it is loaded by the web server
alone, since schedulers and workers load plugins as well and have no use for it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from cpsa_airflow.web_addresses import BOARD_PATH


class _LazyApp:
    """An application that is loaded with its first request."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            from cpsa_airflow.board.board_app import app

            self._app = app
        await self._app(scope, receive, send)


class CpsaBoardPlugin(AirflowPlugin):
    """Opens in a page of its own: a frame within Airflow may not lead back out to its pages.

    In the Browse menu, because Airflow draws a top-level entry as a button that opens nothing.
    """

    name = "cpsa_board"
    fastapi_apps: ClassVar = [
        {"name": "CPSA quarter board", "app": _LazyApp(), "url_prefix": BOARD_PATH}
    ]
    external_views: ClassVar = [
        {
            "name": "CPSA quarter board",
            "href": f"{BOARD_PATH}/",
            "destination": "nav",
            "category": "browse",
        }
    ]
