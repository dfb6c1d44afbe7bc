"""Exceptions that an admin makes: lock exceptions and waivers, each with a reason and an audit row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.examination.examine_updates import examine_quarter
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.close_quarter import is_quarter_closed, recompute_closing
from cpsa.services.service_results import CheckResult
from cpsa.store.database import read_transaction, write_transaction
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
    _require_reason_and_agency(context, agency, quarter, reason)
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
    return _check_again(context, agency, quarter, now)


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


def waive_rule(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    rule: str,
    reason: str,
    who: str,
    now: datetime,
) -> CheckResult:
    """Waive one rule for an agency and quarter; the finding is kept and marked waived."""
    _require_reason_and_agency(context, agency, quarter, reason)
    rules = context.load_framework(quarter).rules
    if rule not in rules or not rules[rule].waivable:
        waivable = ", ".join(known_rule.id for known_rule in rules.values() if known_rule.waivable)
        raise RequestError("cycle.not_waivable", value=rule, waivable=waivable)
    given = {"agency": agency, "quarter": quarter.key, "rule": rule, "reason": reason}
    with write_transaction(context.engine) as connection:
        exception_queries.add_waiver(connection, **given, given_by=who, given_at=now)
        subject = f"{agency} {quarter.key} {rule}"
        audit_queries.add_audit(connection, now, who, "waive", subject, reason)
    return _check_again(context, agency, quarter, now)


def _check_again(context: AppContext, agency: str, quarter: Quarter, now: datetime) -> CheckResult:
    checked = examine_quarter(context, quarter, now, [agency])
    if is_quarter_closed(context, quarter):
        recompute_closing(context, quarter, now)
    return checked


def _require_reason_and_agency(
    context: AppContext, agency: str, quarter: Quarter, reason: str
) -> None:
    if not reason.strip():
        raise RequestError("cycle.no_reason")
    with read_transaction(context.engine) as connection:
        register = context.load_register_of_quarter(connection, quarter)
    if agency not in set(register.agencies["code"]):
        raise RequestError("cycle.no_agency", value=agency)
    if agency not in register.forms_in(quarter.key):
        raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
