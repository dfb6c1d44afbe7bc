"""The application: its routes, what surrounds them, and how it answers errors."""

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

from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.web.portal import error_pages
from cpsa.web.portal.error_pages import PageError
from cpsa.web.portal.form_token import FormTokens
from cpsa.web.portal.link_visit import PortalContext
from cpsa.web.portal.portal_pages import PortalPages
from cpsa.web.portal.rate_limits import RateLimiter, RateLimits
from cpsa.web.portal.request_guard import FaultHandler, RequestGuard, log_fault
from cpsa.web.portal.routes import (
    confirmation_routes,
    document_routes,
    form_routes,
    home_routes,
    receipt_routes,
    reply_routes,
    service_routes,
    upload_routes,
)

# Requests at work at once; each may use a connection, and the store's pool has fifteen.
_MAX_WORKERS = 12
_PAGES = {400: "bad_request", 404: "not_found", 405: "bad_method"}


def make_app(
    context: AppContext,
    now: Callable[[], datetime],
    limits: RateLimits | None = None,
    proxies: Container[str] = frozenset(),
) -> FastAPI:
    """The portal of a context; ``now`` is called once at the beginning of each request.

    ``proxies``: addresses of the front server.
    """
    address = urlsplit(context.settings.portal_url or "")
    root = address.path.rstrip("/")
    app = FastAPI(
        title="CPSA upload portal",
        description="Each agency's page, reached by its signed link.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # the description is for our tests; strangers need none
        redirect_slashes=False,  # it would lead to any Host, and down to http, with the link in it
        root_path=root,
        lifespan=_limit_workers,
    )
    app.state.portal = PortalContext(
        context=context,
        now=now,
        rates=RateLimiter(context.settings.portal_limits, limits or RateLimits()),
        pages=PortalPages(context.settings.templates, root),
        tokens=FormTokens(context.seal_key),
        root=root,
        secure=address.scheme == "https",
        proxies=proxies,
    )
    for part in (
        service_routes,
        home_routes,
        upload_routes,
        form_routes,
        receipt_routes,
        document_routes,
        confirmation_routes,
        reply_routes,
    ):
        app.include_router(part.router)
    app.add_exception_handler(PageError, _answer_page_error)
    app.add_exception_handler(RequestError, _answer_request_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(RequestValidationError, _answer_bad_number)
    app.add_middleware(FaultHandler, page=_answer_fault)
    app.add_middleware(RequestGuard)
    return app


@asynccontextmanager
async def _limit_workers(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _MAX_WORKERS
    yield


def _make_problem_page(
    request: Request,
    status: int,
    title: str,
    line: str,
    params: Mapping[str, object] = {},
) -> Response:
    """A page in the language of the visit, where there is one."""
    portal: PortalContext = request.app.state.portal
    visit = getattr(request.state, "visit", None)
    return portal.pages.problem(
        status,
        title,
        [(line, params)],
        visit.language if visit else None,
        visit.address() if visit else "",
    )


def _answer_page_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, PageError)
    answer = _make_problem_page(
        request, error.status, f"portal.{error.key}.title", f"portal.{error.key}.text", error.params
    )
    answer.headers.update(error.headers)
    return answer


def _answer_request_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    response = error_pages.find_error_response(error)
    if response is None:
        raise error
    if response.status >= 500:
        number = log_fault(error, request.scope)
        answer = _make_problem_page(
            request, response.status, response.title, "portal.fault.text", {"number": number}
        )
    else:
        answer = _make_problem_page(
            request, response.status, response.title, error.key, error.params
        )
    answer.headers.update(response.headers)
    return answer


def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    key = _PAGES.get(error.status_code, "bad_request")
    answer = _make_problem_page(
        request, error.status_code, f"portal.{key}.title", f"portal.{key}.text"
    )
    answer.headers.update(error.headers or {})
    return answer


def _answer_bad_number(request: Request, error: Exception) -> Response:
    return _make_problem_page(request, 422, "portal.not_found.title", "portal.not_found.text")


def _answer_fault(scope: Scope, number: str) -> Response:
    request, params = Request(scope), {"number": number}
    return _make_problem_page(request, 500, "portal.fault.title", "portal.fault.text", params)
