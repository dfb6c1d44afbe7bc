"""The application: its routes, what surrounds them, and how errors leave it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Container, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from cpsa.cycle import Office
from cpsa.errors import RequestError
from cpsa.portal import refusals
from cpsa.portal.form_token import FormTokens
from cpsa.portal.guard import Faults, Guard, put_down
from cpsa.portal.link_visit import Portal
from cpsa.portal.pages import Pages
from cpsa.portal.rates import Limits, Rates
from cpsa.portal.refusals import PageError
from cpsa.portal.routes import (
    confirmations,
    documents,
    filling,
    home,
    receipts,
    replies,
    sending,
    service,
)

# Requests at work at once; each may hold a connection, and the store's pool has fifteen.
_AT_WORK = 12
_PAGES = {400: "bad_request", 404: "not_found", 405: "bad_method"}


def make_app(
    office: Office,
    now: Callable[[], datetime],
    limits: Limits | None = None,
    proxies: Container[str] = frozenset(),
) -> FastAPI:
    """The portal of an office; ``now`` is asked once at the beginning of each request.

    ``proxies``: addresses of the front server.
    """
    address = urlsplit(office.settings.portal_url or "")
    root = address.path.rstrip("/")
    app = FastAPI(
        title="CPSA upload portal",
        description="Each agency's page, reached by its signed link.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # the description is for our tests; strangers need none
        redirect_slashes=False,  # it would lead to any Host, and down to http, with the link in it
        root_path=root,
        lifespan=_few_at_once,
    )
    app.state.portal = Portal(
        office=office,
        now=now,
        rates=Rates(office.settings.portal_limits, limits or Limits()),
        pages=Pages(office.settings.templates, root),
        tokens=FormTokens(office.seal_key),
        root=root,
        secure=address.scheme == "https",
        proxies=proxies,
    )
    for part in (service, home, sending, filling, receipts, documents, confirmations, replies):
        app.include_router(part.router)
    app.add_exception_handler(PageError, _refused)
    app.add_exception_handler(RequestError, _wrong_request)
    app.add_exception_handler(HTTPException, _no_such_page)
    app.add_exception_handler(RequestValidationError, _no_such_number)
    app.add_middleware(Faults, page=_fault)
    app.add_middleware(Guard)
    return app


@asynccontextmanager
async def _few_at_once(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _AT_WORK
    yield


def _problem(
    request: Request,
    status: int,
    title: str,
    line: str,
    params: Mapping[str, object] = {},
) -> Response:
    """A page in the language of the visit, where there is one."""
    portal: Portal = request.app.state.portal
    visit = getattr(request.state, "visit", None)
    return portal.pages.problem(
        status,
        title,
        [(line, params)],
        visit.language if visit else None,
        visit.address() if visit else "",
    )


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, PageError)
    answer = _problem(
        request, error.status, f"portal.{error.key}.title", f"portal.{error.key}.text", error.params
    )
    answer.headers.update(error.headers)
    return answer


def _wrong_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    kind = refusals.kind_of(error)
    if kind is None:
        raise error
    if kind.status >= 500:
        number = put_down(error, request.scope)
        answer = _problem(request, kind.status, kind.title, "portal.fault.text", {"number": number})
    else:
        answer = _problem(request, kind.status, kind.title, error.key, error.params)
    answer.headers.update(kind.headers)
    return answer


def _no_such_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    key = _PAGES.get(error.status_code, "bad_request")
    answer = _problem(request, error.status_code, f"portal.{key}.title", f"portal.{key}.text")
    answer.headers.update(error.headers or {})
    return answer


def _no_such_number(request: Request, error: Exception) -> Response:
    return _problem(request, 422, "portal.not_found.title", "portal.not_found.text")


def _fault(scope: Scope, number: str) -> Response:
    request, said = Request(scope), {"number": number}
    return _problem(request, 500, "portal.fault.title", "portal.fault.text", said)
