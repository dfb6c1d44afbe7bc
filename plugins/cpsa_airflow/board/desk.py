"""What a request to the board has at hand: the office, opened once a process, and the hour."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from typing import NamedTuple

from cpsa.board import Pages
from cpsa.cycle import Office
from cpsa.settings import from_environment
from cpsa_airflow.context import this_instant


class Desk(NamedTuple):
    """The office, its pages, and the instant of the request."""

    office: Office
    pages: Pages
    now: datetime


def desk() -> Desk:
    """For one request; RequestError when there is no current store."""
    office, pages = _opened()
    return Desk(office, pages, this_instant())


@cache
def _opened() -> tuple[Office, Pages]:
    """Not before the first request: Airflow also loads plugins where there is no office."""
    settings = from_environment(os.environ)
    return Office.from_settings(settings), Pages(settings.templates)
