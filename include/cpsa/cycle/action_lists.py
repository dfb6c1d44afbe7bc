"""Tables of policy actions for people and programs: how each stands, and who is pending.

The first columns are a contract (docs/data-dictionary.md); more may follow them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from cpsa.actions import Standing, pendency
from cpsa.actions.standing import AGE_BANDS
from cpsa.bilingual import LANGUAGES
from cpsa.calendar import IST
from cpsa.cycle.decisions import standing
from cpsa.cycle.departments import present_code
from cpsa.cycle.office import Office
from cpsa.messages import text
from cpsa.store import department_replies
from cpsa.store.database import reading

ACTION_COLUMNS = [
    *("number", "quarter", "department", "agency", "theme", "urgency"),
    *("decision", "decided_on", "due", "pending", "remarks", "text", "request"),
    "update_accepted",
    *("sent_on", "days_overdue", "promised", "promised_first"),
]
PENDENCY_COLUMNS = [
    *("department", "actions", "final", "pending", "in_time", "late", "not_sent"),
    *(f"days_{name}" for name, _ in AGE_BANDS),
]
REPLY_COLUMNS = [
    *("id", "received_at", "department", "half", "kind", "kind_en", "kind_hi", "channel"),
    *("recorded", "unchanged", "not_recorded", "numbers", "subject", "file_name"),
    *("settled_at", "settled_by", "settled_reason"),
]


def actions(office: Office, now: datetime, department: str | None = None) -> pd.DataFrame:
    """Every action with its newest decision.

    ``pending`` is in_time, late, not_sent, or blank when final.
    An action whose agency's update was not accepted is asked of nobody: neither pending nor late.
    """
    held = standing(office, now, department)
    rows = [
        {
            **{
                name: getattr(one.action, name) for name in (*ACTION_COLUMNS[:6], "text", "request")
            },
            "decision": one.decision,
            "decided_on": _day(one.decided_at),
            "due": _day(one.due),
            "pending": _pending(one),
            "remarks": one.remarks,
            "update_accepted": one.counts,
            "sent_on": _day(one.sent_at),
            "days_overdue": one.days_overdue,
            "promised": one.promised.isoformat() if one.promised else "",
            "promised_first": one.promised_first.isoformat() if one.promised_first else "",
        }
        for one in held
    ]
    return pd.DataFrame(rows, columns=ACTION_COLUMNS)


def pending(office: Office, now: datetime, department: str | None = None) -> pd.DataFrame:
    """One pendency figure per department, in time and late apart, in the road map's order."""
    held = standing(office, now, department)
    wanted = None if department is None else present_code(office, department)
    codes = [code for code in office.reference.departments if wanted in (None, code)]
    return pd.DataFrame([_row(held, code) for code in codes], columns=PENDENCY_COLUMNS)


def replies(office: Office, only_open: bool) -> pd.DataFrame:
    """What departments sent, oldest first: forms by what was recorded of them, replies by hand.

    ``only_open``: what waits to be entered by hand.
    """
    rows = []
    with reading(office.engine) as connection:
        for reply in department_replies.list_replies(connection, only_open):
            values = dict(reply._mapping)
            if reply.report_id is not None:
                report = department_replies.report_of(connection, reply.report_id)
                values["recorded"] = len(department_replies.decisions_of(connection, report.id))
                values["not_recorded"] = len(report.problems)
            for language in LANGUAGES:
                values[f"kind_{language}"] = text(f"actions.reply.{reply.kind}", language)
            values["numbers"] = ", ".join(reply.numbers)
            rows.append(values)
    frame = pd.DataFrame(rows, columns=REPLY_COLUMNS)
    for name in ("recorded", "not_recorded"):
        frame[name] = frame[name].astype("Int64")
    return frame


def _pending(action: Standing) -> str:
    if not (action.pending and action.counts):
        return ""
    if action.not_sent:
        return "not_sent"
    return "late" if action.late else "in_time"


def _row(held: Sequence[Standing], department: str) -> tuple[object, ...]:
    own = sum(one.counts and one.action.department == department for one in held)
    found = pendency(held, department)
    counts = own, own - found.total, found.total, found.in_time, found.late, found.not_sent
    return department, *counts, *found.ages


def _day(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(IST).date().isoformat()
