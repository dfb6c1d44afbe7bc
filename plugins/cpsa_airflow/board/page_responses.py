"""What every page of the board is made with: the request's context, its language, headers.

What must not go here: addresses.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import HTMLResponse

from cpsa.i18n.text import select_language
from cpsa_airflow.board.request_context import BoardContext, open_board_context
from cpsa_airflow.web_addresses import BOARD_PATH

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}

BoardContextDep = Annotated[BoardContext, Depends(open_board_context)]


def get_language(request: Request) -> str:
    """The language of the query, else that of the settings."""
    return select_language(
        request.query_params.get("language", ""), open_board_context().context.settings.language
    )


LanguageDep = Annotated[str, Depends(get_language)]


def get_root(request: Request) -> str:
    return str(request.scope.get("root_path", "").rstrip("/"))


def get_airflow_root(request: Request) -> str:
    """Where Airflow's own pages are: this board is mounted below them."""
    return get_root(request).removesuffix(BOARD_PATH)


def make_page(
    request: Request,
    board_context: BoardContext,
    name: str,
    language: str,
    status: int = 200,
    **content: object,
) -> HTMLResponse:
    html = board_context.pages.page(
        name, language, root=get_root(request), airflow=get_airflow_root(request), **content
    )
    return HTMLResponse(html, status, headers=HEADERS)
