"""What surrounds every request: headers that keep pages safe, HEAD, and faults without a traceback.

Logged is what was asked for, without the link, and what was answered; never an address, a token, a
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


class Guard:
    """The outermost layer of the portal."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = scope["method"]
        inner = {**scope, "path": _plain_path(scope["path"])}
        if asked == "HEAD":
            inner["method"] = "GET"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                _LOG.info("%s %s %d", asked, route_of(inner), message["status"])
            elif asked == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(inner, receive, answer)


def _plain_path(path: str) -> str:
    """A link's path without slashes at its end: it is answered as it is, without a redirect."""
    return path.rstrip("/") if "/u/" in path else path


class Faults:
    """Turns a defect into a page with a number, and puts down where it happened."""

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
            _LOG.info("%s %s: the client went away", scope["method"], route_of(scope))
        except Exception as error:
            number = put_down(error, scope)
            if not begun:
                await self._page(scope, number)(scope, receive, send)


def put_down(error: BaseException, scope: Scope) -> str:
    """Log where a fault happened, without what was in it; the number by which it is found again."""
    number = secrets.token_hex(4).upper()
    _LOG.error("incident %s at %s %s\n%s", number, scope["method"], route_of(scope), _where(error))
    return number


def route_of(scope: Scope) -> str:
    """The address as it is declared, so without the link in it."""
    route = scope.get("route")
    return getattr(route, "path", "(no page)")


def _where(error: BaseException | None) -> str:
    """Kinds and places of an error and its causes; messages may hold what an agency wrote."""
    lines: list[str] = []
    while error is not None:
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-12:]
        ]
        error = error.__cause__ or error.__context__
    return "\n".join(lines)
