"""Checking: reads what came in, judges it against the quarters before, accepts or returns it.

A quarter is judged against the accepted quarters before it, so older quarters always come first,
in whatever order files or runs arrive. Whatever changes what a submission was compared with (its
*basis*) makes it be looked at again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.check import Examined
from cpsa.cycle.desk import Desk, Papers
from cpsa.cycle.office import Office
from cpsa.cycle.results import Checked, Judgement
from cpsa.cycle.standing import Standing
from cpsa.cycle.submitted_figures import try_file
from cpsa.errors import RequestError
from cpsa.store import intake
from cpsa.store import registry as registries
from cpsa.store.database import reading, writing
from cpsa.submissions.state import SubmissionState


def check(
    office: Office, quarter: Quarter, now: datetime, agencies: Collection[str] | None = None
) -> Checked:
    """Check what of a quarter, and of the quarters before it, needs a look; all or nothing.

    Of some agencies only, others may be checked at the same time: none rests on another.
    """
    with writing(office.engine, alone=True, agencies=agencies) as connection:
        return check_within(office, connection, quarter, now, agencies)


def check_all(office: Office, now: datetime) -> Checked:
    """Check every quarter for which something came in, oldest first."""
    with reading(office.engine) as connection:
        known = intake.quarters_known(connection)
    return check(office, Quarter.parse(known[-1]), now) if known else Checked("")


def batches(office: Office, quarter: Quarter, size: int) -> list[list[str]]:
    """Agencies with something of this quarter or an earlier one to check, in lots."""
    with reading(office.engine) as connection:
        standing = Standing.read(connection, quarter.key)
    waiting = sorted(
        {one.agency for one in standing.submissions if one.state == SubmissionState.RECEIVED}
    )
    return [waiting[at : at + size] for at in range(0, len(waiting), size)]


def check_within(
    office: Office,
    connection: Connection,
    quarter: Quarter,
    now: datetime,
    agencies: Collection[str] | None = None,
) -> Checked:
    """``check`` as a part of a larger transaction."""
    judged: list[Judgement] = []
    problems: list[RequestError] = []
    notices: list[RequestError] = []
    papers = Papers.read(office, connection, now, agencies)
    standing = papers.standing(quarter.key)
    for key in intake.quarters_known(connection):
        if key <= quarter.key:
            desk = Desk(papers, Quarter.parse(key))
            judged += (done := desk.work(standing))
            problems += desk.problems
            notices += desk.notices
            if done:  # what was accepted here is history for the quarters after it
                standing = papers.standing(quarter.key)
    return Checked(quarter.key, tuple(judged), tuple(problems), tuple(notices))


def preview(office: Office, agency: str, quarter: Quarter, content: bytes, name: str) -> Examined:
    """What a check would say of a file, against the store as it is; writes nothing."""
    with reading(office.engine) as connection:
        load_id = registries.load_of_quarter(connection, quarter.key)
        agency = office.roll(connection, load_id).code_named(agency)
        return try_file(office, connection, agency, quarter, content, name).examined
