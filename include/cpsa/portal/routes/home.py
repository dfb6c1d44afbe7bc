"""An agency's page: what it owes, what became of it, what to do next, and answers to warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa import cycle
from cpsa.cycle import Said
from cpsa.portal.body import Sent, read_form
from cpsa.portal.pages import Fault
from cpsa.portal.refusals import PageError
from cpsa.portal.routes.answers import form, pages
from cpsa.portal.telling import Told, tell
from cpsa.portal.visit import Entered, Visit

router = APIRouter()
_LONGEST_ANSWER = 2000


@router.get("/u/{link}", response_class=HTMLResponse, responses=pages())
def home(visit: Entered, again: str = "") -> Response:
    """The agency's page."""
    return show_home(visit, explained=bool(again))


@router.post(
    "/u/{link}/explain",
    response_class=HTMLResponse,
    status_code=303,
    responses=pages(s403="The form is none of ours.", s409="The warnings have changed."),
    openapi_extra=form([]),
)
async def explain(visit: Entered, request: Request) -> Response:
    """Keep what the agency says to its open warnings."""
    return await run_in_threadpool(_explain, visit, await read_form(request))


def _explain(visit: Visit, sent: Sent) -> Response:
    if not visit.is_ours(sent):
        raise PageError(403, "form")
    given = {name: text for name, text in sent.fields.items() if name.startswith("why.")}
    faults = [
        Fault(visit.words("portal.explain.too_long", most=_LONGEST_ANSWER), name)
        for name, text in given.items()
        if len(text) > _LONGEST_ANSWER
    ]
    said = [
        Said(rule, indicator, dimension, text)
        for (_, rule, indicator, dimension), text in (
            (name.split("."), text) for name, text in given.items() if name.count(".") == 3
        )
        if text.strip()
    ]
    if faults or not said:
        faults = faults or [Fault(visit.words("portal.explain.none"), "warnings")]
        return show_home(visit, 422, faults, given)
    cycle.explain(visit.office, visit.agency, visit.quarter, said, "portal", visit.now)
    return visit.on_to(anchor="said", again=True)


def show_home(
    visit: Visit,
    status: int = 200,
    faults: Sequence[Fault] = (),
    given: Mapping[str, str] = {},
    explained: bool = False,
) -> Response:
    """The page, with what was wrong with a form on it and what had been typed there."""
    return visit.page(
        "home",
        status,
        told=found(visit),
        faults=faults,
        given=given,
        explained=explained,
        longest=_LONGEST_ANSWER,
    )


def found(visit: Visit) -> list[Told]:
    """What was found in the newest update that was examined, and what is open beside it."""
    account = visit.account
    return tell(account.all_findings, visit.framework, visit.language, account.explained)
