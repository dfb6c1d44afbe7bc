"""The one form of the board that changes something: a question about a figure to an agency (C01)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.services.quarter.query_figure import LONGEST_TEXT, query_figure
from cpsa.store.database import read_transaction
from cpsa_airflow.board.board_roles import require_ops
from cpsa_airflow.board.form_guard import COOKIE, Form, Person, make_tokens, require_own_form
from cpsa_airflow.board.page_responses import BoardContextDep, LanguageDep, get_root, make_page
from cpsa_airflow.board.request_context import BoardContext

router = APIRouter()


@router.get("/query/{key}/{agency}", dependencies=[Depends(require_ops)])
def show_query_form(
    key: str,
    agency: str,
    request: Request,
    board_context: BoardContextDep,
    language: LanguageDep,
    person: Person,
) -> Response:
    """The form by which CPSA puts a question about a figure to an agency (C01). For ops."""
    return _make_query_page(
        request, board_context, language, Quarter.parse(key), agency, person, {}, ""
    )


@router.post("/query/{key}/{agency}", dependencies=[Depends(require_ops)])
def record_query(
    key: str,
    agency: str,
    request: Request,
    board_context: BoardContextDep,
    language: LanguageDep,
    person: Person,
    form: Form,
) -> Response:
    """Record the question; what is refused is shown above the form, with what was typed."""
    require_own_form(request, form, board_context.context.seal_key, person)
    quarter = Quarter.parse(key)
    try:
        figure_query = query_figure(
            board_context.context,
            agency,
            quarter,
            form.get("indicator", ""),
            form.get("dimension", ""),
            form.get("text", ""),
            form.get("text_hi", ""),
            person,
            board_context.now,
        )
    except RequestError as error:
        if error.key.startswith("store."):
            raise
        message = error.text(language)
        return _make_query_page(
            request, board_context, language, quarter, agency, person, form, message, 422
        )
    message = catalogue.text("board.query.done", language, **figure_query.as_json())
    return _make_query_page(request, board_context, language, quarter, agency, person, {}, message)


def _make_query_page(
    request: Request,
    board_context: BoardContext,
    language: str,
    quarter: Quarter,
    agency: str,
    person: str,
    form: Mapping[str, str],
    message: str,
    status: int = 200,
) -> Response:
    with read_transaction(board_context.context.engine) as connection:
        register = board_context.context.load_register_of_quarter(connection, quarter)
    code = register.forms_in(quarter.key).get(agency)
    if code is None:
        raise HTTPException(404)
    framework = board_context.context.load_framework(quarter)
    field, cookie = make_tokens(board_context.context.seal_key, person)
    answer = make_page(
        request,
        board_context,
        "query",
        language,
        status,
        quarter=quarter,
        agency=agency,
        here=f"{get_root(request)}/query/{quarter.key}/{quote(agency, safe='')}",
        indicators=framework.form_indicators(code),
        dimensions=framework.dimension_labels,
        form=form,
        message=message,
        token=field,
        longest=LONGEST_TEXT,
    )
    answer.set_cookie(
        COOKIE,
        cookie,
        path=get_root(request) or "/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer
