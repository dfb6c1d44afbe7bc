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
class Kind:
    """How an error of a verb is answered: its status and the heading over its one line."""

    status: int
    title: str
    headers: Mapping[str, str] = field(default_factory=dict)


_KINDS = {
    "links.expired": Kind(403, "portal.expired.title"),
    "links.unknown": Kind(404, "portal.unknown.title"),
    "cycle.owes_nothing": Kind(404, "portal.unknown.title"),
    "awaiting.unknown": Kind(404, "portal.unknown.title"),
    "awaiting.newer": Kind(409, "portal.changed.title"),
    "awaiting.settled.confirmed": Kind(409, "portal.changed.title"),
    "awaiting.settled.refused": Kind(409, "portal.changed.title"),
    "awaiting.settled.replaced": Kind(409, "portal.changed.title"),
    "awaiting.settled.expired": Kind(409, "portal.changed.title"),
    "cycle.no_warning": Kind(409, "portal.changed.title"),
    "cycle.upload_day_is_full": Kind(429, "portal.enough.title", {"Retry-After": "86400"}),
    "cycle.upload_unreadable_again": Kind(422, "portal.enough.title"),
}
_OUT_OF_REACH = Kind(503, "portal.unreachable.title", {"Retry-After": "60"})


def kind_of(error: RequestError) -> Kind | None:
    """None for an error that is our own fault and none of the person's."""
    return _OUT_OF_REACH if error.key.startswith("store.") else _KINDS.get(error.key)
