"""A department's answers in the browser: its open actions, or the filled form as a file.

An answer is written into the sealed form and recorded as one, so there is one reader, one judge and
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

from cpsa import cycle
from cpsa.actions import Decision, Fault
from cpsa.actions.telling import to_do, told
from cpsa.collect.arrival import Arrival
from cpsa.cycle.action_reports import take_in_report
from cpsa.cycle.decisions import preview_decisions
from cpsa.cycle.department_letters import recorded_decisions
from cpsa.cycle.reply_forms import INPUTS, OpenAction, filled_form, marked_form, open_actions
from cpsa.errors import RequestError
from cpsa.messages import text
from cpsa.portal import pages as portal_pages
from cpsa.portal.body import UPLOAD_BYTES, Sent, read_form
from cpsa.portal.department_visit import DepartmentEntered, DepartmentVisit
from cpsa.portal.refusals import PageError
from cpsa.portal.routes.answers import form, pages
from cpsa.portal.routes.receipts import attachment
from cpsa.store import department_replies
from cpsa.store.database import reading

router = APIRouter()
CHANNEL = "portal"
Version = Annotated[int, Path(ge=1, le=1_000_000)]
OFFERED = (Decision.ACCEPTED, Decision.DONE, Decision.NOT_PURSUED)
MOST_A_DAY = 30  # replies of a department that are kept from the browser
_DAY = timedelta(days=1)
_LONGEST = {"decision": 40, "day": 20, "promised": 20, "remarks": 4000}
Typed = Mapping[str, Mapping[str, str]]


@router.get("/r/{link}", response_class=HTMLResponse, responses=pages())
def department_form(visit: DepartmentEntered) -> Response:
    """The form with the department's open actions."""
    return _show(visit)


@router.post(
    "/r/{link}",
    response_class=HTMLResponse,
    status_code=303,
    responses=pages(s403="The form is none of ours.", s422="Rows have to be corrected."),
    openapi_extra=form([]),
)
async def answer_actions(visit: DepartmentEntered, request: Request) -> Response:
    """Record what was answered; rows that cannot be recorded are shown again."""
    return await run_in_threadpool(_answer, visit, await read_form(request))


def _answer(visit: DepartmentVisit, sent: Sent) -> Response:
    actions = open_actions(visit.office, visit.department, visit.half, visit.now)
    typed = _typed(actions, sent)
    post = sent.fields.get("post", "").strip()[:200]
    if not visit.is_ours(sent):
        # What was typed must not be lost because a page was open for long or cookies are off.
        fault = portal_pages.Fault(visit.words("portal.form.text"))
        return _show(visit, typed, post, [fault], status=403)
    if sent.fields.get("do") == "language":
        return _show(visit, typed, post)
    if not typed:
        anchor = _field("decision", actions[0].number) if actions else "file"
        fault = portal_pages.Fault(visit.words("portal.reply.none"), anchor)
        return _show(visit, typed, post, [fault], status=422)
    _require_room(visit)
    now = visit.portal.now()
    content = filled_form(
        visit.office, visit.department, visit.half, visit.language, _shown(visit, typed), post, now
    )
    arrival = _arrival(visit, f"{visit.department}.atr.xlsx", content)
    judged = preview_decisions(visit.office, arrival, now)
    if judged.faults and not judged.answered:
        # Nothing of it could be recorded: nothing was received, and no letter is written about it.
        faults = [_fault(visit, fault) for fault in judged.faults]
        return _show(visit, typed, post, faults, status=422)
    done = cycle.record_decisions(
        visit.office, arrival, CHANNEL, now, [visit.department], visit.holder.seat
    )
    if not done.faults:
        return visit.on_to("sent", done.version or _newest(visit))
    wrong = {fault.number: typed[fault.number] for fault in done.faults if fault.number in typed}
    faults = [_fault(visit, fault) for fault in done.faults]
    return _show(visit, wrong, post, faults, status=422, recorded=done.recorded)


@router.post(
    "/r/{link}/send",
    response_class=HTMLResponse,
    status_code=303,
    responses=pages(s403="The form is none of ours.", s422="There is no form in the file."),
    openapi_extra=form(["file"], file={"type": "string", "format": "binary"}),
)
async def send_form(visit: DepartmentEntered, request: Request) -> Response:
    """Record a filled form; the page that follows says what became of it."""
    return await run_in_threadpool(_send, visit, await read_form(request, UPLOAD_BYTES))


def _send(visit: DepartmentVisit, sent: Sent) -> Response:
    if not visit.is_ours(sent):
        raise PageError(403, "form")
    if not sent.file_name or not sent.content:
        fault = portal_pages.Fault(visit.words("portal.reply.no_file"), "file")
        return _show(visit, faults=[fault], status=422)
    _require_room(visit)
    arrival = _arrival(visit, sent.file_name, sent.content)
    now, seat = visit.portal.now(), visit.holder.seat
    item = take_in_report(visit.office, arrival, now, [visit.department], seat)
    if item.outcome == "refused":
        reason = _why_refused(visit, arrival)
        fault = portal_pages.Fault(visit.words("portal.reply.unfit", reason=reason), "file")
        return _show(visit, faults=[fault], status=422)
    return visit.on_to("sent", _newest(visit), again=item.outcome == "repeat")


