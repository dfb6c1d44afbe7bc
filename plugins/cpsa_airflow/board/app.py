"""The board's addresses. Each asks Airflow who is there before it does anything.

One form changes something: a question about a figure (``ask_query``), for ops and from our own page
only. All others choose what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, FastAPI, Request
from sqlalchemy import Row
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from cpsa import cycle, messages
from cpsa.actions.decision import FINAL
from cpsa.board import (
    Asked,
    Outside,
    arrivals_list,
    mail_list,
    oldest_first,
    period_board,
    quarter_board,
    waiting_items,
)
from cpsa.board.asked import CHOICES, STATES
from cpsa.calendar import FiscalYear, HalfYear, Quarter, parse_period
from cpsa.cycle.building import edition
from cpsa.cycle.query_figure import LONGEST_TEXT
from cpsa.errors import RequestError
from cpsa.store import overview
from cpsa.store.database import reading
from cpsa_airflow.addresses import BOARD
from cpsa_airflow.board import runs
from cpsa_airflow.board.desk import Desk, desk
from cpsa_airflow.board.form_guard import COOKIE, Form, Person, require_own_form, tokens_of
from cpsa_airflow.board.roles import MayAct, may_look, must_be_ops

_TYPES = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
# A document is shown by itself: it runs nothing and asks nobody.
_ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"
_PROBLEMS = {401: "board.stranger", 403: "board.not_allowed"}

AtDesk = Annotated[Desk, Depends(desk)]
Looking = Callable[[str, list[runs.Step]], Outside]


def look_outside() -> Looking:
    """How Airflow's own state is read; a test puts something else in its place."""
    return runs.outside


AtAirflow = Annotated[Looking, Depends(look_outside)]


def language_of(request: Request) -> str:
    """The language asked for, else the office's."""
    said = request.query_params.get("language", "")
    return said if said in messages.LANGUAGES else desk().office.settings.language


Language = Annotated[str, Depends(language_of)]

# No description of itself is served: those addresses would not ask who is there.
app = FastAPI(
    title="CPSA quarter board",
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    dependencies=[Depends(may_look)],
)


@app.get("/board.css")
def stylesheet(at: AtDesk) -> Response:
    """How the pages look."""
    return Response(at.pages.stylesheet, media_type="text/css")


@app.get("/")
def newest(request: Request, at: AtDesk, language: Language, quarter: str = "") -> Response:
    """To the quarter that is chosen, else the newest one that somebody was asked about."""
    if not quarter:
        with reading(at.office.engine) as connection:
            known = overview.quarters(connection)
        if not known:
            return _problem(request, at, language, "board.empty", 200)
        quarter = known[0]
    key = Quarter.parse(quarter).key
    return RedirectResponse(f"{_root(request)}/quarter/{key}?{urlencode({'language': language})}")


@app.get("/quarter/{key}")
def quarter(
    key: str,
    request: Request,
    at: AtDesk,
    airflow: AtAirflow,
    language: Language,
    may_act: MayAct,
) -> Response:
    """How a quarter stands."""
    asked_for = Quarter.parse(key)
    board = quarter_board(at.office, asked_for, Asked.read(request.query_params))
    steps = list(runs.steps_of(asked_for))
    return _page(
        request,
        at,
        "quarter",
        language,
        board=board,
        steps=steps,
        **_outside(request, at, airflow, steps),
        may_act=may_act,
        states=STATES,
        choices=CHOICES,
    )


@app.get("/departments")
def newest_departments(
    request: Request, at: AtDesk, language: Language, period: str = ""
) -> Response:
    """To the half-year or year that is chosen, else the newest half-year."""
    if not period:
        with reading(at.office.engine) as connection:
            known = overview.quarters(connection)
        if not known:
            return _problem(request, at, language, "board.empty", 200)
        period = Quarter.parse(known[0]).half.key
    key = _half_or_year(period).key
    query = urlencode({"language": language})
    return RedirectResponse(f"{_root(request)}/departments/{key}?{query}")


