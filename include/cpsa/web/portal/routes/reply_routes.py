"""A department's answers in the browser: its open actions, or the filled form as a file.

An answer is written into the sealed form and recorded as one, so there is one reader, one check and
one kind of evidence. Rows do not depend on one another: good ones are recorded, the others are shown
again with what was typed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from cpsa.actions.answer_faults import describe_fault, describe_next_step
from cpsa.actions.answers import AnswerFault
from cpsa.actions.decision import Decision
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.intake.arrival import Arrival
from cpsa.services.decisions.import_report import import_report
from cpsa.services.decisions.record_decisions import preview_decisions, record_decisions
from cpsa.services.decisions.reply_forms import (
    INPUTS,
    OpenAction,
    build_filled_form,
    build_marked_form,
    list_open_actions,
)
from cpsa.services.department_letters.answer_departments import list_recorded_decisions
from cpsa.store.database import read_transaction
from cpsa.store.queries import department_reply_queries
from cpsa.store.stored_row import StoredRow
from cpsa.web.portal import portal_pages
from cpsa.web.portal.department_visit import DepartmentEntered, DepartmentVisit
from cpsa.web.portal.error_pages import PageError
from cpsa.web.portal.request_body import UPLOAD_BYTES, PostedForm, read_form
from cpsa.web.portal.routes.receipt_routes import make_attachment
from cpsa.web.portal.routes.response_docs import describe_form, describe_pages

router = APIRouter()
CHANNEL = "portal"
Version = Annotated[int, Path(ge=1, le=1_000_000)]
OFFERED_DECISIONS = (Decision.ACCEPTED, Decision.DONE, Decision.NOT_PURSUED)
MAX_REPLIES_PER_DAY = 30  # replies of a department that are kept from the browser
_DAY = timedelta(days=1)
_MAX_LENGTHS = {"decision": 40, "day": 20, "promised": 20, "remarks": 4000}
Typed = Mapping[str, Mapping[str, str]]


@router.get("/r/{link}", response_class=HTMLResponse, responses=describe_pages())
def department_form(visit: DepartmentEntered) -> Response:
    """The form with the department's open actions."""
    return _show_form(visit)


@router.post(
    "/r/{link}",
    response_class=HTMLResponse,
    status_code=303,
    responses=describe_pages(s403="The form is none of ours.", s422="Rows have to be corrected."),
    openapi_extra=describe_form([]),
)
async def answer_actions(visit: DepartmentEntered, request: Request) -> Response:
    """Record what was answered; rows that cannot be recorded are shown again."""
    return await run_in_threadpool(_record_answers, visit, await read_form(request))


def _record_answers(visit: DepartmentVisit, sent: PostedForm) -> Response:
    actions = list_open_actions(visit.context, visit.department, visit.half, visit.now)
    typed = _read_typed(actions, sent)
    post = sent.fields.get("post", "").strip()[:200]
    if not visit.is_own_form(sent):
        # What was typed must not be lost because a page was open for long or cookies are off.
        fault = portal_pages.FormFault(visit.words("portal.form.text"))
        return _show_form(visit, typed, post, [fault], status=403)
    if sent.fields.get("do") == "language":
        return _show_form(visit, typed, post)
    if not typed:
        anchor = _name_field("decision", actions[0].number) if actions else "file"
        fault = portal_pages.FormFault(visit.words("portal.reply.none"), anchor)
        return _show_form(visit, typed, post, [fault], status=422)
    _require_room(visit)
    now = visit.portal.now()
    content = build_filled_form(
        visit.context,
        visit.department,
        visit.half,
        visit.language,
        _describe_decisions(visit, typed),
        post,
        now,
    )
    arrival = _make_arrival(visit, f"{visit.department}.atr.xlsx", content)
    judged = preview_decisions(visit.context, arrival, now)
    if judged.faults and not judged.accepted:
        # Nothing of it could be recorded: nothing was received, and no letter is written about it.
        faults = [_make_fault(visit, fault) for fault in judged.faults]
        return _show_form(visit, typed, post, faults, status=422)
    done = record_decisions(
        visit.context, arrival, CHANNEL, now, [visit.department], visit.holder.seat
    )
    if not done.faults:
        return visit.redirect_to("sent", done.version or _find_newest_version(visit))
    wrong = {fault.number: typed[fault.number] for fault in done.faults if fault.number in typed}
    faults = [_make_fault(visit, fault) for fault in done.faults]
    return _show_form(visit, wrong, post, faults, status=422, recorded=done.recorded)


@router.post(
    "/r/{link}/send",
    response_class=HTMLResponse,
    status_code=303,
    responses=describe_pages(
        s403="The form is none of ours.", s422="There is no form in the file."
    ),
    openapi_extra=describe_form(["file"], file={"type": "string", "format": "binary"}),
)
async def send_form(visit: DepartmentEntered, request: Request) -> Response:
    """Record a filled form; the next page shows its outcome."""
    return await run_in_threadpool(_send, visit, await read_form(request, UPLOAD_BYTES))