@router.get("/r/{link}/sent/{version}", response_class=HTMLResponse, responses=pages())
def reply_receipt(visit: DepartmentEntered, version: Version, again: str = "") -> Response:
    """What was recorded of a reply, and what was not."""
    report = _report(visit, version)
    with reading(visit.office.engine) as connection:
        decisions = recorded_decisions(connection, report.id)
    faults = [Fault(**problem) for problem in report.problems]
    rows = [(told(fault, visit.language), to_do(fault, visit.language)) for fault in faults]
    return visit.page(
        "reply_sent", report=report, decisions=decisions, rows=rows, again=bool(again)
    )


@router.get("/r/{link}/marked/{version}", response_class=Response, responses=pages())
def marked_reply(visit: DepartmentEntered, version: Version) -> Response:
    """The form with the rows marked that were not recorded."""
    report = _report(visit, version)
    content = marked_form(visit.office, report, visit.language, visit.now)
    if content is None:
        raise PageError(404, "not_found")
    return attachment(content, f"{visit.department}-{visit.half.key}-ATR.xlsx")


@router.get("/r/{link}/form", response_class=Response, responses=pages())
def blank_form(visit: DepartmentEntered) -> Response:
    """The form to fill in, with the actions that are open now."""
    content = filled_form(
        visit.office, visit.department, visit.half, visit.language, {}, "", visit.now
    )
    return attachment(content, f"{visit.department}-{visit.half.key}-ATR.xlsx")


def _show(
    visit: DepartmentVisit,
    typed: Typed | None = None,
    post: str = "",
    faults: Sequence[portal_pages.Fault] = (),
    status: int = 200,
    recorded: int = 0,
) -> Response:
    return visit.page(
        "reply",
        status,
        actions=open_actions(visit.office, visit.department, visit.half, visit.now),
        typed=typed or {},
        post=post,
        faults=faults,
        wrong={fault.anchor: fault.text for fault in faults if fault.anchor},
        recorded=recorded,
        choices=[(decision.value, decision.label) for decision in OFFERED],
        longest=_LONGEST,
    )


def _field(column: str, number: str) -> str:
    return f"{column}-{number}"


def _typed(actions: Sequence[OpenAction], sent: Sent) -> dict[str, dict[str, str]]:
    """What was typed, of the rows in which anything was."""
    rows = {
        action.number: {
            column: sent.fields.get(_field(column, action.number), "").strip()[: _LONGEST[column]]
            for column in INPUTS
        }
        for action in actions
    }
    return {number: row for number, row in rows.items() if any(row.values())}


def _shown(visit: DepartmentVisit, typed: Typed) -> Typed:
    """The rows as they stand on the form: decisions in words."""
    labels = {decision.value: decision.label.in_(visit.language) for decision in OFFERED}
    return {
        number: {**row, "decision": labels.get(row["decision"], row["decision"])}
        for number, row in typed.items()
    }


def _fault(visit: DepartmentVisit, fault: Fault) -> portal_pages.Fault:
    words = text(fault.key, visit.language, value=fault.value)
    line = visit.words("portal.reply.fault", number=fault.number, fault=words)
    return portal_pages.Fault(line, _field(fault.column or "decision", fault.number))


def _arrival(visit: DepartmentVisit, name: str, content: bytes) -> Arrival:
    key = secrets.token_hex(16)
    now = visit.portal.now()
    return Arrival(CHANNEL, key, name, content, visit.department, visit.half.key, now)


def _why_refused(visit: DepartmentVisit, arrival: Arrival) -> str:
    with reading(visit.office.engine) as connection:
        row = department_replies.find_arrival(connection, arrival.channel, arrival.key)
    if row is None or not row.problem:
        return ""
    return RequestError(row.problem, **row.params).text(visit.language).rstrip(".।")


def _newest(visit: DepartmentVisit) -> int:
    with reading(visit.office.engine) as connection:
        return department_replies.newest_version(connection, visit.department, visit.half.key)


def _report(visit: DepartmentVisit, version: int):
    with reading(visit.office.engine) as connection:
        report = department_replies.report_by_version(
            connection, visit.department, visit.half.key, version
        )
    if report is None:
        raise PageError(404, "not_found")
    return report


def _require_room(visit: DepartmentVisit) -> None:
    """One link keeps only so much on one day."""
    with reading(visit.office.engine) as connection:
        kept = department_replies.count_since(
            connection, visit.department, CHANNEL, visit.now - _DAY
        )
    if kept >= MOST_A_DAY:
        raise PageError(429, "enough", {"Retry-After": "86400"})
