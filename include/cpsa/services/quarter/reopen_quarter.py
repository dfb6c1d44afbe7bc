"""Exceptions that an admin makes: lock exceptions and waivers, each with a reason and an audit row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.close_quarter import is_quarter_closed
from cpsa.services.quarter.exception_rules import examine_after_exception, require_reason_and_agency
from cpsa.services.service_results import CheckResult
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries, exception_queries
from cpsa.submissions.state import SubmissionState


def reopen_quarter(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    reason: str,
    who: str,
    now: datetime,
    indicators: Collection[str] = (),
) -> CheckResult:
    """Accept an agency's late file for a closed quarter; a locked-out file is checked at once.

    With ``indicators`` only these count in it, the others stay as accepted before. RequestError
    for an indicator that is not in the agency's form, or where nothing was accepted before.
    """
    require_reason_and_agency(context, agency, quarter, reason)
    if not is_quarter_closed(context, quarter):
        raise RequestError("cycle.not_closed", quarter=quarter.key)
    only = _parse_indicators(context, agency, quarter, indicators)
    given = {"agency": agency, "quarter": quarter.key, "indicators": ",".join(only)}
    with write_transaction(context.engine) as connection:
        exception_queries.add_lock_exception(
            connection, **given, reason=reason, given_by=who, given_at=now
        )
        subject = " ".join((agency, quarter.key, *only))
        audit_queries.add_audit(connection, now, who, "reopen", subject, reason)
    return examine_after_exception(context, agency, quarter, now)


def _parse_indicators(
    context: AppContext, agency: str, quarter: Quarter, indicators: Collection[str]
) -> tuple[str, ...]:
    """Return the indicators' codes, in the order of the form."""
    if not indicators:
        return ()
    agency_quarter = load_agency_quarter(context, agency, quarter)
    form = [
        form_indicator.code
        for form_indicator in context.load_framework(quarter).form_indicators(agency_quarter.form)
    ]
    wanted = {typed_code.strip().upper() for typed_code in indicators}
    if unknown := sorted(wanted - set(form)):
        raise RequestError("cycle.no_indicator", value=", ".join(unknown), form=agency_quarter.form)
    if agency_quarter.state != SubmissionState.ACCEPTED:
        raise RequestError("cycle.nothing_accepted", agency=agency, quarter=quarter.key)
    return tuple(code for code in form if code in wanted)
