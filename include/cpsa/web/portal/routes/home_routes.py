"""An agency's page: its due date, the state of its update, the next step, and explanations of warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.web.portal.agency_visit import AgencyVisit, Entered
from cpsa.web.portal.error_pages import PageError
from cpsa.web.portal.finding_view import FindingView, make_finding_views
from cpsa.web.portal.portal_pages import FormFault
from cpsa.web.portal.request_body import PostedForm, read_form
from cpsa.web.portal.routes.response_docs import describe_form, describe_pages

router = APIRouter()
_MAX_ANSWER_LENGTH = 2000


@router.get("/u/{link}", response_class=HTMLResponse, responses=describe_pages())
def home(visit: Entered, again: str = "") -> Response:
    """The agency's page."""
    return render_home(visit, explained=bool(again))


@router.post(
    "/u/{link}/explain",
    response_class=HTMLResponse,
    status_code=303,
    responses=describe_pages(s403="The form is none of ours.", s409="The warnings have changed."),
    openapi_extra=describe_form([]),
)
async def explain(visit: Entered, request: Request) -> Response:
    """Record the agency's explanations of its open warnings."""
    return await run_in_threadpool(_explain, visit, await read_form(request))


def _explain(visit: AgencyVisit, sent: PostedForm) -> Response:
    if not visit.is_own_form(sent):
        raise PageError(403, "form")
    given = {name: text for name, text in sent.fields.items() if name.startswith("why.")}
    faults = [
        FormFault(visit.words("portal.explain.too_long", most=_MAX_ANSWER_LENGTH), name)
        for name, text in given.items()
        if len(text) > _MAX_ANSWER_LENGTH
    ]
    explanations = [
        WarningAnswer(rule, indicator, dimension, text)
        for (_, rule, indicator, dimension), text in (
            (name.split("."), text) for name, text in given.items() if name.count(".") == 3
        )
        if text.strip()
    ]
    if faults or not explanations:
        faults = faults or [FormFault(visit.words("portal.explain.none"), "warnings")]
        return render_home(visit, 422, faults, given)
    explain_warnings(visit.context, visit.agency, visit.quarter, explanations, "portal", visit.now)
    return visit.redirect_to(anchor="said", again=True)


def render_home(
    visit: AgencyVisit,
    status: int = 200,
    faults: Sequence[FormFault] = (),
    given: Mapping[str, str] = {},
    *,
    explained: bool = False,
) -> Response:
    """The page, with what was wrong with a form on it and what had been typed there."""
    return visit.page(
        "home",
        status,
        findings=list_newest_findings(visit),
        faults=faults,
        given=given,
        explained=explained,
        longest=_MAX_ANSWER_LENGTH,
    )


def list_newest_findings(visit: AgencyVisit) -> list[FindingView]:
    """The findings of the newest examined update, and other open ones."""
    account = visit.account
    return make_finding_views(
        account.all_findings, visit.framework, visit.language, account.explained
    )
