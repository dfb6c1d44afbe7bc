"""Tables of policy actions for people and programs: how each stands, and who is pending.

The first columns are a contract (docs/data-dictionary.md); more may follow them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from cpsa.actions import Standing, pendency
from cpsa.calendar import IST
from cpsa.cycle.decisions import standing
from cpsa.cycle.departments import present_code
from cpsa.cycle.office import Office

ACTION_COLUMNS = [
    *("number", "quarter", "department", "agency", "theme", "urgency"),
    *("decision", "decided_on", "due", "pending", "remarks", "text", "request"),
    "update_accepted",
]
PENDENCY_COLUMNS = ["department", "actions", "final", "pending", "in_time", "late"]


def actions(office: Office, now: datetime, department: str | None = None) -> pd.DataFrame:
    """Every action with its newest decision; ``pending`` is in_time, late or blank when final.

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
            "pending": ("late" if one.late else "in_time") if one.pending and one.counts else "",
            "remarks": one.remarks,
            "update_accepted": one.counts,
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


def _row(held: Sequence[Standing], department: str) -> tuple[object, ...]:
    own = sum(one.counts and one.action.department == department for one in held)
    found = pendency(held, department)
    return department, own, own - found.total, found.total, found.in_time, found.late


def _day(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(IST).date().isoformat()
