"""Signed links: whoever holds one may do what it is for, until it expires.

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
class Pass:
    """To act for an agency and a quarter, until an instant."""

    SALT: ClassVar[str] = "cpsa link of an agency"
    agency: str
    quarter: str
    until: datetime


@dataclass(frozen=True)
class Loan:
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
class DepartmentPass:
    """To answer for a department as one of its recipients (``BANKS:to:1``), until an instant."""

    SALT: ClassVar[str] = "cpsa link of a department"
    seat: str
    half: str
    until: datetime


AnyLink = Pass | Loan | ArrivalLink | DepartmentPass
Kind = TypeVar("Kind", Pass, Loan, ArrivalLink, DepartmentPass)


def sign(key: bytes, link: AnyLink) -> str:
    """A token that fits into a web address; the same for the same link and key."""
    *said, until = astuple(link)
    return _serializer(key, link).dumps([*said, int(until.timestamp())])


def read(key: bytes, kind: type[Kind], token: str, now: datetime) -> Kind:
    """What a token is for; RequestError when we never gave it for that, or when it has expired."""
    try:
        first, second, until = _serializer(key, kind).loads(token)
    except (BadSignature, ValueError) as error:
        raise RequestError("links.unknown") from error
    found = kind(first, second, datetime.fromtimestamp(until, UTC))
    if now >= found.until:
        raise RequestError("links.expired", until=found.until)
    return found


def _serializer(key: bytes, link: AnyLink | type[AnyLink]) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=link.SALT)
