"""Records what departments decide, by their report or by CPSA itself; nothing is overwritten.

Of a report, good rows are recorded and faulty ones are reported and do not change their actions:
rows do not depend on one another, and one mistyped date must not keep thirty answers pending. Sent
again whole, what was recorded is not recorded twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection

from cpsa.actions.answer_faults import describe_fault
from cpsa.actions.answers import (
    AcceptedAnswer,
    Answer,
    AnswerFault,
    AnswerJudgement,
    KnownAction,
    judge_answers,
)
from cpsa.calendar import IST, is_half_key
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.intake.arrival import Arrival
from cpsa.intake.readers.workbook.template_seal import is_whole
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import make_arrival_columns, make_file_columns, record_arrival
from cpsa.services.decisions.load_action_statuses import read_action_statuses, require_department
from cpsa.services.department_codes import find_present_code
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    action_queries,
    department_reply_queries,
)
from cpsa.store.tables.department_reply_tables import ReplyKind
from cpsa.submissions.update import Unreadable
from cpsa.template.report_form.report_form_reader import FAMILY, FilledReportForm, read_report_form
from cpsa.template.report_form.report_form_writer import READABLE


@dataclass(frozen=True)
class DecisionSummary:
    """The outcome of a report. ``outcome``: report | repeat; ``unchanged``: answers that were recorded before.

    ``version``: of the department's reports for the half-year.
    """

    department: str
    half: str
    outcome: str
    recorded: int = 0
    unchanged: int = 0
    faults: tuple[AnswerFault, ...] = ()
    former: str = ""  # the code by which the form names the department, where it has another now
    version: int = 0

    def problems(self, language: str) -> list[str]:
        return [describe_fault(fault, language) for fault in self.faults]

    def notices(self, language: str) -> list[str]:
        if not self.former:
            return []
        params = {"former": self.former, "code": self.department}
        return [text("actions.former_department", language, **params)]


def record_decisions(
    context: AppContext,
    arrival: Arrival,
    who: str,
    now: datetime,
    departments: Collection[str] | None = None,
    seat: str = "",
) -> DecisionSummary:
    """Record the answers of a report that was received.

    ``arrival.agency`` and ``arrival.quarter`` are the department and half-year by what the channel
    knows ("" where it does not); ``departments``: those the sender may answer for; ``seat``: the
    recipient who sent it, where that is known. RequestError when the file is no form of ours, is
    tampered with, or is another's; then nothing is recorded.
    """
    form = _read_form(context, arrival)
    assert form.seal is not None, "read refuses a file without a seal"
    sealed, half = form.seal.agency, form.seal.quarter
    department = find_present_code(context, sealed)
    _require_owner(context, arrival, department, half, departments)
    context.store_received_bytes(arrival.content, arrival.sha256)
    with write_transaction(context.engine, alone=True) as connection:
        newest = action_queries.find_newest_report_digest(connection, (department, sealed), half)
        if newest == arrival.sha256:
            record_arrival(connection, arrival.for_agency("", ""), now, "repeat")
            return DecisionSummary(department, half, "repeat")
        judged = judge_form_answers(
            context, connection, form.answers, department, arrival.received_at, now
        )
        report = action_queries.add_action_report(
            connection,
            department,
            half,
            **make_file_columns(arrival),
            recorded_at=now,
            recorded_by=who,
            post=form.post,
            problems=[asdict(fault) for fault in judged.faults],
        )
        record_answers(connection, judged, form.post or department, who, now, report)
        department_reply_queries.add_reply(
            connection,
            ReplyKind.FORM,
            department=department,
            half=half,
            seat=seat,
            report_id=report,
            unchanged=judged.unchanged,
            **make_arrival_columns(arrival),
            collected_at=now,
        )
        record_arrival(connection, arrival.for_agency("", ""), now, "report")
        version = department_reply_queries.load_report(connection, report).version
    former = sealed if sealed != department else ""
    return DecisionSummary(
        department,
        half,
        "report",
        len(judged.accepted),
        judged.unchanged,
        judged.faults,
        former,
        version,
    )


def preview_decisions(context: AppContext, arrival: Arrival, now: datetime) -> AnswerJudgement:
    """Judge a form's rows as recording would; records nothing. RequestError as ``record_decisions``."""
    form = _read_form(context, arrival)
    assert form.seal is not None, "read refuses a file without a seal"
    department = find_present_code(context, form.seal.agency)
    with read_transaction(context.engine) as connection:
        return judge_form_answers(
            context, connection, form.answers, department, arrival.received_at, now
        )


def _read_form(context: AppContext, arrival: Arrival) -> FilledReportForm:
    form = read_report_form(arrival.content)
    if isinstance(form, Unreadable):
        raise RequestError("actions.refused.unreadable", cause=form.cause, detail=form.detail)
    if form.seal is None or not form.seal.template.startswith(FAMILY):
        raise RequestError("actions.refused.no_form", file=arrival.file_name)
    if not is_whole(form.seal, context.seal_key):
        raise RequestError("actions.refused.tampered", file=arrival.file_name)
    if form.seal.template not in READABLE:
        raise RequestError("actions.refused.old_form", file=arrival.file_name)
    return form


def _require_owner(
    context: AppContext,
    arrival: Arrival,
    department: str,
    half: str,
    departments: Collection[str] | None,
) -> None:
    """Require that the form was made for its sender's department and half-year."""
    allowed = [arrival.agency] if arrival.agency else departments
    if allowed is not None:
        allowed = [require_department(context, code) for code in allowed]
    if allowed is not None and department not in allowed:
        raise RequestError(
            "actions.refused.other_department",
            file=arrival.file_name,
            sealed=department,
            department=", ".join(sorted(allowed)),
        )
    if arrival.quarter and (not is_half_key(arrival.quarter) or half != arrival.quarter):
        raise RequestError(
            "actions.refused.other_half", file=arrival.file_name, sealed=half, half=arrival.quarter
        )


def judge_form_answers(
    context: AppContext,
    connection: Connection,
    answers: Collection[Answer],
    department: str,
    received_at: datetime,
    now: datetime,
) -> AnswerJudgement:
    known = {
        status.action.number: KnownAction(
            department=status.action.department,
            quarter=status.action.quarter,
            decision=status.decision,
            day=_find_ist_date(status.decided_at),
            remarks=status.remarks,
            promised=status.promised,
        )
        for status in read_action_statuses(context, connection, now)
    }
    return judge_answers(list(answers), known, department, received_at.astimezone(IST).date())


def _find_ist_date(instant: datetime | None) -> date | None:
    return None if instant is None else instant.astimezone(IST).date()


def record_answers(
    connection: Connection,
    judged: AnswerJudgement,
    decided_by: str,
    who: str,
    now: datetime,
    report: int | None = None,
) -> None:
    """Record the decisions of accepted answers; ``report``: the form that contains them, if one does."""
    common = {"decided_by": decided_by, "recorded_by": who, "recorded_at": now}
    rows: list[Mapping[str, object]] = [
        {**_make_decision_row(answer), **common, "report_id": report} for answer in judged.accepted
    ]
    action_queries.add_decisions(connection, rows)


def _make_decision_row(answer: AcceptedAnswer) -> dict[str, object]:
    return {
        "action": answer.number,
        "decision": answer.decision.value,
        "decided_at": datetime.combine(answer.day, time(), IST),
        "remarks": answer.remarks,
        "place": answer.place,
        "promised_on": answer.promised.isoformat() if answer.promised else None,
    }
