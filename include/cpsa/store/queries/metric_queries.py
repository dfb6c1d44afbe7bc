"""What monitoring reads from the store: a few counts and two ages.

What must not go here: names of metrics and who collects them (``measure_programme``, the plugins).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from cpsa.store.queries.examination_queries import select_submissions
from cpsa.store.tables.dispatch_tables import MailState, dispatch
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.submission_tables import submission


def count_submissions(connection: Connection, quarter: str) -> dict[str, int]:
    """The number of files of a quarter in each state; ``received`` where not examined yet."""
    files = select_submissions(quarter, quarter)
    counted = select(files.c.state, func.count()).group_by(files.c.state)
    return {state: number for state, number in connection.execute(counted)}


def count_findings(connection: Connection, quarter: str) -> dict[str, int]:
    """How many findings each rule has in a quarter: in every file's latest examination."""
    files = select_submissions(quarter, quarter)
    counted = (
        select(finding.c.rule, func.count())
        .join(files, files.c.examination_id == finding.c.examination_id)
        .group_by(finding.c.rule)
    )
    return {rule: number for rule, number in connection.execute(counted)}


def find_oldest_unexamined(connection: Connection) -> datetime | None:
    """When the oldest file without an examination was received; None where there is none."""
    examined = select(examination.c.id).where(examination.c.submission_id == submission.c.id)
    oldest = select(func.min(submission.c.received_at)).where(~examined.exists())
    result: datetime | None = connection.execute(oldest).scalar_one()
    return result


def count_mails_by_state(connection: Connection) -> dict[str, int]:
    """The number of mails in each state of the ledger, all that were ever planned."""
    counted = select(dispatch.c.state, func.count()).group_by(dispatch.c.state)
    return {state: number for state, number in connection.execute(counted)}


def find_oldest_unsent(connection: Connection) -> datetime | None:
    """When the oldest mail that is still to be sent was planned; None where there is none."""
    oldest = select(func.min(dispatch.c.planned_at)).where(dispatch.c.state == MailState.PENDING)
    result: datetime | None = connection.execute(oldest).scalar_one()
    return result
