"""Policy actions with the first mail that requested each, by the ledger."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from cpsa.actions.reply_term import AcceptedMail, add_first_mails
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.services.app_context import AppContext
from cpsa.services.department_codes import find_present_code, replace_former_codes
from cpsa.store.queries import action_queries, dispatch_queries


def join_first_mail_dates(
    context: AppContext, connection: Connection, actions: pd.DataFrame, as_of: datetime
) -> pd.DataFrame:
    """Return actions under their departments' present codes, with ``sent_at`` as of an instant."""
    raised = action_queries.load_raised_at(connection)
    timed = replace_former_codes(context, actions)
    timed = timed.assign(raised_at=[raised[number] for number in timed["number"]])
    mails = []
    for row in dispatch_queries.list_accepted_mails(connection, PACK_SLOT, as_of):
        department, kind, _ = row.recipient.split(":")
        if kind == "to":
            code = find_present_code(context, department)
            mails.append(AcceptedMail(code, row.cycle, row.at))
    return add_first_mails(timed, mails).drop(columns="raised_at")
