"""What the portal cannot do, each with the status and the text it is answered with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cpsa.errors import RequestError


class PageError(Exception):
    """A request is answered with a page that says why not.

    ``key`` names two texts of the catalogue: ``portal.<key>.title`` and ``portal.<key>.text``.
    """

    def __init__(
        self, status: int, key: str, headers: Mapping[str, str] = {}, **params: object
    ) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.headers = dict(headers)
        self.params = params


@dataclass(frozen=True)
class ErrorResponse:
    """How an error of a service is answered: its status and the heading of its page."""

    status: int
    title: str
    headers: Mapping[str, str] = field(default_factory=dict)


_RESPONSES = {
    "links.expired": ErrorResponse(403, "portal.expired.title"),
    "links.unknown": ErrorResponse(404, "portal.unknown.title"),
    "cycle.owes_nothing": ErrorResponse(404, "portal.unknown.title"),
    "awaiting.unknown": ErrorResponse(404, "portal.unknown.title"),
    "awaiting.newer": ErrorResponse(409, "portal.changed.title"),
    "awaiting.settled.confirmed": ErrorResponse(409, "portal.changed.title"),
    "awaiting.settled.refused": ErrorResponse(409, "portal.changed.title"),
    "awaiting.settled.replaced": ErrorResponse(409, "portal.changed.title"),
    "awaiting.settled.expired": ErrorResponse(409, "portal.changed.title"),
    "cycle.no_warning": ErrorResponse(409, "portal.changed.title"),
    "cycle.upload_day_is_full": ErrorResponse(429, "portal.enough.title", {"Retry-After": "86400"}),
    "cycle.upload_unreadable_again": ErrorResponse(422, "portal.enough.title"),
}
_UNREACHABLE = ErrorResponse(503, "portal.unreachable.title", {"Retry-After": "60"})


def find_error_response(error: RequestError) -> ErrorResponse | None:
    """None for an error that is our own fault and none of the person's."""
    return _UNREACHABLE if error.key.startswith("store.") else _RESPONSES.get(error.key)
