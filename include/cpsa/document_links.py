"""Signed links to documents: whoever holds one may fetch these very bytes, until it expires.

What belongs here: making and reading the token within a link. What must not: addresses, where the
bytes are, and links that agencies act by (``links``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadSignature, URLSafeSerializer

from cpsa.errors import RequestError

_SALT = "cpsa link of a document"


@dataclass(frozen=True)
class Loan:
    """Which edition a link is for, what the reader's file is called, and until when it holds."""

    sha256: str
    name: str
    until: datetime


def sign(key: bytes, loan: Loan) -> str:
    """A token that fits into a web address; the same for the same loan and key."""
    said = [loan.sha256, loan.name, int(loan.until.timestamp())]
    return _serializer(key).dumps(said)


def read(key: bytes, token: str, now: datetime) -> Loan:
    """What was lent; RequestError when we never gave this token, or when it has expired."""
    try:
        sha256, name, until = _serializer(key).loads(token)
    except (BadSignature, ValueError) as error:
        raise RequestError("links.unknown") from error
    found = Loan(sha256, name, datetime.fromtimestamp(until, UTC))
    if now >= found.until:
        raise RequestError("links.expired", until=found.until)
    return found


def _serializer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=_SALT)
