"""Tables of policy actions for people and programs: the status of each, and which departments are pending.

The first columns are a contract (docs/data-dictionary.md); more may follow them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from cpsa.actions.status import AGE_BANDS, ActionStatus, count_pendency
from cpsa.calendar import IST
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.load_action_statuses import load_action_statuses
from cpsa.services.department_codes import find_present_code

ACTION_COLUMNS = [
    *("number", "quarter", "department", "agency", "theme", "urgency"),
    *("decision", "decided_on", "due", "pending", "remarks", "text", "request"),
    "update_accepted",
    *("sent_on", "days_overdue", "promised", "promised_first"),
    *("promise", "days_over_promise", "days_over_first_promise"),
]
PENDENCY_COLUMNS = [
    *("department", "actions", "final", "pending", "in_time", "late", "not_sent"),
    *(f"days_{name}" for name, _ in AGE_BANDS),
]


def list_actions(context: AppContext, now: datetime, department: str | None = None) -> pd.DataFrame:
    """Every action with its newest decision.

    ``pending`` is in_time, late, not_sent, or blank when final.
    ``promise`` is running, kept, overrun, or blank where no date was promised.
    An action whose agency's update was not accepted is requested from no department: neither pending nor late.
    """
    statuses = load_action_statuses(context, now, department)
    rows = [
        {
            **{
                name: getattr(status.action, name)
                for name in (*ACTION_COLUMNS[:6], "text", "request")
            },
            "decision": status.decision,
            "decided_on": _format_day(status.decided_at),
            "due": _format_day(status.due),
            "pending": _find_pending_key(status),
            "remarks": status.remarks,
            "update_accepted": status.counts,
            "sent_on": _format_day(status.sent_at),
            "days_overdue": status.days_overdue,
            "promised": status.promised.isoformat() if status.promised else "",
            "promised_first": status.promised_first.isoformat() if status.promised_first else "",
            "promise": status.promise or "",
            "days_over_promise": status.days_over_promise[1],
            "days_over_first_promise": status.days_over_promise[0],
        }
        for status in statuses
    ]
    return pd.DataFrame(rows, columns=ACTION_COLUMNS)


def list_pendency(
    context: AppContext, now: datetime, department: str | None = None
) -> pd.DataFrame:
    """One pendency figure per department, in time and late apart, in the road map's order."""
    statuses = load_action_statuses(context, now, department)
    wanted = None if department is None else find_present_code(context, department)
    codes = [code for code in context.reference.departments if wanted in (None, code)]
    return pd.DataFrame(
        [_make_pendency_row(statuses, code) for code in codes], columns=PENDENCY_COLUMNS
    )


def _find_pending_key(status: ActionStatus) -> str:
    if not (status.pending and status.counts):
        return ""
    if status.not_sent:
        return "not_sent"
    return "late" if status.late else "in_time"


def _make_pendency_row(statuses: Sequence[ActionStatus], department: str) -> tuple[object, ...]:
    own = sum(status.counts and status.action.department == department for status in statuses)
    found = count_pendency(statuses, department)
    counts = own, own - found.total, found.total, found.in_time, found.late, found.not_sent
    return department, *counts, *found.ages


def _format_day(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(IST).date().isoformat()
