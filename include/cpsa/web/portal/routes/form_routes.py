"""Filling the form in the browser: checked without storing anything, or sent as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa.intake.readers.read_update import read_update
from cpsa.services.examination.submitted_figures import preview_with_figures
from cpsa.services.workbooks.build_template import build_blank_context, build_filled_template
from cpsa.services.workbooks.typed_values import (
    EntryRemark,
    collect_typed_values,
    find_entry_problems,
    load_newest_values,
)
from cpsa.submissions.figure_description import FigureOverview
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.update import Unreadable
from cpsa.template.filled_values import FilledValues
from cpsa.template.template_context import TemplateContext
from cpsa.web.portal.agency_visit import AgencyVisit, Entered
from cpsa.web.portal.finding_view import FindingView, make_finding_views
from cpsa.web.portal.form import form_view
from cpsa.web.portal.form.posted_values import read_posted_values as posted
from cpsa.web.portal.portal_pages import FormFault
from cpsa.web.portal.request_body import PostedForm, read_form
from cpsa.web.portal.routes.response_docs import describe_form, describe_pages
from cpsa.web.portal.routes.upload_routes import receive_upload

router = APIRouter()
_TO_CORRECT = (SubmissionState.RETURNED, SubmissionState.ACCEPTED)
_NOT_READ = (SubmissionState.UNREADABLE, SubmissionState.REJECTED)


@router.get("/u/{link}/fill", response_class=HTMLResponse, responses=describe_pages())
def fill(visit: Entered) -> Response:
    """The form, with the values that were sent last and their findings."""
    newest = visit.account.newest
    if newest is None or newest.state in _NOT_READ:
        return _show_form(visit, FilledValues(), fresh=True)
    context = _load_template_context(visit)
    typed = load_newest_values(visit.context, visit.account)
    found = (
        _make_views(visit, visit.account.findings, context, typed)
        if newest.state in _TO_CORRECT
        else []
    )
    returned = newest if newest.state == SubmissionState.RETURNED else None
    return _show_form(visit, typed, found, context=context, returned=returned, fresh=True)


@router.post(
    "/u/{link}/fill",
    response_class=HTMLResponse,
    responses=describe_pages(
        s303="Received; the next page shows the result.",
        s400="The body is no form.",
        s403="The form is none of ours, or the link has expired.",
        s408="The body stopped coming.",
        s413="The form is too large.",
        s422="Entries have to be corrected before the form can be sent.",
    ),
    openapi_extra=describe_form(
        [], do={"type": "string", "enum": ["check", "send", "language", "draft"]}
    ),
)
async def fill_in(visit: Entered, request: Request) -> Response:
    """Check what was typed, or send it."""
    return await run_in_threadpool(_fill_in, visit, await read_form(request))


def _fill_in(visit: AgencyVisit, sent: PostedForm) -> Response:
    context = _load_template_context(visit)
    typed = posted(context, sent.fields)
    if not visit.is_own_form(sent):
        # What was typed must not be lost because a page was open for long or cookies are off.
        fault = FormFault(visit.words("portal.form.text"))
        return _show_form(visit, typed, status=403, faults=[fault], context=context)
    do = sent.fields.get("do", "check")
    if do in ("language", "draft"):
        return _show_form(visit, typed, context=context)
    if do.startswith("more_"):
        return _show_form(visit, typed, context=context, more=do.removeprefix("more_"))
    problems = find_entry_problems(visit.context, visit.agency, visit.quarter, typed)
    content = build_filled_template(visit.context, visit.agency, visit.quarter, typed)
    name = f"{visit.agency}.xlsx"
    if do == "send" and not problems:
        return _import_form(visit, name, content)
    examined, figures = preview_with_figures(
        visit.context, visit.agency, visit.quarter, content, name, visit.language, visit.now
    )
    typed = _locate_rows(typed, content)
    return _show_form(
        visit,
        typed,
        _make_views(visit, examined.findings, context, typed),
        status=422 if problems and do == "send" else 200,
        problems=problems,
        checked="stopped" if do == "send" else examined.state,
        figures=figures,
        context=context,
    )


def _import_form(visit: AgencyVisit, name: str, content: bytes) -> Response:
    """Import the workbook; what has to be corrected is shown in the form again."""
    item = receive_upload(visit, name, content)
    if (
        item.outcome == "new"
        and visit.reload().find_version(item.version).state == SubmissionState.RETURNED
    ):
        return visit.redirect_to("fill", anchor="summary")
    return visit.redirect_to("sent", item.version, again=item.outcome == "repeat")


def _load_template_context(visit: AgencyVisit) -> TemplateContext:
    return build_blank_context(visit.context, visit.agency, visit.quarter)


def _locate_rows(typed: FilledValues, content: bytes) -> FilledValues:
    """The typed values with the rows of tables as they are in the workbook that was checked, and where."""
    if not typed.tables:
        return typed
    found = read_update(content)
    if isinstance(found, Unreadable):
        return typed
    made = collect_typed_values(found)
    return replace(typed, tables=made.tables, row_places=made.row_places)


def _make_views(
    visit: AgencyVisit,
    findings: Iterable[Finding],
    context: TemplateContext,
    typed: FilledValues,
) -> list[FindingView]:
    answers = visit.account.explained
    anchor = form_view.make_anchor_finder(context, typed)
    return make_finding_views(findings, visit.framework, visit.language, answers, anchor)


def _show_form(
    visit: AgencyVisit,
    typed: FilledValues,
    findings: Sequence[FindingView] = (),
    status: int = 200,
    problems: Sequence[EntryRemark] = (),
    faults: Sequence[FormFault] = (),
    context: TemplateContext | None = None,
    more: str = "",
    checked: str = "",
    returned: object = None,
    figures: FigureOverview | None = None,
    *,
    fresh: bool = False,
) -> Response:
    form = form_view.build_form_view(
        context or _load_template_context(visit), visit.words, typed, findings, problems, more
    )
    return visit.page(
        "fill",
        status,
        form=form,
        faults=[*faults, *form.faults],
        warnings=[finding for finding in findings if finding.kind == "warning"],
        checked=checked,
        returned=returned,
        figures=figures,
        fresh=fresh,
    )
