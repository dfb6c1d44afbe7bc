"""Waives a rule for one agency and quarter, with a reason and an audit row."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.exception_rules import examine_after_exception, require_reason_and_agency
from cpsa.services.service_results import CheckResult
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries, exception_queries


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
    require_reason_and_agency(context, agency, quarter, reason)
    rules = context.load_framework(quarter).rules
    if rule not in rules or not rules[rule].waivable:
        waivable = ", ".join(known_rule.id for known_rule in rules.values() if known_rule.waivable)
        raise RequestError("cycle.not_waivable", value=rule, waivable=waivable)
    given = {"agency": agency, "quarter": quarter.key, "rule": rule, "reason": reason}
    with write_transaction(context.engine) as connection:
        exception_queries.add_waiver(connection, **given, given_by=who, given_at=now)
        subject = f"{agency} {quarter.key} {rule}"
        audit_queries.add_audit(connection, now, who, "waive", subject, reason)
    return examine_after_exception(context, agency, quarter, now)
