"""What comes before updates: a quarter's window is opened."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.reference.programme_in_use import get_programme
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.closing_conditions import require_ended, require_first
from cpsa.services.quarter.obligations import list_forms_due
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import OpenQuarterResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    audit_queries,
    obligation_queries,
    quarter_queries,
    submission_queries,
)

OPENED = "open"  # in the audit


@log_use_case
def open_quarter(
    context: AppContext, quarter: Quarter, now: datetime, who: str = ""
) -> OpenQuarterResult:
    """Record whose update is due for a quarter. Again, it adds only agencies that are new.

    ``who``: the person who opens it by hand. Where no first quarter is set, only a person opens a
    quarter; then the programme's, else the oldest of the store, becomes the first. A quarter that is opened only
    after its window is replayed: nobody is written to. RequestError for a quarter that has not
    ended, or before the first.
    """
    context.load_framework(quarter)  # a quarter before the first framework cannot be opened
    require_ended(quarter, now, "window.not_ended_to_open")
    with write_transaction(context.engine, alone=True) as connection:
        require_first(connection, quarter)
        is_first = quarter_queries.find_setting(connection, quarter_queries.FIRST_QUARTER) is None
        if is_first and not who:
            return OpenQuarterResult(quarter.key, 0, 0, is_open=False)
        if is_first:
            begins = get_programme().first_quarter
            known = (*submission_queries.list_known_quarters(connection), quarter.key)
            first = begins.key if begins else min(known)
            quarter_queries.add_setting(connection, quarter_queries.FIRST_QUARTER, first, who, now)
        is_new = quarter_queries.add_opening(
            connection, quarter.key, now, who, replayed=now >= quarter.window_ends
        )
        forms = list_forms_due(connection, context.load_register(connection), quarter)
        new = obligation_queries.record_obligations(connection, quarter.key, forms, now)
        if who and (is_new or new):
            audit_queries.add_audit(connection, now, who, OPENED, quarter.key, "")
    return OpenQuarterResult(quarter.key, len(forms), new)


def has_first_quarter(context: AppContext) -> bool:
    """Whether an admin has opened the programme's first quarter."""
    with read_transaction(context.engine) as connection:
        return quarter_queries.find_setting(connection, quarter_queries.FIRST_QUARTER) is not None
