"""Reporting, accepted and on-time counts of a quarter as its closing keeps them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from cpsa.scoring.reporting_rates import ReportingRates
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.state import REPORTED, SubmissionState


def count_reporting(
    forms: Mapping[str, str],
    form_codes: Iterable[str],
    states: Mapping[str, str],
    submissions: Iterable[SubmissionRecord],
    dates: Mapping[str, DueDate],
    closed_at: datetime,
) -> list[ReportingRates]:
    """One row per form of ``form_codes``. ``forms``: agency to form; ``submissions``: all of the quarter;
    ``closed_at``: the act of closing; what arrived by then counts, also if it was found later.
    """
    arrived = [row for row in submissions if row.state in REPORTED and row.received_at < closed_at]
    reported = {row.agency for row in arrived}
    requested = {agency for agency in forms if agency not in dates or dates[agency].requested}
    accepted = {agency for agency, state in states.items() if state == SubmissionState.ACCEPTED}
    on_time = requested & {
        row.agency
        for row in arrived
        if row.agency in dates and not dates[row.agency].is_late(row.received_at)
    }
    return [
        ReportingRates.from_members(
            form, _list_members(forms, form), reported, accepted, on_time, requested
        )
        for form in form_codes
    ]


def _list_members(forms: Mapping[str, str], form: str) -> Collection[str]:
    return [agency for agency, own in forms.items() if own == form]
