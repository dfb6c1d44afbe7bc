"""The board's addresses. Each checks with Airflow who is signed in before it does anything.

One form changes something: a question about a figure (``query_pages``), for ops and from our own page
only. All others only show something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from cpsa.actions.decision import FINAL
from cpsa.calendar import FiscalYear, HalfYear, Quarter, parse_period
from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.services.publication.document_editions import locate_edition
from cpsa.store.database import read_transaction
from cpsa.store.queries import board_queries
from cpsa.store.stored_row import StoredRow
from cpsa.submissions.step_days import LONG_DAYS
from cpsa.web.board.agency_filter import CHOICES, STATES, AgencyFilter
from cpsa.web.board.board_lists import load_arrivals_list, load_mail_list
from cpsa.web.board.period_board import load_period_board
from cpsa.web.board.programme_board import load_programme_board
from cpsa.web.board.quarter_board import load_quarter_board
from cpsa.web.board.scheduler_state import SchedulerState
from cpsa.web.board.work_items import list_work_items, sort_oldest_first
from cpsa_airflow.board import airflow_runs, query_pages
from cpsa_airflow.board.board_roles import MayAct, require_ops, require_viewer
from cpsa_airflow.board.page_responses import (
    HEADERS,
    BoardContextDep,
    LanguageDep,
    get_airflow_root,
    get_language,
    get_root,
    make_page,
)
from cpsa_airflow.board.request_context import BoardContext, open_board_context

_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
# A document is shown by itself: it runs no script and loads nothing.
_DOCUMENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"
)
_PROBLEMS = {401: "board.stranger", 403: "board.not_allowed"}

StateLoader = Callable[[str, list[airflow_runs.Step]], SchedulerState]


def get_state_loader() -> StateLoader:
    """How Airflow's own state is read; a test puts something else in its place."""
    return airflow_runs.load_scheduler_state


StateLoaderDep = Annotated[StateLoader, Depends(get_state_loader)]


# No description of itself is served: those addresses would not check who is signed in.
app = FastAPI(
    title="CPSA quarter board",
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    dependencies=[Depends(require_viewer)],
)


@app.get("/board.css")
def send_stylesheet(board_context: BoardContextDep) -> Response:
    """The stylesheet of the pages."""
    return Response(board_context.pages.stylesheet, media_type="text/css")


@app.get("/")
def redirect_to_newest_quarter(
    request: Request, board_context: BoardContextDep, language: LanguageDep, quarter: str = ""
) -> Response:
    """To the quarter that is chosen, else the newest one with a request."""
    return _redirect_to_quarter(request, board_context, language, "quarter", quarter)


@app.get("/quarter/{key}")
def show_quarter(
    key: str,
    request: Request,
    board_context: BoardContextDep,
    load_state: StateLoaderDep,
    language: LanguageDep,
    may_act: MayAct,
) -> Response:
    """The state of a quarter."""
    quarter = Quarter.parse(key)
    board = load_quarter_board(
        board_context.context, quarter, AgencyFilter.parse(request.query_params)
    )
    steps = list(airflow_runs.list_steps(quarter))
    return make_page(
        request,
        board_context,
        "quarter",
        language,
        board=board,
        steps=steps,
        **_load_shared_content(request, board_context, load_state, steps),
        may_act=may_act,
        states=STATES,
        choices=CHOICES,
    )


@app.get("/departments")
def redirect_to_newest_departments(
    request: Request, board_context: BoardContextDep, language: LanguageDep, period: str = ""
) -> Response:
    """To the half-year or year that is chosen, else the newest half-year."""
    if not period:
        with read_transaction(board_context.context.engine) as connection:
            known = board_queries.list_board_quarters(connection)
        if not known:
            return _make_problem_page(request, board_context, language, "board.empty", 200)
        period = Quarter.parse(known[0]).half.key
    key = _parse_half_or_year(period).key
    query = urlencode({"language": language})
    return RedirectResponse(f"{get_root(request)}/departments/{key}?{query}")


