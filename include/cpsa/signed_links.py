"""Signed links: a person with a link may do what it is for, until it expires.

What belongs here: what links are for, and making and reading the token within one. What must not:
addresses, and the pages and letters that carry them.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from itsdangerous import BadSignature, URLSafeSerializer

from cpsa.errors import RequestError


@dataclass(frozen=True)
class AgencyLink:
    """To act for an agency and a quarter, until an instant."""

    SALT: ClassVar[str] = "cpsa link of an agency"
    agency: str
    quarter: str
    until: datetime


@dataclass(frozen=True)
class DownloadLink:
    """To fetch these very bytes of a document under the name its reader sees, until an instant."""

    SALT: ClassVar[str] = "cpsa link of a document"
    sha256: str
    name: str
    until: datetime


@dataclass(frozen=True)
class ArrivalLink:
    """To say whether a party sent an arrival that awaits confirmation, until an instant."""

    SALT: ClassVar[str] = "cpsa link of an arrival"
    number: str
    party: str
    until: datetime


@dataclass(frozen=True)
class DepartmentLink:
    """To answer for a department as one of its recipients (``BANKS:to:1``), until an instant."""

    SALT: ClassVar[str] = "cpsa link of a department"
    seat: str
    half: str
    until: datetime


AnyLink = AgencyLink | DownloadLink | ArrivalLink | DepartmentLink
LinkType = TypeVar("LinkType", AgencyLink, DownloadLink, ArrivalLink, DepartmentLink)


def sign_link(key: bytes, link: AnyLink) -> str:
    """A token that fits into a web address; the same for the same link and key."""
    *values, until = astuple(link)
    return _make_serializer(key, link).dumps([*values, int(until.timestamp())])


def verify_link(key: bytes, kind: type[LinkType], token: str, now: datetime) -> LinkType:
    """What a token is for; RequestError when we never gave it for that, or when it has expired."""
    try:
        first, second, until = _make_serializer(key, kind).loads(token)
    except (BadSignature, ValueError) as error:
        raise RequestError("links.unknown") from error
    link = kind(first, second, datetime.fromtimestamp(until, UTC))
    if now >= link.until:
        raise RequestError("links.expired", until=link.until)
    return link


def _make_serializer(key: bytes, link: AnyLink | type[AnyLink]) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=link.SALT)
