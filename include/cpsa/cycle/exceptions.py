"""What an admin lets pass: lock exceptions and waivers, each with a reason and a trace."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.cycle.checking import check
from cpsa.cycle.closing import close_again, is_closed
from cpsa.cycle.office import Office
from cpsa.cycle.results import Checked
from cpsa.errors import RequestError
from cpsa.store import judgements
from cpsa.store.database import reading, writing


def reopen(
    office: Office, agency: str, quarter: Quarter, reason: str, who: str, now: datetime
) -> Checked:
    """Let an agency's late file into a closed quarter; a file that waits is checked at once."""
    _require(office, agency, reason)
    if not is_closed(office, quarter):
        raise RequestError("cycle.not_closed", quarter=quarter.key)
    given = {"agency": agency, "quarter": quarter.key, "reason": reason}
    with writing(office.engine) as connection:
        judgements.add_lock_exception(connection, **given, given_by=who, given_at=now)
        judgements.add_audit(connection, now, who, "reopen", f"{agency} {quarter.key}", reason)
    return _look_again(office, agency, quarter, now)


def waive(
    office: Office,
    agency: str,
    quarter: Quarter,
    rule: str,
    reason: str,
    who: str,
    now: datetime,
) -> Checked:
    """Let one rule pass for an agency and quarter; the finding stays, marked waived."""
    _require(office, agency, reason)
    rules = office.framework(quarter).rules
    if rule not in rules or not rules[rule].waivable:
        waivable = ", ".join(one.id for one in rules.values() if one.waivable)
        raise RequestError("cycle.not_waivable", value=rule, waivable=waivable)
    given = {"agency": agency, "quarter": quarter.key, "rule": rule, "reason": reason}
    with writing(office.engine) as connection:
        judgements.add_waiver(connection, **given, given_by=who, given_at=now)
        subject = f"{agency} {quarter.key} {rule}"
        judgements.add_audit(connection, now, who, "waive", subject, reason)
    return _look_again(office, agency, quarter, now)


def _look_again(office: Office, agency: str, quarter: Quarter, now: datetime) -> Checked:
    checked = check(office, quarter, now, [agency])
    if is_closed(office, quarter):
        close_again(office, quarter, now)
    return checked


def _require(office: Office, agency: str, reason: str) -> None:
    if not reason.strip():
        raise RequestError("cycle.no_reason")
    with reading(office.engine) as connection:
        if agency not in set(office.registry(connection).agencies["code"]):
            raise RequestError("cycle.no_agency", value=agency)