@app.get("/departments/{key}")
def departments(
    key: str,
    request: Request,
    at: AtDesk,
    airflow: AtAirflow,
    language: Language,
    may_act: MayAct,
) -> Response:
    """How the actions of a half-year or year stand, department by department."""
    period = _half_or_year(key)
    query = request.query_params
    page = Asked.read(query).page
    board = period_board(at.office, period, query.get("department", ""), page, at.now)
    steps = list(runs.steps_of(period))
    return _page(
        request,
        at,
        "departments",
        language,
        board=board,
        steps=steps,
        **_outside(request, at, airflow, steps),
        may_act=may_act,
        departments=at.office.reference.departments,
        codes=at.office.reference.department_codes,
        final=FINAL,
    )


@app.get("/mail")
def mail(
    request: Request, at: AtDesk, airflow: AtAirflow, language: Language, may_act: MayAct
) -> Response:
    """The mails that a person looks into, of any period."""
    return _page(
        request,
        at,
        "mail",
        language,
        **_outside(request, at, airflow, []),
        may_act=may_act,
        mails=mail_list(at.office, at.now),
    )


@app.get("/arrivals")
def arrivals(
    request: Request, at: AtDesk, airflow: AtAirflow, language: Language, may_act: MayAct
) -> Response:
    """Files that were refused, and when each channel was last read."""
    return _page(
        request,
        at,
        "arrivals",
        language,
        **_outside(request, at, airflow, []),
        may_act=may_act,
        arrivals=arrivals_list(at.office, at.now),
    )


@app.get("/document/{number}")
def document(number: int, at: AtDesk) -> Response:
    """A document as it was built, to look at."""
    with reading(at.office.engine) as connection:
        found = overview.document_by_id(connection, number) if 0 < number < 2**62 else None
    return _shown(at, found)


@app.get("/edition/{sha256}")
def by_digest(sha256: str, at: AtDesk) -> Response:
    """The same by its digest: what an approver is asked about is this and no later edition."""
    with reading(at.office.engine) as connection:
        found = overview.document_by_digest(connection, sha256)
    return _shown(at, found)


@app.get("/received/{key}/{agency}/{version}", dependencies=[Depends(must_be_ops)])
def received(key: str, agency: str, version: int, at: AtDesk) -> Response:
    """The very bytes an agency sent, to keep and not to open here. For ops."""
    asked_for = Quarter.parse(key)
    with reading(at.office.engine) as connection:
        found = (
            overview.received_file(connection, agency, asked_for.key, version)
            if 0 < version < 2**31
            else None
        )
    if found is None:
        raise HTTPException(404)
    suffix = Path(found.file_name).suffix.lower()
    suffix = suffix if suffix in (".csv", ".xlsx", ".xls", ".ods") else ".bin"
    name = f"{agency}-{asked_for.key}-v{version}{suffix}"
    return _file(at.office.received_file(found.sha256), name, "", {})


@app.get("/query/{key}/{agency}", dependencies=[Depends(must_be_ops)])
def query(
    key: str, agency: str, request: Request, at: AtDesk, language: Language, person: Person
) -> Response:
    """The form by which CPSA asks an agency about a figure (C01). For ops."""
    return _query_page(request, at, language, Quarter.parse(key), agency, person, {}, "")


@app.post("/query/{key}/{agency}", dependencies=[Depends(must_be_ops)])
def ask_query(
    key: str,
    agency: str,
    request: Request,
    at: AtDesk,
    language: Language,
    person: Person,
    form: Form,
) -> Response:
    """Record the question; what cannot be asked is said above the form, with what was typed."""
    require_own_form(request, form, at.office.seal_key, person)
    quarter = Quarter.parse(key)
    try:
        asked = cycle.query_figure(
            at.office,
            agency,
            quarter,
            form.get("indicator", ""),
            form.get("dimension", ""),
            form.get("text", ""),
            form.get("text_hi", ""),
            person,
            at.now,
        )
    except RequestError as error:
        if error.key.startswith("store."):
            raise
        said = error.text(language)
        return _query_page(request, at, language, quarter, agency, person, form, said, 422)
    said = messages.text("board.query.done", language, **asked.as_json())
    return _query_page(request, at, language, quarter, agency, person, {}, said)


