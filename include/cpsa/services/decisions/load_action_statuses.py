"""The status of every action, and what was decided since an instant; reads only."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from cpsa.actions.status import ActionStatus, compute_action_statuses
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.first_mails import join_first_mail_dates
from cpsa.store.database import read_transaction
from cpsa.store.queries import (
    action_queries,
    closing_queries,
)


def list_decisions_since(connection: Connection, agency: str, since: datetime) -> pd.DataFrame:
    """What was decided after an instant on actions an agency raised: the newest of each action.

    Columns: number, quarter, department, theme, request, decision, decided_at, remarks,
    recorded_at, promised_on (the newest date named for its completion); in the order of recording.
    """
    decisions = action_queries.load_decisions(connection)
    named = decisions.groupby("number")["promised_on"].ffill()
    newest = decisions.assign(promised_on=named).drop_duplicates("number", keep="last")
    decided = newest[newest["recorded_at"] > since]
    raised = action_queries.load_actions(connection)
    own = raised.loc[
        raised["agency"] == agency, ["number", "quarter", "department", "theme", "request"]
    ]
    return decided.merge(own, on="number")[
        [*own.columns, "decision", "decided_at", "remarks", "recorded_at", "promised_on"]
    ].reset_index(drop=True)


def load_action_statuses(
    context: AppContext, now: datetime, department: str | None = None
) -> list[ActionStatus]:
    """The status of every action now, of one department or of all, oldest first."""
    if department is not None:
        department = require_department(context, department)
    with read_transaction(context.engine) as connection:
        statuses = read_action_statuses(context, connection, now)
    return [status for status in statuses if department in (None, status.action.department)]


def require_department(context: AppContext, code: str) -> str:
    """The present code of a department; RequestError for a code that none has or had."""
    known = context.reference.department_codes
    if code not in known:
        codes = ", ".join(context.reference.departments)
        raise RequestError("actions.refused.no_department", value=code, known=codes)
    return known[code]


def read_action_statuses(
    context: AppContext, connection: Connection, now: datetime
) -> tuple[ActionStatus, ...]:
    """The status of every action at an instant, within a transaction."""
    term = context.reference.replies.term
    actions = join_first_mail_dates(
        context, connection, action_queries.load_actions(connection), now
    )
    accepted = closing_queries.load_accepted_pairs(connection)
    pairs = zip(actions["agency"], actions["quarter"], strict=True)
    counting = actions.assign(accepted=[pair in accepted for pair in pairs])
    return compute_action_statuses(counting, action_queries.load_decisions(connection), now, term)
