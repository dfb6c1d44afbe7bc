"""Which file of a mail awaits confirmation of its sender, and recording that it does.

What belongs here: the rule (``CPSA_MAIL_TRUST``) and what a file would replace or decide. What must
not: how a sender is proven (``intake.channels.mail_authentication``), and the end of the wait
(``confirm_arrival``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import is_half_key
from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import FileUse, IncomingFile
from cpsa.intake.channels.mail_authentication import UnprovenSender
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import make_arrival_columns
from cpsa.services.department_codes import find_present_code
from cpsa.services.service_results import IntakeResult
from cpsa.settings import MailTrust
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    arrival_queries,
    awaiting_arrival_queries,
    entry_queries,
    examination_queries,
)
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.update import Unreadable
from cpsa.template.report_form.report_form_reader import read_report_form

AWAITING = "awaiting"
# An update that is not examined yet will be accepted for all that is known.
_MAY_COUNT_STATES = (SubmissionState.ACCEPTED, SubmissionState.RECEIVED)


class WaitReason(StrEnum):
    """Why a file awaits confirmation. Stored codes."""

    NOT_PROVEN = "not_proven"
    REPLACES_UPDATE = "replaces_update"
    REPLACES_ENTRIES = "replaces_entries"
    DECIDES = "decides"


@dataclass(frozen=True)
class PendingConfirmation:
    """Why a file awaits confirmation, and the party requested to confirm it: an agency or department.

    ``period``: blank where its rows name several; ``parties``: all parties that its sender may represent.
    """

    reason: WaitReason
    party: str
    period: str
    parties: Collection[str]


def await_sender_confirmation(
    context: AppContext, file: IncomingFile, sender: UnprovenSender, now: datetime
) -> IntakeResult | None:
    """Record that a file awaits confirmation of its sender; None where it need not.

    The same arrival again returns its recorded outcome. Its bytes are stored.
    """
    if context.settings.mail_trust is MailTrust.OPEN:
        return None
    arrival = file.arrival
    with read_transaction(context.engine) as connection:
        if (known := _find_known_arrival(connection, file)) is not None:
            return (
                None
                if known.outcome == awaiting_arrival_queries.CONFIRMED
                else _describe_known_arrival(arrival, known)
            )
        same = arrival.channel, arrival.key, arrival.sha256
        before = arrival_queries.find_arrival(connection, *same, _find_owner(file))
        if before is not None and before.outcome != arrival_queries.REFUSED:
            return None
        pending = _find_confirmation_need(context, connection, file)
    if pending is None:
        return None
    context.store_received_bytes(arrival.content, arrival.sha256)
    with write_transaction(context.engine, alone=True) as connection:
        if _find_known_arrival(connection, file) is None and not _has_same_bytes_pending(
            connection, arrival, pending
        ):
            awaiting_arrival_queries.add_awaiting_arrival(
                connection,
                **make_arrival_columns(arrival),
                recorded_at=now,
                kind=file.use,
                party=pending.party,
                period=pending.period,
                sender=sender.address,
                parties=sorted(pending.parties),
                proof=sender.proof,
                reason=pending.reason,
            )
    return IntakeResult(arrival.key, AWAITING, pending.party, pending.period)


def can_replace_update(connection: Connection, agency: str, quarter: str, sha256: str) -> bool:
    """Whether a file would replace an agency's update that counts or will count.

    The newest version's own bytes are a repeat and replace nothing.
    """
    rows = examination_queries.load_submissions(connection, quarter, quarter, [agency])
    if rows and rows[-1].sha256 == sha256:
        return False
    return any(row.state in _MAY_COUNT_STATES for row in rows)


def _find_known_arrival(connection: Connection, file: IncomingFile) -> Any:
    arrival = file.arrival
    same = arrival.channel, arrival.key, arrival.sha256
    return awaiting_arrival_queries.find_same_arrival(
        connection, *same, file.use, _find_owner(file)
    )


def _find_owner(file: IncomingFile) -> tuple[str, str] | None:
    is_update = file.use is FileUse.UPDATE
    return (file.arrival.agency, file.arrival.quarter) if is_update else None


def _has_same_bytes_pending(
    connection: Connection, arrival: Arrival, pending: PendingConfirmation
) -> bool:
    """Whether the same bytes already await confirmation: one confirmation is for both."""
    rows = awaiting_arrival_queries.list_awaiting_arrivals(connection, period=pending.period)
    return any(row.party == pending.party and row.sha256 == arrival.sha256 for row in rows)


def _describe_known_arrival(arrival: Arrival, known: Any) -> IntakeResult:
    outcome = AWAITING if known.outcome is None else arrival_queries.REFUSED
    return IntakeResult(arrival.key, outcome, known.party, known.period)


def _find_confirmation_need(
    context: AppContext, connection: Connection, file: IncomingFile
) -> PendingConfirmation | None:
    """Find what the file would do without a confirmation; None where it needs none."""
    match file.use:
        case FileUse.REPORT:
            return _check_report(context, file)
        case FileUse.ENTRIES:
            return _check_entries(context, connection, file)
        case FileUse.UPDATE:
            return _check_update(context, connection, file.arrival)
        case FileUse.REPLY:
            return None  # a person reads it before anything is recorded


def _check_update(
    context: AppContext, connection: Connection, arrival: Arrival
) -> PendingConfirmation | None:
    agency, quarter = arrival.agency, arrival.quarter
    replaces = can_replace_update(connection, agency, quarter, arrival.sha256)
    reason = _choose_reason(context, WaitReason.REPLACES_UPDATE if replaces else None)
    return PendingConfirmation(reason, agency, quarter, [agency]) if reason else None


def _check_report(context: AppContext, file: IncomingFile) -> PendingConfirmation | None:
    """A form that can be read decides actions; any other file decides nothing."""
    form = read_report_form(file.arrival.content)
    if isinstance(form, Unreadable) or form.seal is None:
        return None
    department, half = find_present_code(context, form.seal.agency), form.seal.quarter
    departments = list(file.departments or ())
    if department not in departments or not is_half_key(half):
        return None  # recording refuses it
    return PendingConfirmation(WaitReason.DECIDES, department, half, departments)


def _check_entries(
    context: AppContext, connection: Connection, file: IncomingFile
) -> PendingConfirmation | None:
    agencies = list(file.agencies or ())
    codes = context.load_entry_codes(connection)
    try:
        entries = entries_reader.read_entries(file.arrival.content, file.arrival.file_name, codes)
    except RequestError:
        return None  # recording refuses it
    rows = [row for row in entries.rows if row["agency"] in agencies]
    pairs = {(str(row["agency"]), str(row["quarter"])) for row in rows}
    is_repeat = entry_queries.is_newest_load(connection, file.arrival.sha256, rows)
    replaces = not is_repeat and awaiting_arrival_queries.has_entries(connection, pairs)
    reason = _choose_reason(context, WaitReason.REPLACES_ENTRIES if replaces else None)
    if reason is None or not pairs:
        return None
    quarters = {quarter for _, quarter in pairs}
    period = quarters.pop() if len(quarters) == 1 else ""
    return PendingConfirmation(reason, min(agency for agency, _ in pairs), period, agencies)


def _choose_reason(context: AppContext, effect: WaitReason | None) -> WaitReason | None:
    if effect is None and context.settings.mail_trust is MailTrust.VERIFIED:
        return WaitReason.NOT_PROVEN
    return effect


def is_still_pending(context: AppContext, connection: Connection, row: Any) -> bool:
    """Whether a row of ``awaiting_arrival`` still needs a confirmation, by today's setting."""
    match context.settings.mail_trust:
        case MailTrust.OPEN:
            return False
        case MailTrust.CONFIRM if row.kind == FileUse.UPDATE:
            return can_replace_update(connection, row.party, row.period, row.sha256)
        case _:
            return True