@app.get("/departments/{key}")
def show_departments(
    key: str,
    request: Request,
    board_context: BoardContextDep,
    load_state: StateLoaderDep,
    language: LanguageDep,
    may_act: MayAct,
) -> Response:
    """The state of the actions of a half-year or year, department by department."""
    period = _parse_half_or_year(key)
    query = request.query_params
    page = AgencyFilter.parse(query).page
    board = load_period_board(
        board_context.context, period, query.get("department", ""), page, board_context.now
    )
    steps = list(airflow_runs.list_steps(period))
    return make_page(
        request,
        board_context,
        "departments",
        language,
        board=board,
        steps=steps,
        **_load_shared_content(request, board_context, load_state, steps),
        may_act=may_act,
        departments=board_context.context.reference.departments,
        codes=board_context.context.reference.department_codes,
        final=FINAL,
    )


@app.get("/programme")
def redirect_to_newest_programme(
    request: Request, board_context: BoardContextDep, language: LanguageDep, quarter: str = ""
) -> Response:
    """To the quarter that is chosen, else the newest one with a request."""
    return _redirect_to_quarter(request, board_context, language, "programme", quarter)


@app.get("/programme/{key}")
def show_programme(
    key: str,
    request: Request,
    board_context: BoardContextDep,
    load_state: StateLoaderDep,
    language: LanguageDep,
    may_act: MayAct,
) -> Response:
    """How far agencies are on the steps of their tables, what is pending where, and missing money."""
    reference = board_context.context.reference
    page = AgencyFilter.parse(request.query_params).page
    return make_page(
        request,
        board_context,
        "programme",
        language,
        **_load_shared_content(request, board_context, load_state, []),
        may_act=may_act,
        board=load_programme_board(board_context.context, Quarter.parse(key), page),
        departments=reference.departments,
        districts=reference.districts,
        long_days=LONG_DAYS,
    )


@app.get("/mail")
def show_mail(
    request: Request,
    board_context: BoardContextDep,
    load_state: StateLoaderDep,
    language: LanguageDep,
    may_act: MayAct,
) -> Response:
    """The mails that a person looks into, of any period."""
    return make_page(
        request,
        board_context,
        "mail",
        language,
        **_load_shared_content(request, board_context, load_state, []),
        may_act=may_act,
        mails=load_mail_list(board_context.context, board_context.now),
    )


@app.get("/arrivals")
def show_arrivals(
    request: Request,
    board_context: BoardContextDep,
    load_state: StateLoaderDep,
    language: LanguageDep,
    may_act: MayAct,
) -> Response:
    """Files that were refused, and when each channel was last read."""
    return make_page(
        request,
        board_context,
        "arrivals",
        language,
        **_load_shared_content(request, board_context, load_state, []),
        may_act=may_act,
        arrivals=load_arrivals_list(board_context.context, board_context.now),
    )


@app.get("/document/{number}")
def show_document(number: int, board_context: BoardContextDep) -> Response:
    """A document as it was built, to look at."""
    with read_transaction(board_context.context.engine) as connection:
        document = board_queries.find_document(connection, number) if 0 < number < 2**62 else None
    return _send_document(board_context, document)


@app.get("/edition/{sha256}")
def show_edition(sha256: str, board_context: BoardContextDep) -> Response:
    """The same by its digest: what an approver sees is this and no later edition."""
    with read_transaction(board_context.context.engine) as connection:
        document = board_queries.find_document_by_digest(connection, sha256)
    return _send_document(board_context, document)


