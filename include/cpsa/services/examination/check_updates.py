"""Checks what was received; a closed quarter that it changes is computed again at once.

A file that had arrived before the closing, or that a lock exception admits, restates its quarter.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.cycle import checking
from cpsa.cycle.closing import recompute_closing
from cpsa.cycle.office import AppContext
from cpsa.cycle.results import CheckResult
from cpsa.store import closings
from cpsa.store.database import read_transaction
from cpsa.submissions.state import SubmissionState


def check_quarter(
    context: AppContext, quarter: Quarter, now: datetime, agencies: Collection[str] | None = None
) -> CheckResult:
    """``examine_quarter``; closed quarters that it changed are computed again with those after them."""
    return _recompute_closed(
        context, checking.examine_quarter(context, quarter, now, agencies), now
    )


def check_updates(context: AppContext, now: datetime) -> CheckResult:
    """``examine_updates``; closed quarters are computed again as in ``check_quarter``."""
    return _recompute_closed(context, checking.examine_updates(context, now), now)


def _recompute_closed(context: AppContext, checked: CheckResult, now: datetime) -> CheckResult:
    admitted = {
        judgement.quarter
        for judgement in checked.judgements
        if judgement.state != SubmissionState.LOCKED_OUT
    }
    if admitted:
        with read_transaction(context.engine) as connection:
            closed = admitted & set(closings.load_latest_closings(connection)["quarter"])
        if closed:
            recompute_closing(context, Quarter.parse(min(closed)), now)
    return checked