def _send(visit: DepartmentVisit, sent: PostedForm) -> Response:
    if not visit.is_own_form(sent):
        raise PageError(403, "form")
    if not sent.file_name or not sent.content:
        fault = portal_pages.FormFault(visit.words("portal.reply.no_file"), "file")
        return _show_form(visit, faults=[fault], status=422)
    _require_room(visit)
    arrival = _make_arrival(visit, sent.file_name, sent.content)
    now, seat = visit.portal.now(), visit.holder.seat
    item = import_report(visit.context, arrival, now, [visit.department], seat)
    if item.outcome == "refused":
        reason = _find_refusal_reason(visit, arrival)
        fault = portal_pages.FormFault(visit.words("portal.reply.unfit", reason=reason), "file")
        return _show_form(visit, faults=[fault], status=422)
    return visit.redirect_to("sent", _find_newest_version(visit), again=item.outcome == "repeat")


@router.get("/r/{link}/sent/{version}", response_class=HTMLResponse, responses=describe_pages())
def reply_receipt(visit: DepartmentEntered, version: Version, again: str = "") -> Response:
    """What was recorded of a reply, and what was not."""
    report = _load_report(visit, version)
    with read_transaction(visit.context.engine) as connection:
        decisions = list_recorded_decisions(connection, report.id)
    faults = [AnswerFault(**problem) for problem in report.problems]
    rows = [
        (describe_fault(fault, visit.language), describe_next_step(fault, visit.language))
        for fault in faults
    ]
    return visit.page(
        "reply_sent", report=report, decisions=decisions, rows=rows, again=bool(again)
    )


@router.get("/r/{link}/marked/{version}", response_class=Response, responses=describe_pages())
def marked_reply(visit: DepartmentEntered, version: Version) -> Response:
    """The form with the rows marked that were not recorded."""
    report = _load_report(visit, version)
    content = build_marked_form(visit.context, report, visit.language, visit.now)
    if content is None:
        raise PageError(404, "not_found")
    return make_attachment(content, f"{visit.department}-{visit.half.key}-ATR.xlsx")


@router.get("/r/{link}/form", response_class=Response, responses=describe_pages())
def blank_form(visit: DepartmentEntered) -> Response:
    """The form to fill in, with the actions that are open now."""
    content = build_filled_form(
        visit.context, visit.department, visit.half, visit.language, {}, "", visit.now
    )
    return make_attachment(content, f"{visit.department}-{visit.half.key}-ATR.xlsx")


def _show_form(
    visit: DepartmentVisit,
    typed: Typed | None = None,
    post: str = "",
    faults: Sequence[portal_pages.FormFault] = (),
    status: int = 200,
    recorded: int = 0,
) -> Response:
    return visit.page(
        "reply",
        status,
        actions=list_open_actions(visit.context, visit.department, visit.half, visit.now),
        typed=typed or {},
        post=post,
        faults=faults,
        wrong={fault.anchor: fault.text for fault in faults if fault.anchor},
        recorded=recorded,
        choices=[(decision.value, decision.label) for decision in OFFERED_DECISIONS],
        longest=_MAX_LENGTHS,
    )


def _name_field(column: str, number: str) -> str:
    return f"{column}-{number}"


def _read_typed(actions: Sequence[OpenAction], sent: PostedForm) -> dict[str, dict[str, str]]:
    """What was typed, of the rows in which anything was."""
    rows = {
        action.number: {
            column: sent.fields.get(_name_field(column, action.number), "").strip()[
                : _MAX_LENGTHS[column]
            ]
            for column in INPUTS
        }
        for action in actions
    }
    return {number: row for number, row in rows.items() if any(row.values())}


def _describe_decisions(visit: DepartmentVisit, typed: Typed) -> Typed:
    """The rows as shown on the form: decisions as labels."""
    labels = {decision.value: decision.label.in_(visit.language) for decision in OFFERED_DECISIONS}
    return {
        number: {**row, "decision": labels.get(row["decision"], row["decision"])}
        for number, row in typed.items()
    }


def _make_fault(visit: DepartmentVisit, fault: AnswerFault) -> portal_pages.FormFault:
    words = text(fault.key, visit.language, value=fault.value)
    line = visit.words("portal.reply.fault", number=fault.number, fault=words)
    return portal_pages.FormFault(line, _name_field(fault.column or "decision", fault.number))


def _make_arrival(visit: DepartmentVisit, name: str, content: bytes) -> Arrival:
    key = secrets.token_hex(16)
    now = visit.portal.now()
    return Arrival(CHANNEL, key, name, content, visit.department, visit.half.key, now)


def _find_refusal_reason(visit: DepartmentVisit, arrival: Arrival) -> str:
    with read_transaction(visit.context.engine) as connection:
        row = department_reply_queries.find_reply_by_key(connection, arrival.channel, arrival.key)
    if row is None or not row.problem:
        return ""
    return RequestError(row.problem, **row.params).text(visit.language).rstrip(".।")


def _find_newest_version(visit: DepartmentVisit) -> int:
    with read_transaction(visit.context.engine) as connection:
        return department_reply_queries.find_newest_report_version(
            connection, visit.department, visit.half.key
        )


def _load_report(visit: DepartmentVisit, version: int) -> StoredRow:
    with read_transaction(visit.context.engine) as connection:
        report = department_reply_queries.find_report_by_version(
            connection, visit.department, visit.half.key, version
        )
    if report is None:
        raise PageError(404, "not_found")
    return report


def _require_room(visit: DepartmentVisit) -> None:
    """One link keeps only so much on one day."""
    with read_transaction(visit.context.engine) as connection:
        kept = department_reply_queries.count_replies_since(
            connection, visit.department, CHANNEL, visit.now - _DAY
        )
    if kept >= MAX_REPLIES_PER_DAY:
        raise PageError(429, "enough", {"Retry-After": "86400"})
