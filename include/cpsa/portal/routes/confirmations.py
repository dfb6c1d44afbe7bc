"""The page on which a registered address says whether it sent a file that came by mail.

Opening it changes nothing, since programs that look for harm open every link of a mail: only a form
of this page settles anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from cpsa import cycle, links
from cpsa.bilingual import LANGUAGES, Text
from cpsa.calendar import AnyPeriod, Quarter, parse_period
from cpsa.collect.channels.channel import FileUse
from cpsa.cycle.confirm_arrival import (
    ADDRESS,
    AwaitingArrival,
    awaiting_arrival,
    confirm_arrival,
    refuse_arrival,
)
from cpsa.cycle.confirmation_letters import registered_reader
from cpsa.errors import RequestError
from cpsa.portal.body import Sent, read_form
from cpsa.portal.form_token import COOKIE, FIELD
from cpsa.portal.guard import put_down
from cpsa.portal.pages import Words
from cpsa.portal.refusals import PageError
from cpsa.portal.routes.answers import form, pages
from cpsa.portal.visit import Portal
from cpsa.store.awaiting_arrivals import REFUSED, REPLACED
from cpsa.store.database import reading

router = APIRouter()


@dataclass(frozen=True)
class ConfirmationVisit:
    """One request of the holder of a link about an arrival. ``name``: of the agency or department."""

    portal: Portal
    request: Request
    link: str
    arrival: AwaitingArrival
    name: Text
    language: str
    own_language: str
    now: datetime = field(compare=False)

    @property
    def period(self) -> AnyPeriod | None:
        period = self.arrival.row.period
        return parse_period(period) if period else None

    @property
    def contact(self) -> str:
        return self.portal.office.settings.mail_from

    @property
    def form_token(self) -> str:
        return self.portal.tokens.field(self.link)

    @property
    def path(self) -> str:
        return f"{self.portal.root}/a/{self.link}"

    @property
    def title(self) -> str:
        settled = f"portal.confirm.settled.{self.arrival.row.outcome}"
        return self.words("portal.confirm.title" if self.arrival.waits else settled)

    @property
    def explanation(self) -> str:
        """Why it waits, or what follows from how it was settled."""
        row = self.arrival.row
        if self.arrival.waits:
            return self.words(f"portal.confirm.why.{row.reason}")
        return self.words(f"portal.confirm.next.{row.outcome}")

    @property
    def kind(self) -> str:
        return self.words(f"portal.confirm.kind.{self.arrival.row.kind}")

    @property
    def newer(self) -> str:
        """That a newer file counts; blank where none does."""
        if self.arrival.newer_at is None:
            return ""
        at = self.words.moment(self.arrival.newer_at)
        return self.words(f"portal.confirm.newer.{self.arrival.row.kind}", at=at)

    @property
    def words(self) -> Words:
        return Words(self.language)

    def address(self, language: str = "") -> str:
        """The address of this page, in the language of the visit or another."""
        language = language or self.language
        return f"{self.path}?lang={language}" if language != self.own_language else self.path

    def is_ours(self, sent: Sent) -> bool:
        cookie = self.request.cookies.get(COOKIE, "")
        return self.portal.tokens.hold(self.link, sent.fields.get(FIELD, ""), cookie)


@router.get("/a/{link}", response_class=HTMLResponse, responses=pages())
def confirmation(link: str, request: Request) -> Response:
    """The file and the question; what became of it, where that is settled."""
    return _page(_enter(request, link))


@router.post(
    "/a/{link}",
    response_class=HTMLResponse,
    status_code=303,
    responses=pages(s403="The form is none of ours.", s409="It was settled before."),
    openapi_extra=form(["do"]),
)
async def settle(link: str, request: Request) -> Response:
    """Confirm or refuse the file."""
    sent = await read_form(request)
    return await run_in_threadpool(_settle, link, request, sent)


def _enter(request: Request, link: str) -> ConfirmationVisit:
    portal: Portal = request.app.state.portal
    address = request.client.host if request.client else ""
    if seconds := portal.rates.of_address(address, request.method == "POST"):
        raise PageError(429, "too_often", {"Retry-After": str(seconds)}, seconds=seconds)
    now = portal.now()
    holder = links.read(portal.office.seal_key, links.ArrivalLink, link, now)
    found = awaiting_arrival(portal.office, int(holder.number))
    if found.row.party != holder.party:
        raise RequestError("links.unknown")
    with reading(portal.office.engine) as connection:
        reader = registered_reader(portal.office, connection, found.row)
    own = reader.language if reader else portal.office.settings.language
    asked = request.query_params.get("lang", "")
    return ConfirmationVisit(
        portal=portal,
        request=request,
        link=link,
        arrival=found,
        name=_name(portal, found),
        language=asked if asked in LANGUAGES else own,
        own_language=own,
        now=now,
    )


def _name(portal: Portal, found: AwaitingArrival) -> Text:
    office, row = portal.office, found.row
    if row.kind == FileUse.REPORT:
        department = office.reference.departments.get(row.party)
        return department.name if department else Text(row.party, row.party)
    with reading(office.engine) as connection:
        for agency in office.roll(connection).agencies.itertuples(index=False):
            if agency.code == row.party:
                return Text(agency.name_en, agency.name_hi)
    return Text(row.party, row.party)


def _settle(link: str, request: Request, sent: Sent) -> Response:
    visit = _enter(request, link)
    if not visit.is_ours(sent):
        raise PageError(403, "form")
    office, number, now = visit.portal.office, visit.arrival.number, visit.now
    do = sent.fields.get("do", "")
    if not visit.arrival.waits:
        return _page(visit, 409)
    if do == "confirm" and visit.arrival.newer_at is not None:
        return _page(visit, 409)  # it came while the page was open: the page says so now
    if do in ("confirm", "replace"):
        confirm_arrival(office, number, now, ADDRESS, replaces_newer=do == "replace")
        _check(visit)
    elif do in ("refuse", "newer"):
        outcome = REPLACED if do == "newer" else REFUSED
        refuse_arrival(office, number, now, ADDRESS, outcome=outcome)
    else:
        raise PageError(400, "bad_request")
    return RedirectResponse(visit.address(), 303)


def _check(visit: ConfirmationVisit) -> None:
    """Check what was imported; what is not checked here is checked by the next run."""
    row = visit.arrival.row
    if row.kind != FileUse.UPDATE:
        return
    try:
        cycle.check(visit.portal.office, Quarter.parse(row.period), visit.now, [row.party])
    except Exception as error:
        put_down(error, visit.request.scope)


def _page(visit: ConfirmationVisit, status: int = 200) -> Response:
    answer = visit.portal.pages.page(
        "confirm", visit.language, status, visit=visit, row=visit.arrival.row
    )
    answer.set_cookie(
        COOKIE,
        visit.portal.tokens.cookie(visit.link),
        path=visit.path,
        httponly=True,
        samesite="strict",
        secure=visit.portal.secure,
    )
    return answer
