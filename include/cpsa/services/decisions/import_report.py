"""The action taken report form as it is sent, and its import from the channels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.registry.agency_register import AgencyRegister
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import find_repeat
from cpsa.services.decisions.department_replies import record_unread_form
from cpsa.services.decisions.record_decisions import record_decisions
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import IntakeResult

REPORT_SUFFIX = ".atr"
"""The end of a report's name, before its file extension: ``BANKS.atr.xlsx``."""


@log_use_case
def import_report(
    context: AppContext,
    arrival: Arrival,
    now: datetime,
    departments: Collection[str] | None = None,
    seat: str = "",
) -> IntakeResult:
    """Record the answers of a report from a channel; of a refused one, keep its bytes and the reason.

    ``departments``: those the sender may answer for, where the channel knows no more; ``seat``: the
    recipient who sent it, where that is known.
    """
    if repeat := find_repeat(context, arrival.channel, arrival.key, arrival.sha256):
        context.store_received_bytes(arrival.content, arrival.sha256)
        return repeat
    try:
        done = record_decisions(context, arrival, arrival.channel, now, departments, seat)
    except RequestError as error:
        department = seat.partition(":")[0] or arrival.agency
        return record_unread_form(context, arrival, error, now, department, seat)
    notices = tuple(done.notices(context.settings.language))
    result = IntakeResult(arrival.key, done.outcome, notices=notices)
    if not done.faults:
        return result
    words = " ".join(done.problems(context.settings.language))
    return replace(result, problem=words, reason=done.faults[0].key)


def parse_department_code(context: AppContext, file_name: str) -> str | None:
    """The department named in ``BANKS.atr.xlsx``, in any case; None for a file of another kind."""
    stem, dot, _ = file_name.rpartition(".")
    if not dot or not stem.casefold().endswith(REPORT_SUFFIX):
        return None
    named = stem[: -len(REPORT_SUFFIX)]
    codes = {
        code.casefold(): present for code, present in context.reference.department_codes.items()
    }
    return codes.get(named.casefold(), named)


def list_departments_of_address(register: AgencyRegister, address: str) -> frozenset[str]:
    """The departments that an address of the registry receives documents for."""
    seats = register.recipients
    own = seats[seats["email"].astype(str).str.strip().str.casefold() == address.strip().casefold()]
    return frozenset(own["department"]) if address.strip() else frozenset()
