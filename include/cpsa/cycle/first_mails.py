"""Policy actions with the first mail that asked for each, by the ledger."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from cpsa.actions.reply_due import AcceptedMail, with_first_mails
from cpsa.cycle.departments import present_code, with_present_codes
from cpsa.cycle.office import Office
from cpsa.deliver import pack
from cpsa.store import actions as shelf
from cpsa.store import dispatches


def actions_sent(
    office: Office, connection: Connection, actions: pd.DataFrame, as_of: datetime
) -> pd.DataFrame:
    """Actions under their departments' present codes, with ``sent_at`` as of an instant."""
    raised = shelf.raised_at(connection)
    timed = with_present_codes(office, actions)
    timed = timed.assign(raised_at=[raised[number] for number in timed["number"]])
    mails = []
    for row in dispatches.accepted_mails(connection, pack.SLOT, as_of):
        department, kind, _ = row.recipient.split(":")
        if kind == "to":
            code = present_code(office, department)
            mails.append(AcceptedMail(code, row.cycle, row.at))
    return with_first_mails(timed, mails).drop(columns="raised_at")
