"""A version of an update: its findings, its receipt, the file itself, and the template."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.file_guard.unwrap_zip import unwrap_zip
from cpsa.intake.readers.workbook.workbook_reader import SUFFIXES
from cpsa.services.examination.submitted_figures import load_figures_as_read
from cpsa.services.quarter.agency_quarter import SubmissionSummary
from cpsa.services.workbooks.build_template import build_template
from cpsa.services.workbooks.mark_workbook import mark_workbook
from cpsa.submissions.figure_description import FigureOverview
from cpsa.submissions.state import SubmissionState
from cpsa.web.portal.agency_visit import AgencyVisit, Entered
from cpsa.web.portal.error_pages import PageError
from cpsa.web.portal.form.entry_fields import list_entry_notices, list_unused_entries
from cpsa.web.portal.routes.home_routes import list_newest_findings
from cpsa.web.portal.routes.response_docs import ResponseDocs, describe_pages

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
        entry_notices=list_entry_notices(visit, received) if newest else [],
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
    kind = inspect_file(content)
    suffix = kind if isinstance(kind, FileKind) else named if named in _TYPES else ".bin"
    return make_attachment(content, f"{visit.agency}-{visit.quarter.key}-{version}{suffix}")


@router.get(
    "/u/{link}/marked/{version}", response_class=Response, responses={**describe_pages(), **_BYTES}
)
def marked(visit: Entered, version: Version) -> Response:
    """The agency's own workbook with each fault and each open question marked."""
    visit.find_version(version)
    agency, quarter = visit.agency, visit.quarter
    content = mark_workbook(visit.context, agency, quarter, version, visit.language)
    if content is None:
        raise PageError(404, "not_found")
    return make_attachment(content, f"{agency}-{quarter.key}-{version}-marked.xlsx")


@router.get("/u/{link}/template", response_class=Response, responses={**describe_pages(), **_BYTES})
def template(visit: Entered) -> Response:
    """The workbook to fill in."""
    content = build_template(visit.context, visit.agency, visit.quarter)
    return make_attachment(content, f"{visit.agency}-{visit.quarter.key}.xlsx")


def _load_figures(visit: AgencyVisit, version: int) -> FigureOverview | None:
    return load_figures_as_read(visit.context, visit.agency, visit.quarter, version, visit.language)


def _is_workbook(visit: AgencyVisit, received: SubmissionSummary) -> bool:
    content = visit.context.read_received_bytes(received.sha256)
    return inspect_file(unwrap_zip(content)) in SUFFIXES


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
