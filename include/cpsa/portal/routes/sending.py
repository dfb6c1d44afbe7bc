"""Uploading a file: it is taken in, checked at once, and answered with its findings and receipt."""

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
from cpsa.cycle.results import Item
from cpsa.cycle.upload_limits import require_room
from cpsa.errors import RequestError
from cpsa.portal.body import UPLOAD_BYTES, Sent, read_form
from cpsa.portal.guard import put_down
from cpsa.portal.pages import Fault
from cpsa.portal.refusals import PageError
from cpsa.portal.routes.answers import form, pages
from cpsa.portal.routes.home import show_home
from cpsa.portal.visit import Entered, Visit
from cpsa.store.arrivals import REFUSED

router = APIRouter()
SUFFIXES = (*workbook.SUFFIXES, ".csv")


@router.post(
    "/u/{link}/send",
    response_class=HTMLResponse,
    status_code=303,
    responses=pages(
        s400="The body is no form.",
        s403="The form is none of ours, or the link has expired.",
        s408="The body stopped coming.",
        s413="The file is too large.",
        s422="There is no file, or of no kind we read.",
    ),
    openapi_extra=form(["file"], file={"type": "string", "format": "binary"}),
)
async def send(visit: Entered, request: Request) -> Response:
    """Take a file in and look at the page that says what became of it."""
    return await run_in_threadpool(_send, visit, await read_form(request, UPLOAD_BYTES))


def _send(visit: Visit, sent: Sent) -> Response:
    if not visit.is_ours(sent):
        raise PageError(403, "form")
    if fault := _unfit(visit, sent):
        return show_home(visit, 422, [Fault(fault, "file")])
    item = take(visit, sent.file_name, sent.content)
    return visit.on_to("sent", item.version, again=item.outcome == "repeat")


def _unfit(visit: Visit, sent: Sent) -> str:
    """Why nothing can be received, said at the field; everything else the check says."""
    if not sent.file_name:
        return visit.words("portal.upload.none")
    suffix = PurePath(sent.file_name).suffix.casefold()
    if sent.content and suffix in SUFFIXES:
        return ""
    why = door.look(door.unwrap(sent.content))
    if not isinstance(why, Unreadable):
        return ""
    reason = visit.words(why.cause, **({"detail": why.detail} if why.detail else {}))
    return visit.words("portal.upload.unfit", reason=reason)


def take(visit: Visit, file_name: str, content: bytes) -> Item:
    """Take a file in and check it. What is taken in stays, even where the check cannot be done.

    It arrived now, with its last byte, not when its page was asked for. RequestError when the link
    has sent so much that nothing more is kept.
    """
    now = visit.portal.now()
    require_room(visit.office, visit.agency, visit.quarter, content, now)
    item = cycle.import_upload(
        visit.office, visit.agency, visit.quarter, file_name, content, secrets.token_hex(16), now
    )
    if item.outcome == REFUSED:
        raise RequestError(item.reason)  # a defect of ours: the file is kept, and the page says so
    try:
        cycle.check(visit.office, visit.quarter, now, [visit.agency])
    except Exception as error:
        # Its page says that it was received; check_updates looks at it again.
        put_down(error, visit.request.scope)
    return item
