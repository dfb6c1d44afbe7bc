"""Serves the portal with uvicorn: one process, one context.

What belongs here: the server's settings and its log. What must not: pages or routes, and what a
connection may do (``connections``).
"""

from __future__ import annotations

import logging.config
from collections.abc import Callable
from datetime import datetime

import uvicorn

from cpsa.services.app_context import AppContext
from cpsa.web.portal.connection_limits import (
    HEAD_BYTES,
    ConnectionLimits,
    Proxies,
    make_limited_protocol,
)
from cpsa.web.portal.portal_app import make_app

# The server's own access log is off: it would have the links, and anyone with a link may send.
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

_NOT_STARTED = 3  # such as a port that is taken; the log says why


def serve_portal(
    context: AppContext, now: Callable[[], datetime], host: str, port: int, proxy: str
) -> None:
    """Serve until stopped. ``proxy``: addresses that are trusted to name the client."""
    logging.config.dictConfig(_LOG)
    server = make_server(context, now, host, port, proxy)
    server.run()
    if not server.started:
        raise SystemExit(_NOT_STARTED)


def make_server(
    context: AppContext,
    now: Callable[[], datetime],
    host: str,
    port: int,
    proxy: str,
    limits: ConnectionLimits | None = None,
) -> uvicorn.Server:
    """The server of the portal, before it is started."""
    limits = limits or ConnectionLimits()
    proxies = Proxies(proxy)
    config = uvicorn.Config(
        make_app(context, now, proxies=proxies),
        host=host,
        port=port,
        http=make_limited_protocol(limits, proxies),
        h11_max_incomplete_event_size=HEAD_BYTES,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=True,
        forwarded_allow_ips=proxy,
        timeout_graceful_shutdown=30,
    )
    return uvicorn.Server(config)
