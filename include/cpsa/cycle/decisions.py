"""Recording what departments decide, by their report or by CPSA's own word; nothing is overwritten.

Of a report, good rows are recorded and faulty ones are told and leave their actions as they were:
rows do not depend on one another, and one mistyped date must not keep thirty answers pending. Sent
again whole, what was recorded is not recorded twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time

import pandas as pd
from sqlalchemy import Connection

from cpsa.actions import Answer, Answered, Fault, Standing, judge, standings
from cpsa.actions.answers import Judged, Known
from cpsa.actions.telling import told
from cpsa.calendar import IST, is_half_key
from cpsa.collect import atr
from cpsa.collect.arrival import Arrival
from cpsa.collect.update import Unreadable
from cpsa.collect.workbook.seal import is_whole
from cpsa.cycle.arriving import record
from cpsa.cycle.departments import present_code, with_present_codes
from cpsa.cycle.first_mails import actions_sent
from cpsa.cycle.office import Office
from cpsa.errors import RequestError
from cpsa.messages import text
from cpsa.store import actions as shelf
from cpsa.store import closings, department_replies, judgements
from cpsa.store.database import reading, writing
from cpsa.store.tables.reply import ReplyKind

DECIDED = "decide action"


@dataclass(frozen=True)
class Recorded:
    """What became of a report. ``outcome``: report | repeat; ``unchanged``: answers that stood.

    ``version``: of the department's reports for the half-year.
    """

    department: str
    half: str
    outcome: str
    recorded: int = 0
    unchanged: int = 0
    faults: tuple[Fault, ...] = ()
    former: str = ""  # the code by which the form names the department, where it has another now
    version: int = 0

    def problems(self, language: str) -> list[str]:
        return [told(one, language) for one in self.faults]

    def notices(self, language: str) -> list[str]:
        if not self.former:
            return []
        params = {"former": self.former, "code": self.department}
        return [text("actions.former_department", language, **params)]


def record_decisions(
    office: Office,
    arrival: Arrival,
    who: str,
    now: datetime,
    departments: Collection[str] | None = None,
    seat: str = "",
) -> Recorded:
    """Record the answers of a report that came in.

    ``arrival.agency`` and ``arrival.quarter`` are the department and half-year by what the channel
    knows ("" where it does not); ``departments``: those the sender may answer for; ``seat``: the
    recipient who sent it, where that is known. RequestError when the file is no form of ours, is
    tampered with, or is another's; then nothing is recorded.
    """
    form = _read(office, arrival)
    assert form.seal is not None, "read refuses a file without a seal"
    sealed, half = form.seal.agency, form.seal.quarter
    department = present_code(office, sealed)
    _require_owner(office, arrival, department, half, departments)
    office.keep_bytes(arrival.content, arrival.sha256)
    with writing(office.engine, alone=True) as connection:
        newest = shelf.newest_report_digest(connection, (department, sealed), half)
        if newest == arrival.sha256:
            record(connection, arrival.of("", ""), now, "repeat")
            return Recorded(department, half, "repeat")
        judged = _judged(office, connection, form.answers, department, arrival.received_at, now)
        report = shelf.add_report(
            connection,
            department,
            half,
            sha256=arrival.sha256,
            size=len(arrival.content),
            file_name=arrival.file_name,
            channel=arrival.channel,
            received_at=arrival.received_at,
            recorded_at=now,
            recorded_by=who,
            post=form.post,
            problems=[asdict(one) for one in judged.faults],
        )
        _keep(connection, judged, form.post or department, who, now, report)
        department_replies.add_reply(
            connection,
            ReplyKind.FORM,
            department=department,
            half=half,
            seat=seat,
            report_id=report,
            unchanged=judged.unchanged,
            **arrival_values(arrival, now),
        )
        record(connection, arrival.of("", ""), now, "report")
        version = department_replies.report_of(connection, report).version
    former = sealed if sealed != department else ""
    return Recorded(
        department,
        half,
        "report",
        len(judged.answered),
        judged.unchanged,
        judged.faults,
        former,
        version,
    )


def preview_decisions(office: Office, arrival: Arrival, now: datetime) -> Judged:
    """What would become of a form's rows; records nothing. RequestError as ``record_decisions``."""
    form = _read(office, arrival)
    assert form.seal is not None, "read refuses a file without a seal"
    department = present_code(office, form.seal.agency)
    with reading(office.engine) as connection:
        return _judged(office, connection, form.answers, department, arrival.received_at, now)


def arrival_values(arrival: Arrival, now: datetime) -> dict[str, object]:
    """What the table of departments' replies keeps of an arrival."""
    return {
        "channel": arrival.channel,
        "key": arrival.key,
        "sha256": arrival.sha256,
        "file_name": arrival.file_name,
        "size": len(arrival.content),
        "received_at": arrival.received_at,
        "collected_at": now,
    }


