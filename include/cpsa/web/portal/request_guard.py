"""What surrounds every request: headers that keep pages safe, HEAD, and faults without a traceback.

The log has the requested route, without the link, and the status; never an address, a token, a
file name or anything that an agency wrote.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger("cpsa.portal")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class RequestGuard:
    """The outermost layer of the portal."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        inner = {**scope, "path": _strip_slashes(scope["path"])}
        if method == "HEAD":
            inner["method"] = "GET"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                _LOG.info("%s %s %d", method, find_route(inner), message["status"])
            elif method == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(inner, receive, answer)


def _strip_slashes(path: str) -> str:
    """A link's path without slashes at its end: it is answered as it is, without a redirect."""
    return path.rstrip("/") if "/u/" in path else path


class FaultHandler:
    """Turns a defect into a page with a number, and logs where it happened."""

    def __init__(self, app: ASGIApp, page: Callable[[Scope, str], Response]) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            _LOG.info("%s %s: the client went away", scope["method"], find_route(scope))
        except Exception as error:
            number = log_fault(error, scope)
            if not begun:
                await self._page(scope, number)(scope, receive, send)


def log_fault(error: BaseException, scope: Scope) -> str:
    """Log where a fault happened, without its message; return the number by which it is found."""
    number = secrets.token_hex(4).upper()
    _LOG.error(
        "incident %s at %s %s\n%s",
        number,
        scope["method"],
        find_route(scope),
        _describe_error(error),
    )
    return number


def find_route(scope: Scope) -> str:
    """The declared route of a request, so without the link in it."""
    route = scope.get("route")
    return getattr(route, "path", "(no page)")


def _describe_error(error: BaseException | None) -> str:
    """Types and places of an error and its causes, without messages: they may quote what an agency wrote."""
    lines: list[str] = []
    while error is not None:
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-12:]
        ]
        error = error.__cause__ or error.__context__
    return "\n".join(lines)