@app.get("/received/{key}/{agency}/{version}", dependencies=[Depends(require_ops)])
def send_received_file(
    key: str, agency: str, version: int, board_context: BoardContextDep
) -> Response:
    """The bytes exactly as an agency sent them, to save and not to open here. For ops."""
    quarter = Quarter.parse(key)
    with read_transaction(board_context.context.engine) as connection:
        file = (
            board_queries.find_received_file(connection, agency, quarter.key, version)
            if 0 < version < 2**31
            else None
        )
    if file is None:
        raise HTTPException(404)
    suffix = Path(file.file_name).suffix.lower()
    suffix = suffix if suffix in (".csv", ".xlsx", ".xls", ".ods") else ".bin"
    name = f"{agency}-{quarter.key}-v{version}{suffix}"
    return _send_file(board_context.context.received_path(file.sha256), name, "", {})


def _send_document(board_context: BoardContext, document: StoredRow | None) -> Response:
    """An edition to look at; 404 where there is none."""
    if document is None:
        raise HTTPException(404)
    name = f"{document.period}-{document.kind}-{document.subject}.{document.language}.{document.format}"
    headers = {"Content-Security-Policy": _DOCUMENT_POLICY} if document.format == "html" else {}
    return _send_file(
        locate_edition(board_context.context, document.sha256), name, document.format, headers
    )


def _redirect_to_quarter(
    request: Request, board_context: BoardContext, language: str, page: str, quarter: str
) -> Response:
    if not quarter:
        with read_transaction(board_context.context.engine) as connection:
            known = board_queries.list_board_quarters(connection)
        if not known:
            return _make_problem_page(request, board_context, language, "board.empty", 200)
        quarter = known[0]
    key, query = Quarter.parse(quarter).key, urlencode({"language": language})
    return RedirectResponse(f"{get_root(request)}/{page}/{key}?{query}")


def _parse_half_or_year(key: str) -> HalfYear | FiscalYear:
    period = parse_period(key)
    return period.half if isinstance(period, Quarter) else period


def _send_file(path: Path, name: str, form: str, headers: Mapping[str, str]) -> Response:
    if not path.is_file():
        raise HTTPException(404)
    shown = "inline" if form in ("pdf", "html") else "attachment"
    disposition = f"{shown}; filename*=utf-8''{quote(name, safe='')}"
    return FileResponse(
        path,
        media_type=_MEDIA_TYPES.get(form, "application/octet-stream"),
        headers={**HEADERS, **headers, "Content-Disposition": disposition},
    )


def _load_shared_content(
    request: Request,
    board_context: BoardContext,
    load_state: StateLoader,
    steps: list[airflow_runs.Step],
) -> dict[str, Any]:
    """What every page shows: what waits for a person, and the state of these steps."""
    outside = load_state(get_airflow_root(request), steps)
    waiting = sort_oldest_first(
        [*outside.work_items, *list_work_items(board_context.context, board_context.now)]
    )
    return {"outside": outside, "waiting": waiting}


def _make_problem_page(
    request: Request,
    board_context: BoardContext,
    language: str,
    key: str,
    status: int,
    **params: object,
) -> HTMLResponse:
    login = ""
    if status == 401:
        login = f"{get_airflow_root(request)}/auth/login?{urlencode({'next': str(request.url)})}"
    message = catalogue.text(key, language, **params)
    return make_page(
        request, board_context, "problem", language, status, message=message, login=login
    )


app.include_router(query_pages.router)


@app.exception_handler(HTTPException)
def show_http_error(request: Request, error: HTTPException) -> Response:
    """Strangers, wrong roles and pages that do not exist, shown as a page."""
    key = _PROBLEMS.get(error.status_code, "board.not_found")
    return _make_problem_page(
        request, open_board_context(), get_language(request), key, error.status_code
    )


@app.exception_handler(RequestError)
def show_request_error(request: Request, error: RequestError) -> Response:
    """Something that is no period, or a store that cannot be reached."""
    if not error.key.startswith("store."):
        return _make_problem_page(
            request, open_board_context(), get_language(request), "board.not_found", 404
        )
    return Response(error.text("en"), 503, media_type="text/plain; charset=utf-8")