def decide(
    office: Office,
    number: str,
    decision: str,
    day: str,
    remarks: str,
    who: str,
    now: datetime,
    promised: str = "",
) -> bool:
    """Record one decision by CPSA's own word, such as a reply that is not accepted.

    ``promised``: the date by which it is to be completed. False when it stood already. RequestError when it cannot be recorded.
    """
    with writing(office.engine, alone=True) as connection:
        actions = with_present_codes(office, shelf.actions(connection))
        found = actions[actions["number"] == number]
        if found.empty:
            raise RequestError("actions.refused.no_action", value=number)
        department = str(found["department"].iloc[0])
        answer = Answer(number, decision, day, remarks, {}, promised)
        judged = _judged(office, connection, [answer], department, now, now)
        if judged.faults:
            fault = judged.faults[0]
            raise RequestError(fault.key, value=fault.value)
        _keep(connection, judged, "CPSA", who, now)
        if judged.answered:
            judgements.add_audit(connection, now, who, DECIDED, f"{number} {decision}", remarks)
    return bool(judged.answered)


def decisions_since(connection: Connection, agency: str, since: datetime) -> pd.DataFrame:
    """What was decided after an instant on actions an agency raised: the newest of each action.

    Columns: number, quarter, department, theme, request, decision, decided_at, remarks,
    recorded_at; in the order of recording.
    """
    decided = shelf.decisions(connection, since=since).drop_duplicates("number", keep="last")
    raised = shelf.actions(connection)
    own = raised.loc[
        raised["agency"] == agency, ["number", "quarter", "department", "theme", "request"]
    ]
    return decided.merge(own, on="number")[
        [*own.columns, "decision", "decided_at", "remarks", "recorded_at"]
    ].reset_index(drop=True)


def standing(office: Office, now: datetime, department: str | None = None) -> list[Standing]:
    """How every action stands now, of one department or of all, oldest first."""
    if department is not None:
        department = require_department(office, department)
    with reading(office.engine) as connection:
        held = standings_of(office, connection, now)
    return [one for one in held if department in (None, one.action.department)]


def require_department(office: Office, code: str) -> str:
    """The present code of a department; RequestError for a code that none has or had."""
    known = office.reference.department_codes
    if code not in known:
        listed = ", ".join(office.reference.departments)
        raise RequestError("actions.refused.no_department", value=code, known=listed)
    return known[code]


def _read(office: Office, arrival: Arrival) -> atr.Form:
    form = atr.read(arrival.content)
    if isinstance(form, Unreadable):
        raise RequestError("actions.refused.unreadable", cause=form.cause, detail=form.detail)
    if form.seal is None or not form.seal.template.startswith(atr.FAMILY):
        raise RequestError("actions.refused.no_form", file=arrival.file_name)
    if not is_whole(form.seal, office.seal_key):
        raise RequestError("actions.refused.tampered", file=arrival.file_name)
    if form.seal.template not in atr.READABLE:
        raise RequestError("actions.refused.old_form", file=arrival.file_name)
    return form


def _require_owner(
    office: Office,
    arrival: Arrival,
    department: str,
    half: str,
    departments: Collection[str] | None,
) -> None:
    """The form is the one made for whom it came for."""
    allowed = [arrival.agency] if arrival.agency else departments
    if allowed is not None:
        allowed = [require_department(office, code) for code in allowed]
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


def _judged(
    office: Office,
    connection: Connection,
    answers: Collection[Answer],
    department: str,
    received_at: datetime,
    now: datetime,
) -> Judged:
    known = {
        one.action.number: Known(
            department=one.action.department,
            quarter=one.action.quarter,
            decision=one.decision,
            day=_day(one.decided_at),
            remarks=one.remarks,
            promised=one.promised,
        )
        for one in standings_of(office, connection, now)
    }
    return judge(list(answers), known, department, received_at.astimezone(IST).date())


def standings_of(office: Office, connection: Connection, now: datetime) -> tuple[Standing, ...]:
    """How every action stands at an instant, within a transaction."""
    term = office.reference.replies.term
    actions = actions_sent(office, connection, shelf.actions(connection), now)
    accepted = closings.accepted_pairs(connection)
    pairs = zip(actions["agency"], actions["quarter"], strict=True)
    counting = actions.assign(accepted=[pair in accepted for pair in pairs])
    return standings(counting, shelf.decisions(connection), now, term)


def _day(instant: datetime | None) -> date | None:
    return None if instant is None else instant.astimezone(IST).date()


def _keep(
    connection: Connection,
    judged: Judged,
    decided_by: str,
    who: str,
    now: datetime,
    report: int | None = None,
) -> None:
    common = {"decided_by": decided_by, "recorded_by": who, "recorded_at": now}
    rows: list[Mapping[str, object]] = [
        {**_row(one), **common, "report_id": report} for one in judged.answered
    ]
    shelf.add_decisions(connection, rows)


def _row(one: Answered) -> dict[str, object]:
    return {
        "action": one.number,
        "decision": one.decision.value,
        "decided_at": datetime.combine(one.day, time(), IST),
        "remarks": one.remarks,
        "place": one.place,
        "promised_on": one.promised.isoformat() if one.promised else None,
    }
