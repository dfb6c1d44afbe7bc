"""The reason that a person has to give for what the audit records."""

from __future__ import annotations

from cpsa.errors import RequestError


def require_reason(reason: str) -> str:
    """Return the reason without blanks around it; RequestError where there is none."""
    if not (stripped := reason.strip()):
        raise RequestError("cycle.no_reason")
    return stripped
