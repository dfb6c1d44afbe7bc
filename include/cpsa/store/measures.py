"""What the watching of a running programme asks of the store: a few counts and two ages.

What must not go here: names of metrics and who collects them (``cycle.measuring``, the plugins).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from cpsa.store.judgements import stated
from cpsa.store.tables.dispatch import State, dispatch
from cpsa.store.tables.intake import submission
from cpsa.store.tables.judgement import examination, finding


def submissions(connection: Connection, quarter: str) -> dict[str, int]:
    """How many files of a quarter stand in which state; ``received`` where nobody has looked yet."""
    files = stated(quarter, quarter)
    counted = select(files.c.state, func.count()).group_by(files.c.state)
    return {state: number for state, number in connection.execute(counted)}


def findings(connection: Connection, quarter: str) -> dict[str, int]:
    """How many findings each rule has in a quarter: in every file's latest examination."""
    files = stated(quarter, quarter)
    counted = (
        select(finding.c.rule, func.count())
        .join(files, files.c.examination_id == finding.c.examination_id)
        .group_by(finding.c.rule)
    )
    return {rule: number for rule, number in connection.execute(counted)}


def oldest_unread(connection: Connection) -> datetime | None:
    """When the file came in that has waited longest for an examination; none where none waits."""
    looked_at = select(examination.c.id).where(examination.c.submission_id == submission.c.id)
    waiting = select(func.min(submission.c.received_at)).where(~looked_at.exists())
    return connection.execute(waiting).scalar_one()


def mails(connection: Connection) -> dict[str, int]:
    """How many mails stand in which state of the ledger, all that were ever planned."""
    counted = select(dispatch.c.state, func.count()).group_by(dispatch.c.state)
    return {state: number for state, number in connection.execute(counted)}


def oldest_unsent(connection: Connection) -> datetime | None:
    """When the mail was planned that has waited longest to leave; none where none waits."""
    waiting = select(func.min(dispatch.c.planned_at)).where(dispatch.c.state == State.PENDING)
    return connection.execute(waiting).scalar_one()
