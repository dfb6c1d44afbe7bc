"""What every exception of an admin needs: a reason and an agency before it, an examination after it."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.examination.examine_updates import examine_quarter
from cpsa.services.quarter.close_quarter import recompute_if_closed
from cpsa.services.required_reason import require_reason
from cpsa.services.service_results import CheckResult
from cpsa.store.database import read_transaction


def examine_after_exception(
    context: AppContext, agency: str, quarter: Quarter, now: datetime
) -> CheckResult:
    checked = examine_quarter(context, quarter, now, [agency])
    recompute_if_closed(context, quarter, now)
    return checked


def require_reason_and_agency(
    context: AppContext, agency: str, quarter: Quarter, reason: str
) -> None:
    require_reason(reason)
    with read_transaction(context.engine) as connection:
        register = context.load_register_of_quarter(connection, quarter)
    if agency not in set(register.agencies["code"]):
        raise RequestError("cycle.no_agency", value=agency)
    if agency not in register.forms_in(quarter.key):
        raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
