"""Filling the form in the browser: checked without storing anything, or sent as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa import cycle
from cpsa.collect.template import Context, Filled
from cpsa.portal.body import Sent, read_form
from cpsa.portal.filling import view
from cpsa.portal.filling.entries import Problem
from cpsa.portal.filling.posted import filled as posted
from cpsa.portal.pages import Fault
from cpsa.portal.routes.answers import form, pages
from cpsa.portal.routes.sending import take
from cpsa.portal.telling import Told, tell
from cpsa.portal.visit import Entered, Visit
from cpsa.submissions.figures_read import FiguresRead
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import SubmissionState

router = APIRouter()
_TO_MEND = (SubmissionState.RETURNED, SubmissionState.ACCEPTED)
_NOT_READ = (SubmissionState.UNREADABLE, SubmissionState.REJECTED)


@router.get("/u/{link}/fill", response_class=HTMLResponse, responses=pages())
def fill(visit: Entered) -> Response:
    """The form, with what was sent last and what was found in it."""
    newest = visit.account.newest
    if newest is None or newest.state in _NOT_READ:
        return _show(visit, Filled(), fresh=True)
    context = _context(visit)
    found = _tell(visit, visit.account.findings, context) if newest.state in _TO_MEND else []
    returned = newest if newest.state == SubmissionState.RETURNED else None
    typed = cycle.typed(visit.office, newest)
    return _show(visit, typed, found, context=context, returned=returned, fresh=True)


@router.post(
    "/u/{link}/fill",
    response_class=HTMLResponse,
    responses=pages(
        s303="Taken in; the next page says what became of it.",
        s400="The body is no form.",
        s403="The form is none of ours, or the link has expired.",
        s408="The body stopped coming.",
        s413="The form is too large.",
        s422="Entries have to be mended before the form can be sent.",
    ),
    openapi_extra=form([], do={"type": "string", "enum": ["check", "send", "language", "draft"]}),
)
async def fill_in(visit: Entered, request: Request) -> Response:
    """Check what was typed, or send it."""
    return await run_in_threadpool(_fill_in, visit, await read_form(request))


def _fill_in(visit: Visit, sent: Sent) -> Response:
    context = _context(visit)
    typed = posted(context, sent.fields)
    if not visit.is_ours(sent):
        # What was typed must not be lost because a page was open for long or cookies are off.
        fault = Fault(visit.words("portal.form.text"))
        return _show(visit, typed, status=403, faults=[fault], context=context)
    do = sent.fields.get("do", "check")
    if do in ("language", "draft"):
        return _show(visit, typed, context=context)
    if do.startswith("more_"):
        return _show(visit, typed, context=context, more=do.removeprefix("more_"))
    problems = cycle.entry_problems(visit.office, visit.agency, visit.quarter, typed)
    content = cycle.filled_template(visit.office, visit.agency, visit.quarter, typed)
    name = f"{visit.agency}.xlsx"
    if do == "send" and not problems:
        return _keep(visit, name, content)
    examined, figures = cycle.preview_with_figures(
        visit.office, visit.agency, visit.quarter, content, name, visit.language
    )
    return _show(
        visit,
        typed,
        _tell(visit, examined.findings, context),
        status=422 if problems and do == "send" else 200,
        problems=problems,
        checked="stopped" if do == "send" else examined.state,
        figures=figures,
        context=context,
    )


def _keep(visit: Visit, name: str, content: bytes) -> Response:
    """Take the workbook in; what has to be mended is shown in the form again."""
    item = take(visit, name, content)
    if (
        item.outcome == "new"
        and visit.again().version(item.version).state == SubmissionState.RETURNED
    ):
        return visit.on_to("fill", anchor="summary")
    return visit.on_to("sent", item.version, again=item.outcome == "repeat")


def _context(visit: Visit) -> Context:
    return cycle.template_context(visit.office, visit.agency, visit.quarter, Filled())


def _tell(visit: Visit, findings: Iterable[Finding], context: Context) -> list[Told]:
    answers = visit.account.explained
    return tell(findings, visit.framework, visit.language, answers, view.anchors(context))


def _show(
    visit: Visit,
    typed: Filled,
    told: Sequence[Told] = (),
    status: int = 200,
    problems: Sequence[Problem] = (),
    faults: Sequence[Fault] = (),
    context: Context | None = None,
    more: str = "",
    checked: str = "",
    returned: object = None,
    figures: FiguresRead | None = None,
    fresh: bool = False,
) -> Response:
    form = view.build(context or _context(visit), visit.words, typed, told, problems, more)
    return visit.page(
        "fill",
        status,
        form=form,
        faults=[*faults, *form.faults],
        warnings=[one for one in told if one.kind == "warning"],
        checked=checked,
        returned=returned,
        figures=figures,
        fresh=fresh,
    )
