"""What the requests of every holder of a link have in common: addresses, language, cookie, limits.

What must not go here: what an agency, a department or a registered address is shown or may do.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from cpsa import signed_links
from cpsa.i18n.text import select_language
from cpsa.services.app_context import AppContext
from cpsa.web.portal.error_pages import PageError
from cpsa.web.portal.form_token import COOKIE, FIELD, FormTokens
from cpsa.web.portal.portal_pages import PortalPages, PortalText
from cpsa.web.portal.rate_limits import RateLimiter
from cpsa.web.portal.request_body import PostedForm


@dataclass(frozen=True)
class PortalContext:
    """What the process has once: the context, the clock, the limits, the pages."""

    context: AppContext
    now: Callable[[], datetime]
    rates: RateLimiter
    pages: PortalPages
    tokens: FormTokens
    root: str
    secure: bool  # whether browsers reach us by https
    proxies: Container[str] = frozenset()  # addresses of the front server


@dataclass(frozen=True)
class LinkVisit:
    """One request of the holder of a link, at one instant.

    ``STEP`` is the first step of the link's addresses. ``own_language``: the holder's by the
    register; ``language``: the one in which this page is shown.
    """

    STEP: ClassVar[str]

    portal: PortalContext
    request: Request
    link: str
    own_language: str
    language: str
    now: datetime

    @property
    def context(self) -> AppContext:
        return self.portal.context

    @property
    def words(self) -> PortalText:
        return PortalText(self.language)

    @property
    def contact(self) -> str:
        return self.context.settings.mail_from

    @property
    def form_token(self) -> str:
        return self.portal.tokens.field(self.link)

    @property
    def path(self) -> str:
        """The path of this link's pages."""
        return f"{self.portal.root}/{self.STEP}/{self.link}"

    def address(self, *steps: object, language: str = "", again: bool = False) -> str:
        """The address of a page of this link, in the language of the visit or another."""
        language = language or self.language
        query = {"lang": language} if language != self.own_language else {}
        if again:
            query["again"] = "1"
        path = "/".join([self.path, *map(str, steps)])
        return f"{path}?{urlencode(query)}" if query else path

    def page(self, name: str, status: int = 200, **content: object) -> Response:
        """A page of this visit, with the cookie that its forms need."""
        answer = self.portal.pages.page(name, self.language, status, visit=self, **content)
        answer.set_cookie(
            COOKIE,
            self.portal.tokens.cookie(self.link),
            path=self.path,
            httponly=True,
            samesite="strict",
            secure=self.portal.secure,
        )
        return answer

    def redirect_to(self, *steps: object, anchor: str = "", again: bool = False) -> Response:
        """Redirect to another page: reloading it does not repeat what was done."""
        address = self.address(*steps, again=again)
        return RedirectResponse(f"{address}#{anchor}" if anchor else address, 303)

    def is_own_form(self, sent: PostedForm) -> bool:
        """Whether a form came from a page of this link."""
        cookie = self.request.cookies.get(COOKIE, "")
        return self.portal.tokens.are_valid(self.link, sent.fields.get(FIELD, ""), cookie)


def read_link(
    request: Request, kind: type[signed_links.LinkType], link: str
) -> signed_links.LinkType:
    """What a link allows its holder; PageError for an address with too many requests, RequestError for
    a link that is unknown or has ended."""
    portal: PortalContext = request.app.state.portal
    address = request.client.host if request.client else ""
    refuse_if_too_often(portal.rates.check_address(address, writes=request.method == "POST"))
    return signed_links.verify_link(portal.context.seal_key, kind, link, portal.now())


def refuse_if_too_often(seconds: int) -> None:
    """PageError where the client has to wait so many seconds before the next request."""
    if seconds:
        raise PageError(429, "too_often", {"Retry-After": str(seconds)}, seconds=seconds)


def choose_language(request: Request, own_language: str) -> str:
    """The language that the address asks for, else the holder's own."""
    return select_language(request.query_params.get("lang", ""), own_language)
