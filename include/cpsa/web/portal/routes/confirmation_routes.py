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

from cpsa import signed_links
from cpsa.calendar import AnyPeriod, Quarter, parse_period
from cpsa.errors import RequestError
from cpsa.i18n.text import Text
from cpsa.intake.channels.channel import FileUse
from cpsa.services.collection.awaiting_arrivals import (
    ADDRESS,
    AwaitingArrival,
    load_awaiting_arrival,
)
from cpsa.services.collection.confirm_arrival import confirm_arrival
from cpsa.services.collection.refuse_arrival import refuse_arrival
from cpsa.services.collection.write_confirmation_letters import find_registered_reader
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.store.database import read_transaction
from cpsa.store.queries.awaiting_arrival_queries import REFUSED, REPLACED
from cpsa.web.portal.error_pages import PageError
from cpsa.web.portal.link_visit import LinkVisit, PortalContext, choose_language, read_link
from cpsa.web.portal.request_body import PostedForm, read_form
from cpsa.web.portal.request_guard import log_fault
from cpsa.web.portal.routes.response_docs import describe_form, describe_pages

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
        """Why it awaits confirmation, or what follows from how it was settled."""
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


@router.get("/a/{link}", response_class=HTMLResponse, responses=describe_pages())
def confirmation(link: str, request: Request) -> Response:
    """The file and the question; the outcome, where it is settled."""
    return _show_page(_open_visit(request, link))


@router.post(
    "/a/{link}",
    response_class=HTMLResponse,
    status_code=303,
    responses=describe_pages(s403="The form is none of ours.", s409="It was settled before."),
    openapi_extra=describe_form(["do"]),
)
async def settle(link: str, request: Request) -> Response:
    """Confirm or refuse the file."""
    sent = await read_form(request)
    return await run_in_threadpool(_settle, link, request, sent)


def _open_visit(request: Request, link: str) -> ConfirmationVisit:
    portal: PortalContext = request.app.state.portal
    holder = read_link(request, signed_links.ArrivalLink, link)
    found = load_awaiting_arrival(portal.context, int(holder.number))
    if found.row.party != holder.party:
        raise RequestError("links.unknown")
    with read_transaction(portal.context.engine) as connection:
        reader = find_registered_reader(portal.context, connection, found.row)
    own = reader.language if reader else portal.context.settings.language
    return ConfirmationVisit(
        portal=portal,
        request=request,
        link=link,
        arrival=found,
        name=_find_name(portal, found),
        own_language=own,
        language=choose_language(request, own),
        now=portal.now(),
    )


def _find_name(portal: PortalContext, found: AwaitingArrival) -> Text:
    context, row = portal.context, found.row
    if row.kind == FileUse.REPORT:
        department = context.reference.departments.get(row.party)
        return department.name if department else Text.untranslated(row.party)
    with read_transaction(context.engine) as connection:
        for agency in context.load_register(connection).agencies.itertuples(index=False):
            if agency.code == row.party:
                return Text(agency.name_en, agency.name_hi)
    return Text.untranslated(row.party)


def _settle(link: str, request: Request, sent: PostedForm) -> Response:
    visit = _open_visit(request, link)
    if not visit.is_own_form(sent):
        raise PageError(403, "form")
    context, number, now = visit.portal.context, visit.arrival.number, visit.now
    do = sent.fields.get("do", "")
    if not visit.arrival.waits:
        return _show_page(visit, 409)
    if do == "confirm" and visit.arrival.newer_at is not None:
        return _show_page(visit, 409)  # it came while the page was open: the page says so now
    if do in ("confirm", "replace"):
        confirm_arrival(context, number, now, ADDRESS, replaces_newer=do == "replace")
        _check_import(visit)
    elif do in ("refuse", "newer"):
        outcome = REPLACED if do == "newer" else REFUSED
        refuse_arrival(context, number, now, ADDRESS, outcome=outcome)
    else:
        raise PageError(400, "bad_request")
    return visit.redirect_to()


def _check_import(visit: ConfirmationVisit) -> None:
    """Check what was imported; what is not checked here is checked by the next run."""
    row = visit.arrival.row
    if row.kind != FileUse.UPDATE:
        return
    try:
        check_quarter(visit.portal.context, Quarter.parse(row.period), visit.now, [row.party])
    except Exception as error:
        log_fault(error, visit.request.scope)


def _show_page(visit: ConfirmationVisit, status: int = 200) -> Response:
    return visit.page("confirm", status, row=visit.arrival.row)
