"""Checks what was received; a closed quarter that it changes is computed again at once.

A file that had arrived before the closing, or that a lock exception admits, restates its quarter.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.examination.examine_updates import examine_quarter, examine_updates
from cpsa.services.quarter.close_quarter import recompute_closing
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import CheckResult
from cpsa.store.database import read_transaction
from cpsa.store.queries import closing_queries
from cpsa.submissions.state import SubmissionState


@log_use_case
def check_quarter(
    context: AppContext, quarter: Quarter, now: datetime, agencies: Collection[str] | None = None
) -> CheckResult:
    """``examine_quarter``; closed quarters that it changed are computed again with those after them."""
    return _recompute_closed(context, examine_quarter(context, quarter, now, agencies), now)


@log_use_case
def check_updates(context: AppContext, now: datetime) -> CheckResult:
    """``examine_updates``; closed quarters are computed again as in ``check_quarter``."""
    return _recompute_closed(context, examine_updates(context, now), now)


def _recompute_closed(context: AppContext, checked: CheckResult, now: datetime) -> CheckResult:
    admitted = {
        judgement.quarter
        for judgement in checked.judgements
        if judgement.state != SubmissionState.LOCKED_OUT
    }
    if admitted:
        with read_transaction(context.engine) as connection:
            closed = admitted & set(closing_queries.list_closed_quarters(connection))
        if closed:
            recompute_closing(context, Quarter.parse(min(closed)), now)
    return checked
