"""Documents that were too large for a mail: fetched by the signed link that the mail has instead.

No agency's page: whoever holds the link may fetch these very bytes, until it expires.
"""

from __future__ import annotations

from pathlib import PurePath

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from cpsa import links
from cpsa.cycle.building import edition
from cpsa.errors import RequestError
from cpsa.portal.link_visit import Portal
from cpsa.portal.refusals import PageError
from cpsa.portal.routes.answers import Answers, pages

router = APIRouter()
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TYPES = {
    ".pdf": "application/pdf",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
}
_BYTES: Answers = {200: {"content": {kind: {} for kind in _TYPES.values()}}}


@router.get("/d/{token}", response_class=Response, responses={**pages(), **_BYTES})
def document(token: str, request: Request) -> Response:
    """A document, byte for byte as it would have been attached."""
    portal: Portal = request.app.state.portal
    address = request.client.host if request.client else ""
    if seconds := portal.rates.of_address(address, False):
        raise PageError(429, "too_often", {"Retry-After": str(seconds)}, seconds=seconds)
    loan = links.read(portal.office.seal_key, links.Loan, token, portal.now())
    file = edition(portal.office, loan.sha256)
    if not file.is_file():
        raise RequestError("links.unknown")
    kind = _TYPES.get(PurePath(loan.name).suffix, "application/octet-stream")
    return FileResponse(file, media_type=kind, filename=loan.name)
