"""What a form of the board must bring to change something: our own page, and the person for whom it was made.

A signed token in the form and another in a cookie that other sites' forms come without, both bound to
the person who is signed in. Who may act at all is in ``board_roles``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from cpsa.web.portal.form_token import FIELD, FormTokens

COOKIE = "cpsa_board_form"
_MAX_FORM_BYTES = 20_000


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form; 413 where it is longer than any of ours, 400 where it is none."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_FORM_BYTES:
            raise HTTPException(413)
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise HTTPException(400) from error


Form = Annotated[Mapping[str, str], Depends(read_form)]


def get_person(user: GetUserDep) -> str:
    """The name under which Airflow knows who is signed in; for the audit trail."""
    known: Any = user
    return str(known.get_name()) if known is not None else ""


Person = Annotated[str, Depends(get_person)]


def require_own_form(request: Request, form: Mapping[str, str], key: bytes, person: str) -> None:
    """403 unless the form came from our own page, for this person."""
    tokens = FormTokens(key)
    given = form.get(FIELD, ""), request.cookies.get(COOKIE, "")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403)
    if not tokens.are_valid(f"board {person}", *given):
        raise HTTPException(403)


def make_tokens(key: bytes, person: str) -> tuple[str, str]:
    """The token for the form, and the one for the cookie."""
    tokens = FormTokens(key)
    return tokens.field(f"board {person}"), tokens.cookie(f"board {person}")
