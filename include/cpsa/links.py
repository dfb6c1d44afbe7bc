"""Signed links: whoever holds one may act for one agency and quarter, until it expires.

What belongs here: making and reading the token within a link. What must not: addresses, pages and
letters that carry it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadSignature, URLSafeSerializer

from cpsa.errors import RequestError

_SALT = "cpsa link of an agency"


@dataclass(frozen=True)
class Pass:
    """For whom and when a link is, and until when it holds."""

    agency: str
    quarter: str
    until: datetime


def sign(key: bytes, holder: Pass) -> str:
    """A token that fits into a web address; the same for the same pass and key."""
    said = [holder.agency, holder.quarter, int(holder.until.timestamp())]
    return _serializer(key).dumps(said)


def read(key: bytes, token: str, now: datetime) -> Pass:
    """Whose token it is; RequestError when we never gave it, or when it has expired."""
    try:
        agency, quarter, until = _serializer(key).loads(token)
    except (BadSignature, ValueError) as error:
        raise RequestError("links.unknown") from error
    found = Pass(agency, quarter, datetime.fromtimestamp(until, UTC))
    if now >= found.until:
        raise RequestError("links.expired", until=found.until)
    return found


def _serializer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=_SALT)
