"""A version of an update: its findings, its receipt, the file itself, and the template."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa import cycle
from cpsa.collect import door, workbook
from cpsa.cycle.accounts import SubmissionSummary
from cpsa.portal.filling.entries import list_unused_entries
from cpsa.portal.refusals import PageError
from cpsa.portal.routes.answers import ResponseDocs, describe_pages
from cpsa.portal.routes.home import list_newest_findings
from cpsa.portal.visit import AgencyVisit, Entered
from cpsa.submissions.figures_read import FigureOverview
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
_BYTES: ResponseDocs = {200: {"content": {kind.partition(";")[0]: {} for kind in _TYPES.values()}}}


@router.get("/u/{link}/sent/{version}", response_class=HTMLResponse, responses=describe_pages())
def sent(visit: Entered, version: Version, again: str = "") -> Response:
    """The findings of a version, and its receipt."""
    received = visit.find_version(version)
    newest = received == visit.account.newest and received.state != SubmissionState.LOCKED_OUT
    findings = list_newest_findings(visit) if newest else []
    return visit.page(
        "sent",
        received=received,
        newest=newest,
        again=bool(again),
        findings=findings,
        markable=any(finding.kind in _MARKED for finding in findings)
        and _is_workbook(visit, received),
        left_out=list_unused_entries(visit, received) if newest else [],
        figures=_load_figures(visit, version),
    )


@router.get("/u/{link}/receipt/{version}", response_class=HTMLResponse, responses=describe_pages())
def receipt(visit: Entered, version: Version) -> Response:
    """A receipt to print."""
    received = visit.find_version(version)
    return visit.page("receipt", received=received, figures=_load_figures(visit, version))


@router.get(
    "/u/{link}/file/{version}", response_class=Response, responses={**describe_pages(), **_BYTES}
)
def file(visit: Entered, version: Version) -> Response:
    """What was sent, byte for byte."""
    received = visit.find_version(version)
    content = visit.context.read_received_bytes(received.sha256)
    named = PurePath(received.file_name).suffix.casefold()
    kind = door.inspect_file(content)
    suffix = kind if isinstance(kind, door.FileKind) else named if named in _TYPES else ".bin"
    return make_attachment(content, f"{visit.agency}-{visit.quarter.key}-{version}{suffix}")


@router.get(
    "/u/{link}/marked/{version}", response_class=Response, responses={**describe_pages(), **_BYTES}
)
def marked(visit: Entered, version: Version) -> Response:
    """The agency's own workbook with each fault and each open question marked."""
    visit.find_version(version)
    agency, quarter = visit.agency, visit.quarter
    content = cycle.mark_workbook(visit.context, agency, quarter, version, visit.language)
    if content is None:
        raise PageError(404, "not_found")
    return make_attachment(content, f"{agency}-{quarter.key}-{version}-marked.xlsx")


@router.get("/u/{link}/template", response_class=Response, responses={**describe_pages(), **_BYTES})
def template(visit: Entered) -> Response:
    """The workbook to fill in."""
    content = cycle.build_template(visit.context, visit.agency, visit.quarter)
    return make_attachment(content, f"{visit.agency}-{visit.quarter.key}.xlsx")


def _load_figures(visit: AgencyVisit, version: int) -> FigureOverview | None:
    return cycle.load_figures_as_read(
        visit.context, visit.agency, visit.quarter, version, visit.language
    )


def _is_workbook(visit: AgencyVisit, received: SubmissionSummary) -> bool:
    content = visit.context.read_received_bytes(received.sha256)
    return door.inspect_file(door.unwrap_zip(content)) in workbook.SUFFIXES


def make_attachment(content: bytes, name: str) -> Response:
    """A file to download; its type follows from its name."""
    name = "".join(
        character
        for character in name
        if character.isascii() and (character.isalnum() or character in "-._")
    )
    kind = _TYPES.get(PurePath(name).suffix, "application/octet-stream")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)
