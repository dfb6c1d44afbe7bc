"""Pages that belong to no agency: the front page, the stylesheet, and the health check."""

from __future__ import annotations

import tempfile
from ipaddress import ip_address
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from cpsa.calendar import IST, Quarter
from cpsa.errors import RequestError
from cpsa.framework.loader import load_framework
from cpsa.framework.rule_guide import PAGE, describe_rules
from cpsa.i18n import catalogue
from cpsa.i18n.text import select_language
from cpsa.services.verify_store.last_verification import read_last_verification
from cpsa.store.database import require_current, require_reachable
from cpsa.web.portal.link_visit import PortalContext

router = APIRouter()


@router.get("/", response_class=HTMLResponse)
def front(request: Request) -> Response:
    """Say that the way in is the link in the letter."""
    portal: PortalContext = request.app.state.portal
    return portal.pages.problem(200, "portal.front.title", [("portal.front.text", {})], None)


@router.get(f"/{PAGE}", response_class=HTMLResponse)
def checks(request: Request, language: str = "") -> Response:
    """What each check means, for everybody: the present framework, and nothing of the store."""
    portal: PortalContext = request.app.state.portal
    settings = portal.context.settings
    shown = select_language(language, settings.language)
    quarter = Quarter.containing(portal.now().astimezone(IST).date()) - 1
    guides = describe_rules(load_framework(quarter, settings.framework), shown)
    severities = {
        guide.severity: catalogue.text(f"documents.severity.{guide.severity}", shown)
        for guide in guides
    }
    return portal.pages.page("checks", shown, guides=guides, severities=severities)


@router.get("/portal.css", response_class=Response, responses={200: {"content": {"text/css": {}}}})
def stylesheet(request: Request) -> Response:
    portal: PortalContext = request.app.state.portal
    # Its address changes with its content.
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(portal.pages.stylesheet, media_type="text/css", headers=headers)


@router.get(
    "/portal.js", response_class=Response, responses={200: {"content": {"text/javascript": {}}}}
)
def script(request: Request) -> Response:
    """The one script of the portal: it keeps a draft of the form in the browser."""
    portal: PortalContext = request.app.state.portal
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(portal.pages.script, media_type="text/javascript", headers=headers)


@router.get("/health", responses={503: {"description": "An update could not be imported."}})
def health(request: Request) -> JSONResponse:
    """Whether an update could be received now; never why not in words that name a server.

    A stranger learns only that somebody answers: a full check costs a file and a query of the store.
    """
    portal: PortalContext = request.app.state.portal
    if not _is_local(request, portal):
        return JSONResponse({"status": "ok"})
    try:
        require_reachable(portal.context.engine)
        require_current(portal.context.engine)
    except RequestError as error:
        old = error.key == "store.not_current"
        status = "store of another version" if old else "store out of reach"
        return JSONResponse({"status": status}, 503)
    if not _can_write(portal.context.settings.received):
        return JSONResponse({"status": "files cannot be kept"}, 503)
    return JSONResponse({"status": "ok", **_describe_verification(portal)})


def _describe_verification(portal: PortalContext) -> dict[str, object]:
    """When the store was verified last, and how many faults were found; nothing where it never was."""
    last = read_last_verification(portal.context)
    return {"verified_at": last.verified_at.isoformat(), "faults": last.faults} if last else {}


def _is_local(request: Request, portal: PortalContext) -> bool:
    """Whether the request comes from this machine, or from the front server itself."""
    if {"x-forwarded-for", "forwarded"} & set(request.headers):
        return False
    address = request.client.host if request.client else ""
    try:
        return ip_address(address).is_loopback or address in portal.proxies
    except ValueError:
        return False


def _can_write(folder: Path) -> bool:
    """Whether bytes can be put there: by doing it, since a full or read-only disk says so only then."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"?")
    except OSError:
        return False
    return True
