"""Which file of a mail waits until its sender is confirmed, and recording that it waits.

What belongs here: the rule (``CPSA_MAIL_TRUST``) and what a file would replace or decide. What must
not: how a sender is proven (``collect.channels.mail_authentication``), and the end of the waiting
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
from cpsa.collect import atr, entries_reader
from cpsa.collect.arrival import Arrival
from cpsa.collect.channels.channel import FileUse, IncomingFile
from cpsa.collect.channels.mail_authentication import UnprovenSender
from cpsa.collect.update import Unreadable
from cpsa.cycle.departments import present_code
from cpsa.cycle.office import Office
from cpsa.cycle.results import Item
from cpsa.errors import RequestError
from cpsa.settings import MailTrust
from cpsa.store import arrivals, awaiting_arrivals, intake, judgements
from cpsa.store.database import reading, writing
from cpsa.submissions.state import SubmissionState

AWAITING = "awaiting"
# An update that is not examined yet will be accepted for all that is known.
_MAY_COUNT = (SubmissionState.ACCEPTED, SubmissionState.RECEIVED)


class WaitReason(StrEnum):
    """Why a file waits. Stored codes."""

    NOT_PROVEN = "not_proven"
    REPLACES_UPDATE = "replaces_update"
    REPLACES_ENTRIES = "replaces_entries"
    DECIDES = "decides"


@dataclass(frozen=True)
class Waiting:
    """Why a file waits, and who is asked to confirm it: an agency or department.

    ``period``: blank where its rows name several; ``parties``: all for whom its sender may speak.
    """

    reason: WaitReason
    party: str
    period: str
    parties: Collection[str]


def wait_for_sender(
    office: Office, file: IncomingFile, sender: UnprovenSender, now: datetime
) -> Item | None:
    """Record that a file waits for its sender's confirmation; None where it need not.

    The same arrival again is told as it stands. Its bytes are kept.
    """
    if office.settings.mail_trust is MailTrust.OPEN:
        return None
    arrival = file.arrival
    with reading(office.engine) as connection:
        if (known := _known(connection, file)) is not None:
            return None if known.outcome == awaiting_arrivals.CONFIRMED else _item(arrival, known)
        same = arrival.channel, arrival.key, arrival.sha256
        before = arrivals.find(connection, *same, _owner(file))
        if before is not None and before.outcome != arrivals.REFUSED:
            return None
        waiting = _waiting(office, connection, file)
    if waiting is None:
        return None
    office.keep_bytes(arrival.content, arrival.sha256)
    with writing(office.engine, alone=True) as connection:
        if _known(connection, file) is None and not _waits(connection, arrival, waiting):
            awaiting_arrivals.add(
                connection,
                channel=arrival.channel,
                key=arrival.key,
                sha256=arrival.sha256,
                file_name=arrival.file_name,
                size=len(arrival.content),
                received_at=arrival.received_at,
                recorded_at=now,
                kind=file.use,
                party=waiting.party,
                period=waiting.period,
                sender=sender.address,
                parties=sorted(waiting.parties),
                proof=sender.proof,
                reason=waiting.reason,
            )
    return Item(arrival.key, AWAITING, waiting.party, waiting.period)


def replaces_update(connection: Connection, agency: str, quarter: str, sha256: str) -> bool:
    """Whether a file would take the place of an agency's update that counts, or will.

    The newest version's own bytes are a repeat and replace nothing.
    """
    rows = judgements.submissions(connection, quarter, quarter, [agency])
    if rows and rows[-1].sha256 == sha256:
        return False
    return any(row.state in _MAY_COUNT for row in rows)


def _known(connection: Connection, file: IncomingFile) -> Any:
    arrival = file.arrival
    same = arrival.channel, arrival.key, arrival.sha256
    return awaiting_arrivals.find_same(connection, *same, file.use, _owner(file))


def _owner(file: IncomingFile) -> tuple[str, str] | None:
    is_update = file.use is FileUse.UPDATE
    return (file.arrival.agency, file.arrival.quarter) if is_update else None


def _waits(connection: Connection, arrival: Arrival, waiting: Waiting) -> bool:
    """Whether the same bytes wait already: one confirmation is for both."""
    rows = awaiting_arrivals.list_waiting(connection, period=waiting.period)
    return any(row.party == waiting.party and row.sha256 == arrival.sha256 for row in rows)


def _item(arrival: Arrival, known: Any) -> Item:
    outcome = AWAITING if known.outcome is None else arrivals.REFUSED
    return Item(arrival.key, outcome, known.party, known.period)


def _waiting(office: Office, connection: Connection, file: IncomingFile) -> Waiting | None:
    """What the file would do without a confirmation; None where it may come in."""
    match file.use:
        case FileUse.REPORT:
            return _waiting_report(office, file)
        case FileUse.ENTRIES:
            return _waiting_entries(office, connection, file)
        case FileUse.UPDATE:
            return _waiting_update(office, connection, file.arrival)
        case FileUse.REPLY:
            return None  # a person reads it before anything is recorded


def _waiting_update(office: Office, connection: Connection, arrival: Arrival) -> Waiting | None:
    agency, quarter = arrival.agency, arrival.quarter
    replaces = replaces_update(connection, agency, quarter, arrival.sha256)
    reason = _reason(office, WaitReason.REPLACES_UPDATE if replaces else None)
    return Waiting(reason, agency, quarter, [agency]) if reason else None


def _waiting_report(office: Office, file: IncomingFile) -> Waiting | None:
    """A form that can be read decides actions; what is no form decides nothing."""
    form = atr.read(file.arrival.content)
    if isinstance(form, Unreadable) or form.seal is None:
        return None
    department, half = present_code(office, form.seal.agency), form.seal.quarter
    departments = list(file.departments or ())
    if department not in departments or not is_half_key(half):
        return None  # recording refuses it
    return Waiting(WaitReason.DECIDES, department, half, departments)


def _waiting_entries(office: Office, connection: Connection, file: IncomingFile) -> Waiting | None:
    agencies = list(file.agencies or ())
    codes = office.entry_codes(connection)
    try:
        read = entries_reader.read(file.arrival.content, file.arrival.file_name, codes)
    except RequestError:
        return None  # recording refuses it
    rows = [row for row in read.rows if row["agency"] in agencies]
    pairs = {(str(row["agency"]), str(row["quarter"])) for row in rows}
    is_repeat = intake.is_newest_load(connection, file.arrival.sha256, rows)
    replaces = not is_repeat and awaiting_arrivals.has_entries(connection, pairs)
    reason = _reason(office, WaitReason.REPLACES_ENTRIES if replaces else None)
    if reason is None or not pairs:
        return None
    quarters = {quarter for _, quarter in pairs}
    period = quarters.pop() if len(quarters) == 1 else ""
    return Waiting(reason, min(agency for agency, _ in pairs), period, agencies)


def _reason(office: Office, effect: WaitReason | None) -> WaitReason | None:
    if effect is None and office.settings.mail_trust is MailTrust.VERIFIED:
        return WaitReason.NOT_PROVEN
    return effect


def still_waits(office: Office, connection: Connection, row: Any) -> bool:
    """Whether what a row of ``awaiting_arrival`` waited for still holds, by today's setting."""
    match office.settings.mail_trust:
        case MailTrust.OPEN:
            return False
        case MailTrust.CONFIRM if row.kind == FileUse.UPDATE:
            return replaces_update(connection, row.party, row.period, row.sha256)
        case _:
            return True