def _query_page(
    request: Request,
    at: Desk,
    language: str,
    quarter: Quarter,
    agency: str,
    person: str,
    form: Mapping[str, str],
    said: str,
    status: int = 200,
) -> Response:
    with reading(at.office.engine) as connection:
        register = at.office.register_of_quarter(connection, quarter)
    code = register.forms_in(quarter.key).get(agency)
    if code is None:
        raise HTTPException(404)
    framework = at.office.framework(quarter)
    field, cookie = tokens_of(at.office.seal_key, person)
    answer = _page(
        request,
        at,
        "query",
        language,
        status,
        quarter=quarter,
        agency=agency,
        here=f"{_root(request)}/query/{quarter.key}/{quote(agency, safe='')}",
        indicators=framework.form_indicators(code),
        dimensions=framework.dimension_labels,
        form=form,
        said=said,
        token=field,
        longest=LONGEST_TEXT,
    )
    answer.set_cookie(
        COOKIE,
        cookie,
        path=_root(request) or "/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def _shown(at: Desk, found: Row | None) -> Response:
    """An edition to look at; 404 where there is none."""
    if found is None:
        raise HTTPException(404)
    name = f"{found.period}-{found.kind}-{found.subject}.{found.language}.{found.format}"
    headers = {"Content-Security-Policy": _ALONE} if found.format == "html" else {}
    return _file(edition(at.office, found.sha256), name, found.format, headers)


def _half_or_year(key: str) -> HalfYear | FiscalYear:
    period = parse_period(key)
    return period.half if isinstance(period, Quarter) else period


def _file(path: Path, name: str, form: str, headers: Mapping[str, str]) -> Response:
    if not path.is_file():
        raise HTTPException(404)
    shown = "inline" if form in ("pdf", "html") else "attachment"
    disposition = f"{shown}; filename*=utf-8''{quote(name, safe='')}"
    return FileResponse(
        path,
        media_type=_TYPES.get(form, "application/octet-stream"),
        headers={**_HEADERS, **headers, "Content-Disposition": disposition},
    )


def _outside(
    request: Request, at: Desk, airflow: Looking, steps: list[runs.Step]
) -> dict[str, object]:
    """What every page shows: what waits for a person, and how these steps stand."""
    outside = airflow(_airflow(request), steps)
    waiting = oldest_first([*outside.waiting, *waiting_items(at.office, at.now)])
    return {"outside": outside, "waiting": waiting}


def _root(request: Request) -> str:
    return request.scope.get("root_path", "").rstrip("/")


def _airflow(request: Request) -> str:
    """Where Airflow's own pages are: this board is mounted below them."""
    return _root(request).removesuffix(BOARD)


def _page(
    request: Request, at: Desk, name: str, language: str, status: int = 200, **content: object
) -> HTMLResponse:
    html = at.pages.page(name, language, root=_root(request), airflow=_airflow(request), **content)
    return HTMLResponse(html, status, headers=_HEADERS)


def _problem(
    request: Request, at: Desk, language: str, key: str, status: int, **params: object
) -> HTMLResponse:
    login = ""
    if status == 401:
        login = f"{_airflow(request)}/auth/login?{urlencode({'next': str(request.url)})}"
    said = messages.text(key, language, **params)
    return _page(request, at, "problem", language, status, said=said, login=login)


@app.exception_handler(HTTPException)
def refused(request: Request, error: HTTPException) -> Response:
    """Strangers, wrong roles and pages that are not there, told as a page."""
    key = _PROBLEMS.get(error.status_code, "board.not_found")
    return _problem(request, desk(), language_of(request), key, error.status_code)


@app.exception_handler(RequestError)
def wrong(request: Request, error: RequestError) -> Response:
    """A period that is none, or a store that is not there."""
    if not error.key.startswith("store."):
        return _problem(request, desk(), language_of(request), "board.not_found", 404)
    return Response(error.text("en"), 503, media_type="text/plain; charset=utf-8")
