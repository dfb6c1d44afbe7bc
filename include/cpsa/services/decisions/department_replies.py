"""What departments send besides forms that are recorded, and who sent it.

A form of which nothing could be recorded, and a reply in words or as a scan, are kept with the
department they came from, so that each is answered once (``answer_departments``) and that a person
enters the second kind by hand. What must not go here: recording decisions (``record_decisions``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import is_half_key
from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels import incoming_mail, mail_reply
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.letters.seats import Seat, number_seats
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import find_repeat, make_arrival_columns, record_arrival
from cpsa.services.department_codes import find_present_code, replace_former_codes
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    action_queries,
    arrival_queries,
    department_reply_queries,
)
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.department_reply_tables import ReplyKind

REPLY = "reply"  # the outcome of an arrival
REPLY_CYCLE_SUFFIX = "-reply"  # the end of the cycle of letters to departments
_BY_REFERENCE, _BY_ADDRESS = "reference", "address"


@dataclass(frozen=True)
class Attribution:
    """Where a reply is from. ``half``: of the mail it answers, else blank; ``seat``: a recipient's id."""

    department: str
    half: str
    seat: str
    found_by: str

    @property
    def is_answer(self) -> bool:
        """Whether it answers a mail of ours to the department."""
        return self.found_by == _BY_REFERENCE


def load_seats(context: AppContext, connection: Connection) -> tuple[Seat, ...]:
    """The recipients of the newest registry, by their departments' present codes.

    Without members that get documents for information only: nothing is requested of them.
    """
    recipients = context.load_register(connection).recipients
    informed = recipients["department"].isin(context.reference.informed)
    return number_seats(replace_former_codes(context, recipients[~informed]))


def find_seat_of_address(
    seats: Sequence[Seat], address: str, departments: Collection[str] = ()
) -> str:
    """The seat of an address, of one of these departments if any are given; "" where no recipient has it."""
    known = address.strip().casefold()
    own = [
        seat
        for seat in seats
        if known
        and seat.email.strip().casefold() == known
        and (not departments or seat.department in departments)
    ]
    own.sort(key=lambda seat: seat.kind != "to")
    return own[0].id if own else ""


def attribute_mail(context: AppContext, content: bytes, sender: str) -> Attribution | None:
    """The department of a mail, by the mail of ours that it answers, else by the sender's address."""
    answers = mail_reply.find_answered_mails(content)
    with read_transaction(context.engine) as connection:
        seats = load_seats(context, connection)
        mails = {
            row.message_id: row
            for row in department_reply_queries.find_mails_by_id(connection, answers)
        }
    for message_id in answers:
        row = mails.get(message_id)
        if row is not None and (row.slot == PACK_SLOT or row.cycle.endswith(REPLY_CYCLE_SUFFIX)):
            department = find_present_code(context, row.recipient.partition(":")[0])
            half = row.cycle.removesuffix(REPLY_CYCLE_SUFFIX)
            half = half if is_half_key(half) else ""
            place = row.recipient.partition(":")[2]
            seat = find_seat_of_address(seats, sender, [department]) or f"{department}:{place}"
            return Attribution(department, half, seat, _BY_REFERENCE)
    seat = find_seat_of_address(seats, sender)
    return Attribution(seat.partition(":")[0], "", seat, _BY_ADDRESS) if seat else None


def record_reply(
    context: AppContext, arrival: Arrival, attribution: Attribution, now: datetime
) -> IntakeResult:
    """Keep a reply in words or as a scan, with the actions that it names, for entry by hand.

    ``arrival.content``: the whole mail. Of the numbers in it those count that are actions of the
    department.
    """
    arrival = arrival.for_agency("", "")
    context.store_received_bytes(arrival.content, arrival.sha256)
    if repeat := find_repeat(context, arrival.channel, arrival.key, arrival.sha256):
        return repeat
    try:
        named = mail_reply.find_action_numbers(arrival.content)
    except RequestError:  # of a mail that was too large only the beginning is here
        named = ()
    with write_transaction(context.engine) as connection:
        rows = replace_former_codes(context, action_queries.load_actions(connection))
        own = set(rows.loc[rows["department"] == attribution.department, "number"])
        is_new = department_reply_queries.add_reply(
            connection,
            ReplyKind.BY_HAND,
            department=attribution.department,
            half=attribution.half,
            seat=attribution.seat,
            subject=incoming_mail.read_mail_head(arrival.content).subject,
            numbers=[number for number in named if number in own],
            found_by=attribution.found_by,
            **make_arrival_columns(arrival),
            collected_at=now,
        )
        record_arrival(connection, arrival, now, REPLY)
    return IntakeResult(arrival.key, REPLY if is_new else "repeat")


def record_unread_form(
    context: AppContext,
    arrival: Arrival,
    error: RequestError,
    now: datetime,
    department: str,
    seat: str = "",
) -> IntakeResult:
    """Keep a form of which nothing was recorded, and why; its department is answered once.

    A file that was refused before, such as one that is still in the inbox, is not recorded again.
    """
    half = arrival.quarter if is_half_key(arrival.quarter) else ""
    plain = arrival.for_agency("", "")
    if plain.content:
        context.store_received_bytes(plain.content, plain.sha256)
    with write_transaction(context.engine, alone=True) as connection:
        before = arrival_queries.find_arrival(connection, plain.channel, plain.key, plain.sha256)
        record_arrival(connection, plain, now, arrival_queries.REFUSED, error=error)
        if before is None and department in context.reference.departments:
            department_reply_queries.add_reply(
                connection,
                ReplyKind.NOT_READ,
                department=department,
                half=half,
                seat=seat,
                problem=error.key,
                params={name: str(value) for name, value in error.params.items()},
                **make_arrival_columns(plain),
                collected_at=now,
            )
    result = IntakeResult(plain.key, arrival_queries.REFUSED)
    return replace(result, problem=error.text(context.settings.language), reason=error.key)


def read_reply_file(context: AppContext, number: int) -> bytes:
    """What a department sent, byte for byte; for a mail, the whole mail. RequestError for no such reply."""
    with read_transaction(context.engine) as connection:
        row = department_reply_queries.find_reply(connection, number)
    if row is None:
        raise RequestError("actions.refused.no_reply", value=number)
    return context.read_received_bytes(row.sha256)


def describe_problem(row: StoredRow, language: str) -> str:
    """Why nothing of a form was recorded; blank where something was."""
    return RequestError(row.problem, **row.params).text(language) if row.problem else ""
