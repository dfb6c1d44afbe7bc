"""A visit of a department's recipient: who holds the link, and in which language they read.

What belongs here: what every page of a department needs before it does anything. What must not:
what any page shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from cpsa import links
from cpsa.bilingual import LANGUAGES, Text
from cpsa.calendar import HalfYear
from cpsa.cycle import Office
from cpsa.cycle.department_replies import seats_of
from cpsa.cycle.departments import present_code
from cpsa.errors import RequestError
from cpsa.links import DepartmentPass
from cpsa.portal.body import Sent
from cpsa.portal.form_token import COOKIE, FIELD
from cpsa.portal.pages import Words
from cpsa.portal.refusals import PageError
from cpsa.portal.visit import Portal
from cpsa.store.database import reading


@dataclass(frozen=True)
class DepartmentVisit:
    """One request of the holder of a department's link, at one instant."""

    portal: Portal
    request: Request
    link: str
    holder: DepartmentPass
    department: str
    name: Text
    own_language: str
    language: str
    now: datetime

    @property
    def office(self) -> Office:
        return self.portal.office

    @property
    def half(self) -> HalfYear:
        return HalfYear.parse(self.holder.half)

    @property
    def words(self) -> Words:
        return Words(self.language)

    @property
    def contact(self) -> str:
        return self.office.settings.mail_from

    @property
    def form_token(self) -> str:
        return self.portal.tokens.field(self.link)

    def address(self, *steps: object, language: str = "", again: bool = False) -> str:
        """The address of a page of this link, in the language of the visit or another."""
        language = language or self.language
        query = {"lang": language} if language != self.own_language else {}
        if again:
            query["again"] = "1"
        path = "/".join([f"{self.portal.root}/r/{self.link}", *map(str, steps)])
        return f"{path}?{urlencode(query)}" if query else path

    def page(self, name: str, status: int = 200, **content: object) -> Response:
        """A page of this visit, with the cookie that its forms need."""
        answer = self.portal.pages.page(name, self.language, status, visit=self, **content)
        answer.set_cookie(
            COOKIE,
            self.portal.tokens.cookie(self.link),
            path=f"{self.portal.root}/r/{self.link}",
            httponly=True,
            samesite="strict",
            secure=self.portal.secure,
        )
        return answer

    def on_to(self, *steps: object, again: bool = False) -> Response:
        """Look at another page: what was done is not done again by loading it again."""
        return RedirectResponse(self.address(*steps, again=again), 303)

    def is_ours(self, sent: Sent) -> bool:
        """Whether a form came from a page of this link."""
        cookie = self.request.cookies.get(COOKIE, "")
        return self.portal.tokens.hold(self.link, sent.fields.get(FIELD, ""), cookie)


def enter_department(request: Request, link: str) -> DepartmentVisit:
    """Let the holder of a link in; PageError or RequestError when there is no way."""
    portal: Portal = request.app.state.portal
    writes = request.method == "POST"
    address = request.client.host if request.client else ""
    _wait(portal.rates.of_address(address, writes))
    now = portal.now()
    holder = links.read(portal.office.seal_key, DepartmentPass, link, now)
    department = present_code(portal.office, holder.seat.partition(":")[0])
    known = portal.office.reference.departments.get(department)
    if known is None:
        raise RequestError("links.unknown")
    with reading(portal.office.engine) as connection:
        seats = {seat.id: seat.language for seat in seats_of(portal.office, connection)}
    own = seats.get(holder.seat, portal.office.settings.language)
    asked = request.query_params.get("lang", "")
    language = asked if asked in LANGUAGES else own
    visit = DepartmentVisit(
        portal, request, link, holder, department, known.name, own, language, now
    )
    request.state.visit = visit
    _wait(portal.rates.of_department(holder, writes))
    return visit


def _wait(seconds: int) -> None:
    if seconds:
        raise PageError(429, "too_often", {"Retry-After": str(seconds)}, seconds=seconds)


DepartmentEntered = Annotated[DepartmentVisit, Depends(enter_department)]
