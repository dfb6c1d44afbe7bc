"""What an admin lets pass: lock exceptions and waivers, each with a reason and a trace."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.cycle.accounts import account
from cpsa.cycle.checking import check
from cpsa.cycle.closing import close_again, is_closed
from cpsa.cycle.office import Office
from cpsa.cycle.results import Checked
from cpsa.errors import RequestError
from cpsa.store import judgements
from cpsa.store.database import reading, writing
from cpsa.submissions.state import SubmissionState


def reopen(
    office: Office,
    agency: str,
    quarter: Quarter,
    reason: str,
    who: str,
    now: datetime,
    indicators: Collection[str] = (),
) -> Checked:
    """Let an agency's late file into a closed quarter; a file that waits is checked at once.

    With ``indicators`` only these count of it, the others stay as they were accepted. RequestError
    for an indicator that is not in the agency's form, or where nothing was accepted before.
    """
    _require(office, agency, quarter, reason)
    if not is_closed(office, quarter):
        raise RequestError("cycle.not_closed", quarter=quarter.key)
    only = _only(office, agency, quarter, indicators)
    given = {"agency": agency, "quarter": quarter.key, "indicators": ",".join(only)}
    with writing(office.engine) as connection:
        judgements.add_lock_exception(
            connection, **given, reason=reason, given_by=who, given_at=now
        )
        subject = " ".join((agency, quarter.key, *only))
        judgements.add_audit(connection, now, who, "reopen", subject, reason)
    return _look_again(office, agency, quarter, now)


def _only(
    office: Office, agency: str, quarter: Quarter, indicators: Collection[str]
) -> tuple[str, ...]:
    """The indicators by their codes, in the order of the form."""
    if not indicators:
        return ()
    asked = account(office, agency, quarter)
    form = [one.code for one in office.framework(quarter).form_indicators(asked.form)]
    wanted = {one.strip().upper() for one in indicators}
    if unknown := sorted(wanted - set(form)):
        raise RequestError("cycle.no_indicator", value=", ".join(unknown), form=asked.form)
    if asked.state != SubmissionState.ACCEPTED:
        raise RequestError("cycle.nothing_accepted", agency=agency, quarter=quarter.key)
    return tuple(code for code in form if code in wanted)


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
    _require(office, agency, quarter, reason)
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


def _require(office: Office, agency: str, quarter: Quarter, reason: str) -> None:
    if not reason.strip():
        raise RequestError("cycle.no_reason")
    with reading(office.engine) as connection:
        register = office.register_of_quarter(connection, quarter)
    if agency not in set(register.agencies["code"]):
        raise RequestError("cycle.no_agency", value=agency)
    if agency not in register.forms_in(quarter.key):
        raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
