"""Reads what was received, examines it against the quarters before, accepts or returns it.

A quarter is examined against the accepted quarters before it, so older quarters always come first,
in whatever order files or runs arrive. Whatever changes what a submission was compared with (its
*basis*) makes it be examined again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.examination.agency_batches import split_among_workers
from cpsa.services.examination.quarter_check import CheckInputs, QuarterCheck
from cpsa.services.service_results import CheckResult, SubmissionResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import submission_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions


def examine_quarter(
    context: AppContext, quarter: Quarter, now: datetime, agencies: Collection[str] | None = None
) -> CheckResult:
    """Check what needs it in a quarter and in the quarters before it; all or nothing.

    With ``agencies``, others may be checked at the same time: none depends on another.
    """
    with write_transaction(context.engine, alone=True, agencies=agencies) as connection:
        return examine_in_transaction(context, connection, quarter, now, agencies)


def examine_updates(context: AppContext, now: datetime) -> CheckResult:
    """Check every quarter for which something was received, oldest first."""
    with read_transaction(context.engine) as connection:
        known = submission_queries.list_known_quarters(connection)
    return examine_quarter(context, Quarter.parse(known[-1]), now) if known else CheckResult("")


def list_check_batches(context: AppContext, quarter: Quarter, workers: int) -> list[list[str]]:
    """Agencies with something of this quarter or an earlier one to check, shared out among workers."""
    with read_transaction(context.engine) as connection:
        agencies = submission_queries.list_unexamined_agencies(connection, quarter.key)
    return split_among_workers(agencies, workers)


def examine_in_transaction(
    context: AppContext,
    connection: Connection,
    quarter: Quarter,
    now: datetime,
    agencies: Collection[str] | None = None,
) -> CheckResult:
    """``examine_quarter`` as a part of a larger transaction."""
    return examine_and_load(context, connection, quarter, now, agencies)[0]


def examine_and_load(
    context: AppContext,
    connection: Connection,
    quarter: Quarter,
    now: datetime,
    agencies: Collection[str] | None = None,
) -> tuple[CheckResult, StoredSubmissions]:
    """``examine_in_transaction``, and the submissions (of these agencies) as they are then."""
    judged: list[SubmissionResult] = []
    problems: list[RequestError] = []
    notices: list[RequestError] = []
    inputs = CheckInputs.load(context, connection, now, agencies)
    current = inputs.load_current(quarter.key)
    for key in submission_queries.list_known_quarters(connection):
        if key <= quarter.key:
            quarter_check = QuarterCheck(inputs, Quarter.parse(key))
            done, current = quarter_check.run(current)
            judged += done
            problems += quarter_check.problems
            notices += quarter_check.notices
    return CheckResult(quarter.key, tuple(judged), tuple(problems), tuple(notices)), current
