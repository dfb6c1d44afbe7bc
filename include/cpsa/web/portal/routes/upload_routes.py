"""Uploading a file: it is imported, checked at once, and answered with its findings and receipt."""

from __future__ import annotations

import secrets
from pathlib import PurePath

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa.errors import RequestError
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.file_guard.unwrap_zip import unwrap_zip
from cpsa.intake.readers.workbook.workbook_reader import SUFFIXES
from cpsa.services.collection.import_upload import import_upload
from cpsa.services.collection.upload_limits import require_room
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.service_results import IntakeResult
from cpsa.store.queries.arrival_queries import REFUSED
from cpsa.submissions.update import Unreadable
from cpsa.web.portal.agency_visit import AgencyVisit, Entered
from cpsa.web.portal.error_pages import PageError
from cpsa.web.portal.portal_pages import FormFault
from cpsa.web.portal.request_body import UPLOAD_BYTES, PostedForm, read_form
from cpsa.web.portal.request_guard import log_fault
from cpsa.web.portal.routes.home_routes import render_home
from cpsa.web.portal.routes.response_docs import describe_form, describe_pages

router = APIRouter()
ACCEPTED_SUFFIXES = (*SUFFIXES, ".csv")


@router.post(
    "/u/{link}/send",
    response_class=HTMLResponse,
    status_code=303,
    responses=describe_pages(
        s400="The body is no form.",
        s403="The form is none of ours, or the link has expired.",
        s408="The body stopped coming.",
        s413="The file is too large.",
        s422="There is no file, or of no kind we read.",
    ),
    openapi_extra=describe_form(["file"], file={"type": "string", "format": "binary"}),
)
async def send(visit: Entered, request: Request) -> Response:
    """Import a file and redirect to the page with its outcome."""
    return await run_in_threadpool(_send, visit, await read_form(request, UPLOAD_BYTES))


def _send(visit: AgencyVisit, sent: PostedForm) -> Response:
    if not visit.is_own_form(sent):
        raise PageError(403, "form")
    if fault := _find_unfit_reason(visit, sent):
        return render_home(visit, 422, [FormFault(fault, "file")])
    item = receive_upload(visit, sent.file_name, sent.content)
    return visit.redirect_to("sent", item.version, again=item.outcome == "repeat")


def _find_unfit_reason(visit: AgencyVisit, sent: PostedForm) -> str:
    """Why nothing can be received, shown at the field; the check reports all other problems."""
    if not sent.file_name:
        return visit.words("portal.upload.none")
    suffix = PurePath(sent.file_name).suffix.casefold()
    if sent.content and suffix in ACCEPTED_SUFFIXES:
        return ""
    why = inspect_file(unwrap_zip(sent.content))
    if not isinstance(why, Unreadable):
        return ""
    reason = visit.words(why.cause, **({"detail": why.detail} if why.detail else {}))
    return visit.words("portal.upload.unfit", reason=reason)


def receive_upload(visit: AgencyVisit, file_name: str, content: bytes) -> IntakeResult:
    """Import a file and check it. What is imported stays, even where the check fails.

    It arrived now, with its last byte, not when its page was requested. RequestError when the link
    has sent so much that nothing more is kept.
    """
    now = visit.portal.now()
    require_room(visit.context, visit.agency, visit.quarter, content, now)
    item = import_upload(
        visit.context, visit.agency, visit.quarter, file_name, content, secrets.token_hex(16), now
    )
    if item.outcome == REFUSED:
        raise RequestError(item.reason)  # a defect of ours: the file is kept, and the page says so
    try:
        check_quarter(visit.context, visit.quarter, now, [visit.agency])
    except Exception as error:
        # Its page says that it was received; check_updates examines it again.
        log_fault(error, visit.request.scope)
    return item
