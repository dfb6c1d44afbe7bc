"""What departments send besides forms that are recorded, and who sent it.

A form of which nothing could be recorded, and a reply in words or as a scan, are kept with the
department they came from, so that each is answered once (``department_letters``) and that a person
enters the second kind by hand. What must not go here: recording decisions (``decisions``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Row

from cpsa.calendar import is_half_key
from cpsa.collect.arrival import Arrival
from cpsa.collect.channels import mail, mail_reply
from cpsa.cycle.arriving import known, record
from cpsa.cycle.decisions import arrival_values
from cpsa.cycle.departments import present_code, with_present_codes
from cpsa.cycle.office import Office
from cpsa.cycle.results import Item
from cpsa.deliver import pack
from cpsa.deliver.pack import Seat
from cpsa.errors import RequestError
from cpsa.store import actions as policy_actions
from cpsa.store import arrivals, department_replies, judgements
from cpsa.store.database import reading, writing
from cpsa.store.tables.reply import ReplyKind

REPLY = "reply"  # the outcome of an arrival
ENTERED = "enter reply"  # in the audit trail
LETTERS = "-reply"  # of the name of the cycle of letters to departments
_BY_REFERENCE, _BY_ADDRESS = "reference", "address"


@dataclass(frozen=True)
class Attribution:
    """Whose a reply is. ``half``: of the mail it answers, else blank; ``seat``: a recipient's id."""

    department: str
    half: str
    seat: str
    found_by: str

    @property
    def is_answer(self) -> bool:
        """Whether it answers a mail of ours to the department."""
        return self.found_by == _BY_REFERENCE


def seats_of(office: Office, connection: Connection) -> tuple[Seat, ...]:
    """The recipients of the newest registry, by their departments' present codes."""
    recipients = office.roll(connection).recipients
    return pack.seats(with_present_codes(office, recipients))


def seat_of_address(seats: Sequence[Seat], address: str, departments: Collection[str] = ()) -> str:
    """The seat of an address, of one of these departments if any are given; "" where none has it."""
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


def attribute(office: Office, content: bytes, sender: str) -> Attribution | None:
    """Whose a mail is, by the mail of ours that it answers, else by the sender's address."""
    answers = mail_reply.answered_mails(content)
    with reading(office.engine) as connection:
        seats = seats_of(office, connection)
        mails = {row.message_id: row for row in department_replies.mails_by_id(connection, answers)}
    for message_id in answers:
        row = mails.get(message_id)
        if row is not None and (row.slot == pack.SLOT or row.cycle.endswith(LETTERS)):
            department = present_code(office, row.recipient.partition(":")[0])
            half = row.cycle.removesuffix(LETTERS)
            half = half if is_half_key(half) else ""
            place = row.recipient.partition(":")[2]
            seat = seat_of_address(seats, sender, [department]) or f"{department}:{place}"
            return Attribution(department, half, seat, _BY_REFERENCE)
    seat = seat_of_address(seats, sender)
    return Attribution(seat.partition(":")[0], "", seat, _BY_ADDRESS) if seat else None


def keep_reply(office: Office, arrival: Arrival, whose: Attribution, now: datetime) -> Item:
    """Keep a reply in words or as a scan, with the actions it names, to be entered by hand.

    ``arrival.content``: the whole mail. Of the numbers in it those count that are actions of the
    department.
    """
    arrival = arrival.of("", "")
    office.keep_bytes(arrival.content, arrival.sha256)
    if repeat := known(office, arrival.channel, arrival.key, arrival.sha256):
        return repeat
    try:
        named = mail_reply.action_numbers(arrival.content)
    except RequestError:  # of a mail that was too large only the beginning is here
        named = ()
    with writing(office.engine) as connection:
        rows = with_present_codes(office, policy_actions.actions(connection))
        own = set(rows.loc[rows["department"] == whose.department, "number"])
        is_new = department_replies.add_reply(
            connection,
            ReplyKind.BY_HAND,
            department=whose.department,
            half=whose.half,
            seat=whose.seat,
            subject=mail.head(arrival.content).subject,
            numbers=[number for number in named if number in own],
            found_by=whose.found_by,
            **arrival_values(arrival, now),
        )
        record(connection, arrival, now, REPLY)
    return Item(arrival.key, REPLY if is_new else "repeat")


def keep_unread_form(
    office: Office,
    arrival: Arrival,
    error: RequestError,
    now: datetime,
    department: str,
    seat: str = "",
) -> Item:
    """Keep a form of which nothing was recorded, and why; its department is answered once.

    A file that was refused before, such as one that still lies in the inbox, is nothing new.
    """
    half = arrival.quarter if is_half_key(arrival.quarter) else ""
    plain = arrival.of("", "")
    if plain.content:
        office.keep_bytes(plain.content, plain.sha256)
    with writing(office.engine, alone=True) as connection:
        before = arrivals.find(connection, plain.channel, plain.key, plain.sha256)
        record(connection, plain, now, arrivals.REFUSED, error=error)
        if before is None and department in office.reference.departments:
            department_replies.add_reply(
                connection,
                ReplyKind.NOT_READ,
                department=department,
                half=half,
                seat=seat,
                problem=error.key,
                params={name: str(value) for name, value in error.params.items()},
                **arrival_values(plain, now),
            )
    item = Item(plain.key, arrivals.REFUSED)
    return replace(item, problem=error.text(office.settings.language), reason=error.key)


def settle_reply(office: Office, number: int, reason: str, who: str, now: datetime) -> None:
    """Mark a reply as entered by hand. RequestError for a number that is none or was settled."""
    if not reason.strip():
        raise RequestError("cycle.no_reason")
    with writing(office.engine) as connection:
        if not department_replies.settle(connection, number, who, now, reason.strip()):
            raise RequestError("actions.refused.no_reply", value=number)
        judgements.add_audit(connection, now, who, ENTERED, str(number), reason.strip())


def reply_file(office: Office, number: int) -> bytes:
    """What a department sent, byte for byte; of a mail the whole. RequestError for no such reply."""
    with reading(office.engine) as connection:
        row = department_replies.find_reply(connection, number)
    if row is None:
        raise RequestError("actions.refused.no_reply", value=number)
    return office.received_bytes(row.sha256)


def problem_of(row: Row, language: str) -> str:
    """Why nothing of a form was recorded; blank where something was."""
    return RequestError(row.problem, **row.params).text(language) if row.problem else ""
