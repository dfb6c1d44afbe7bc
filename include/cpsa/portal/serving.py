"""Serves the portal with uvicorn: one process, one office.

What belongs here: the server's settings and its log. What must not: pages or routes.
"""

from __future__ import annotations

import logging.config
from collections.abc import Callable
from datetime import datetime

import uvicorn

from cpsa.cycle import Office
from cpsa.portal.app import make_app

# The server's own access log is off: it would hold the links, and whoever has a link may send.
_LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "cpsa.portal": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
_CONNECTIONS = 200


def serve(office: Office, now: Callable[[], datetime], host: str, port: int, proxy: str) -> None:
    """Serve until stopped. ``proxy``: addresses whose word on who the client is is taken."""
    logging.config.dictConfig(_LOG)
    uvicorn.run(
        make_app(office, now),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=True,
        forwarded_allow_ips=proxy,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=30,
    )
