"""What a request to the board works with: the context, opened once a process, and the instant."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from typing import NamedTuple

from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment
from cpsa.web.board.board_pages import BoardPages
from cpsa_airflow.task_context import this_instant


class BoardContext(NamedTuple):
    """The context, the board's pages, and the instant of the request."""

    context: AppContext
    pages: BoardPages
    now: datetime


def open_board_context() -> BoardContext:
    """For one request; RequestError when there is no current store."""
    context, pages = _open_context_and_pages()
    return BoardContext(context, pages, this_instant())


@cache
def _open_context_and_pages() -> tuple[AppContext, BoardPages]:
    """Not before the first request: Airflow also loads plugins where there is no store."""
    settings = from_environment(os.environ)
    return AppContext.from_settings(settings), BoardPages(settings.templates)
