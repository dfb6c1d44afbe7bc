"""Where Airflow's pages and the board are found, for links in forms and mails."""

from __future__ import annotations

from airflow.sdk.configuration import conf

BOARD = "/cpsa"


def airflow() -> str:
    """The address of Airflow's web server, without a stroke at its end."""
    return str(conf.get("api", "base_url", fallback="http://localhost:8080/")).rstrip("/")


def board() -> str:
    """The quarter board's."""
    return airflow() + BOARD
