"""The page on which a registered address says whether it sent a file that came by mail.

Opening it changes nothing, since programs that look for harm open every link of a mail: only a form
of this page settles anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa import cycle, links
from cpsa.bilingual import Text
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
from cpsa.portal.guard import put_down
from cpsa.portal.link_visit import LinkVisit, Portal, chosen_language, read_link
from cpsa.portal.refusals import PageError
from cpsa.portal.routes.answers import form, pages
from cpsa.store.awaiting_arrivals import REFUSED, REPLACED
from cpsa.store.database import reading

router = APIRouter()


@dataclass(frozen=True)
class ConfirmationVisit(LinkVisit):
    """One request of the holder of a link about an arrival. ``name``: of the agency or department."""

    STEP: ClassVar[str] = "a"

    arrival: AwaitingArrival
    name: Text

    @property
    def period(self) -> AnyPeriod | None:
        period = self.arrival.row.period
        return parse_period(period) if period else None

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
    holder = read_link(request, links.ArrivalLink, link)
    found = awaiting_arrival(portal.office, int(holder.number))
    if found.row.party != holder.party:
        raise RequestError("links.unknown")
    with reading(portal.office.engine) as connection:
        reader = registered_reader(portal.office, connection, found.row)
    own = reader.language if reader else portal.office.settings.language
    return ConfirmationVisit(
        portal=portal,
        request=request,
        link=link,
        arrival=found,
        name=_name(portal, found),
        own_language=own,
        language=chosen_language(request, own),
        now=portal.now(),
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
    return visit.on_to()


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
    return visit.page("confirm", status, row=visit.arrival.row)
