"""Uploading a file: it is imported, checked at once, and answered with its findings and receipt."""

from __future__ import annotations

import secrets
from pathlib import PurePath

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa import cycle
from cpsa.collect import door, workbook
from cpsa.collect.update import Unreadable
from cpsa.cycle.results import IntakeResult
from cpsa.cycle.upload_limits import require_room
from cpsa.errors import RequestError
from cpsa.portal.body import UPLOAD_BYTES, PostedForm, read_form
from cpsa.portal.guard import log_fault
from cpsa.portal.pages import FormFault
from cpsa.portal.refusals import PageError
from cpsa.portal.routes.answers import describe_form, describe_pages
from cpsa.portal.routes.home import render_home
from cpsa.portal.visit import AgencyVisit, Entered
from cpsa.store.arrivals import REFUSED

router = APIRouter()
ACCEPTED_SUFFIXES = (*workbook.SUFFIXES, ".csv")


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
    why = door.inspect_file(door.unwrap_zip(sent.content))
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
    item = cycle.import_upload(
        visit.context, visit.agency, visit.quarter, file_name, content, secrets.token_hex(16), now
    )
    if item.outcome == REFUSED:
        raise RequestError(item.reason)  # a defect of ours: the file is kept, and the page says so
    try:
        cycle.check_quarter(visit.context, visit.quarter, now, [visit.agency])
    except Exception as error:
        # Its page says that it was received; check_updates examines it again.
        log_fault(error, visit.request.scope)
    return item
