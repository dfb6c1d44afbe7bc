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

from cpsa import links
from cpsa.bilingual import LANGUAGES
from cpsa.cycle import Office
from cpsa.portal.body import Sent
from cpsa.portal.form_token import COOKIE, FIELD, FormTokens
from cpsa.portal.pages import Pages, Words
from cpsa.portal.rates import Rates
from cpsa.portal.refusals import PageError


@dataclass(frozen=True)
class Portal:
    """What the process has once: the office, the clock, the limits, the pages."""

    office: Office
    now: Callable[[], datetime]
    rates: Rates
    pages: Pages
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

    portal: Portal
    request: Request
    link: str
    own_language: str
    language: str
    now: datetime

    @property
    def office(self) -> Office:
        return self.portal.office

    @property
    def words(self) -> Words:
        return Words(self.language)

    @property
    def contact(self) -> str:
        return self.office.settings.mail_from

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

    def on_to(self, *steps: object, anchor: str = "", again: bool = False) -> Response:
        """Lead to another page: what was done is not done again by loading it again."""
        address = self.address(*steps, again=again)
        return RedirectResponse(f"{address}#{anchor}" if anchor else address, 303)

    def is_ours(self, sent: Sent) -> bool:
        """Whether a form came from a page of this link."""
        cookie = self.request.cookies.get(COOKIE, "")
        return self.portal.tokens.hold(self.link, sent.fields.get(FIELD, ""), cookie)


def read_link(request: Request, kind: type[links.Kind], link: str) -> links.Kind:
    """What a link allows its holder; PageError for an address that asks too often, RequestError for
    a link that is unknown or has ended."""
    portal: Portal = request.app.state.portal
    address = request.client.host if request.client else ""
    require_patience(portal.rates.of_address(address, request.method == "POST"))
    return links.read(portal.office.seal_key, kind, link, portal.now())


def require_patience(seconds: int) -> None:
    """PageError where one has to wait so many seconds before the next request."""
    if seconds:
        raise PageError(429, "too_often", {"Retry-After": str(seconds)}, seconds=seconds)


def chosen_language(request: Request, own_language: str) -> str:
    """The language that the address asks for, else the holder's own."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else own_language
