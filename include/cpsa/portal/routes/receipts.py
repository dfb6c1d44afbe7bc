"""What became of a version: its findings, its receipt, the file itself, and the template."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa import cycle
from cpsa.collect import door, workbook
from cpsa.cycle.accounts import Received
from cpsa.portal.filling.entries import left_out
from cpsa.portal.refusals import PageError
from cpsa.portal.routes.answers import Answers, pages
from cpsa.portal.routes.home import found
from cpsa.portal.visit import Entered, Visit
from cpsa.submissions.figures_read import FiguresRead
from cpsa.submissions.state import SubmissionState

router = APIRouter()
Version = Annotated[int, Path(ge=1, le=1_000_000)]
_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xls": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".csv": "text/csv; charset=utf-8",
}
_MARKED = ("error", "warning")
_BYTES: Answers = {200: {"content": {kind.partition(";")[0]: {} for kind in _TYPES.values()}}}


@router.get("/u/{link}/sent/{version}", response_class=HTMLResponse, responses=pages())
def sent(visit: Entered, version: Version, again: str = "") -> Response:
    """All that was found in a version, and its receipt."""
    received = visit.version(version)
    newest = received == visit.account.newest and received.state != SubmissionState.LOCKED_OUT
    told = found(visit) if newest else []
    return visit.page(
        "sent",
        received=received,
        newest=newest,
        again=bool(again),
        told=told,
        markable=any(one.kind in _MARKED for one in told) and _is_workbook(visit, received),
        left_out=left_out(visit, received) if newest else [],
        figures=_figures(visit, version),
    )


@router.get("/u/{link}/receipt/{version}", response_class=HTMLResponse, responses=pages())
def receipt(visit: Entered, version: Version) -> Response:
    """A receipt to print."""
    received = visit.version(version)
    return visit.page("receipt", received=received, figures=_figures(visit, version))


@router.get("/u/{link}/file/{version}", response_class=Response, responses={**pages(), **_BYTES})
def file(visit: Entered, version: Version) -> Response:
    """What was sent, byte for byte."""
    received = visit.version(version)
    content = visit.office.received_bytes(received.sha256)
    named = PurePath(received.file_name).suffix.casefold()
    kind = door.look(content)
    suffix = kind if isinstance(kind, door.FileKind) else named if named in _TYPES else ".bin"
    return attachment(content, f"{visit.agency}-{visit.quarter.key}-{version}{suffix}")


@router.get("/u/{link}/marked/{version}", response_class=Response, responses={**pages(), **_BYTES})
def marked(visit: Entered, version: Version) -> Response:
    """The agency's own workbook with each fault and each open question marked."""
    visit.version(version)
    agency, quarter = visit.agency, visit.quarter
    content = cycle.marked_workbook(visit.office, agency, quarter, version, visit.language)
    if content is None:
        raise PageError(404, "not_found")
    return attachment(content, f"{agency}-{quarter.key}-{version}-marked.xlsx")


@router.get("/u/{link}/template", response_class=Response, responses={**pages(), **_BYTES})
def template(visit: Entered) -> Response:
    """The workbook to fill in."""
    content = cycle.template(visit.office, visit.agency, visit.quarter)
    return attachment(content, f"{visit.agency}-{visit.quarter.key}.xlsx")


def _figures(visit: Visit, version: int) -> FiguresRead | None:
    return cycle.figures_as_read(visit.office, visit.agency, visit.quarter, version, visit.language)


def _is_workbook(visit: Visit, received: Received) -> bool:
    content = visit.office.received_bytes(received.sha256)
    return door.look(door.unwrap(content)) in workbook.SUFFIXES


def attachment(content: bytes, name: str) -> Response:
    """A file to download; its type follows from its name."""
    name = "".join(one for one in name if one.isascii() and (one.isalnum() or one in "-._"))
    kind = _TYPES.get(PurePath(name).suffix, "application/octet-stream")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)
