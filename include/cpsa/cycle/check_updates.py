"""Checks what came in; what it changes in a closed quarter is computed again at once.

A file that had arrived before the closing, or that a lock exception admits, restates its quarter.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.cycle import checking
from cpsa.cycle.closing import close_again
from cpsa.cycle.office import Office
from cpsa.cycle.results import Checked
from cpsa.store import closings
from cpsa.store.database import reading
from cpsa.submissions.state import SubmissionState


def check(
    office: Office, quarter: Quarter, now: datetime, agencies: Collection[str] | None = None
) -> Checked:
    """``checking.check``; closed quarters that it changed are computed again with those after them."""
    return _restated(office, checking.check(office, quarter, now, agencies), now)


def check_all(office: Office, now: datetime) -> Checked:
    """``checking.check_all``, and the same."""
    return _restated(office, checking.check_all(office, now), now)


def _restated(office: Office, checked: Checked, now: datetime) -> Checked:
    admitted = {
        judgement.quarter
        for judgement in checked.judgements
        if judgement.state != SubmissionState.LOCKED_OUT
    }
    if admitted:
        with reading(office.engine) as connection:
            closed = admitted & set(closings.latest_closings(connection)["quarter"])
        if closed:
            close_again(office, Quarter.parse(min(closed)), now)
    return checked
