"""Documents that were too large for a mail: fetched by the signed link that the mail has instead.

No agency's page: the holder of the link may fetch these very bytes, until it expires.
"""

from __future__ import annotations

from pathlib import PurePath

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from cpsa import signed_links
from cpsa.errors import RequestError
from cpsa.services.publication.document_editions import locate_edition
from cpsa.web.portal.error_pages import PageError
from cpsa.web.portal.link_visit import PortalContext
from cpsa.web.portal.routes.response_docs import ResponseDocs, describe_pages

router = APIRouter()
_OOXML = "application/vnd.openxmlformats-officedocument"
_TYPES = {
    ".pdf": "application/pdf",
    ".xlsx": f"{_OOXML}.spreadsheetml.sheet",
    ".docx": f"{_OOXML}.wordprocessingml.document",
}
_BYTES: ResponseDocs = {200: {"content": {kind: {} for kind in _TYPES.values()}}}


@router.get("/d/{token}", response_class=Response, responses={**describe_pages(), **_BYTES})
def document(token: str, request: Request) -> Response:
    """A document, byte for byte as it would have been attached."""
    portal: PortalContext = request.app.state.portal
    address = request.client.host if request.client else ""
    if seconds := portal.rates.check_address(address, writes=False):
        raise PageError(429, "too_often", {"Retry-After": str(seconds)}, seconds=seconds)
    link = signed_links.verify_link(
        portal.context.seal_key, signed_links.DownloadLink, token, portal.now()
    )
    file = locate_edition(portal.context, link.sha256)
    if not file.is_file():
        raise RequestError("links.unknown")
    kind = _TYPES.get(PurePath(link.name).suffix, "application/octet-stream")
    return FileResponse(file, media_type=kind, filename=link.name)
