"""What is no agency's: the front page, the stylesheet, and whether all is well."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from cpsa.errors import RequestError
from cpsa.portal.visit import Portal
from cpsa.store.database import require_reachable

router = APIRouter()


@router.get("/", response_class=HTMLResponse)
def front(request: Request) -> Response:
    """Say that the way in is the link in the letter."""
    portal: Portal = request.app.state.portal
    return portal.pages.problem(200, "portal.front.title", [("portal.front.text", {})], None)


@router.get("/portal.css", response_class=Response, responses={200: {"content": {"text/css": {}}}})
def stylesheet(request: Request) -> Response:
    portal: Portal = request.app.state.portal
    # Its address changes with its content.
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(portal.pages.stylesheet, media_type="text/css", headers=headers)


@router.get("/health", responses={503: {"description": "The store is out of reach."}})
def health(request: Request) -> JSONResponse:
    portal: Portal = request.app.state.portal
    try:
        require_reachable(portal.office.engine)
    except RequestError:
        return JSONResponse({"status": "store out of reach"}, 503)
    return JSONResponse({"status": "ok"})
