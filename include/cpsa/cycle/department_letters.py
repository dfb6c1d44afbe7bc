"""Answering departments: one letter for each thing that they sent, planned once by the ledger.

The letter goes to the recipient who sent it, else to the department's first ``to`` recipient;
never to an address that the registry does not have. There is no letter about what was received
before this version kept replies, nor about what is old. What must not go here: its wording
(``letters.department``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Row

from cpsa import letters
from cpsa.actions import Decision, Fault
from cpsa.actions.telling import to_do, told
from cpsa.calendar import IST, HalfYear
from cpsa.cycle.department_replies import LETTERS, problem_of, seats_of
from cpsa.cycle.letters.attaching import keep
from cpsa.cycle.notices import quarter_of_the_day
from cpsa.cycle.office import Office
from cpsa.cycle.posting import Sent, mail_port
from cpsa.cycle.reply_forms import marked_form
from cpsa.cycle.reply_links import answer_link
from cpsa.deliver import ledger, rows
from cpsa.deliver.message import Attachment, Message
from cpsa.deliver.pack import Seat
from cpsa.letters import Body, DepartmentHead, RecordedDecision, SentFile, UnrecordedRow
from cpsa.store import department_replies
from cpsa.store import letters as sources
from cpsa.store.database import reading
from cpsa.store.tables.dispatch import State
from cpsa.store.tables.reply import ReplyKind

ANSWERED_WITHIN = timedelta(days=45)  # what was received earlier is no news to its sender
_MAY_BE_READDRESSED = {State.PENDING, State.FAILED, State.EXPIRED, State.BOUNCED}


@dataclass(frozen=True)
class Answered:
    """``written`` counts this call; ``held_back``: letters are on hold, so many are due."""

    written: int = 0
    accepted: int = 0
    pending: int = 0
    failed: int = 0
    uncertain: int = 0
    held_back: int = 0
    trouble: str = ""

    @property
    def complete(self) -> bool:
        return not (self.failed or self.uncertain or self.pending or self.held_back)

    def as_json(self) -> dict[str, object]:
        return dict(vars(self))


def answer_departments(office: Office, now: datetime, worker: str) -> Answered:
    """Write the letters that departments are due, each once, and send what waits.

    RequestError when mail cannot be sent at all as the settings are; a server that is away is no
    error, the letters wait and ``trouble`` says why.
    """
    with reading(office.engine) as connection:
        planned = department_replies.planned_letters(connection, LETTERS)
        known = {row.slot for row in planned}
        due = [
            row
            for row in department_replies.replies(connection, now - ANSWERED_WITHIN)
            if _slot(row) not in known
        ]
        seats = seats_of(office, connection)
    if not office.settings.letters:
        return Answered(held_back=len(due))
    written = 0
    for row in due:  # one at a time: whoever is stopped loses no more than one
        seat = _seat(seats, row)
        if seat is not None:
            message = _message(office, row, seat, now)
            written += ledger.plan(
                office.engine, [message], now, keep=True, secret=office.seal_key
            ).new
    _readdress(office, planned, seats, now)
    return _send(office, Answered(written=written), worker)


def _slot(row: Row) -> str:
    return f"reply-{row.id}"


def _seat(seats: Sequence[Seat], row: Row) -> Seat | None:
    """Who is written to; None where the registry has nobody for the department any more."""
    own = [seat for seat in seats if seat.department == row.department and seat.email.strip()]
    sender = [seat for seat in own if seat.id == row.seat]
    asked = [seat for seat in own if seat.kind == "to"]
    return next(iter([*sender, *asked, *own]), None)


def _message(office: Office, row: Row, seat: Seat, now: datetime) -> Message:
    half = HalfYear.parse(row.half) if row.half else None
    head = DepartmentHead(
        cycle=f"{row.half or quarter_of_the_day(now)}{LETTERS}",
        slot=_slot(row),
        seat=seat.id,
        name=seat.name,
        email=seat.email,
        language=seat.language,
        department=office.reference.departments[row.department].name.in_(seat.language),
        half=half.label(seat.language) if half else "",
        reference=f"CPSA/{row.half or quarter_of_the_day(now)}/REPLY/{row.department}/{row.id}",
        reply_to=office.settings.mail_from,
        link=answer_link(office, seat, half, now),
    )
    body, attachments = _content(office, row, head, now)
    return letters.department_message(office.settings.templates, head, body, attachments)


def _content(
    office: Office, row: Row, head: DepartmentHead, now: datetime
) -> tuple[Body, list[Attachment]]:
    file = SentFile(row.subject or row.file_name, row.received_at)
    match ReplyKind(row.kind):
        case ReplyKind.BY_HAND:
            mail = replace(file, name=row.subject)
            return letters.reply_received(head, mail, row.numbers), []
        case ReplyKind.NOT_READ:
            return letters.form_not_read(head, file, problem_of(row, head.language)), []
        case ReplyKind.FORM:
            return _receipt(office, row, file, head, now)


def _receipt(
    office: Office, row: Row, file: SentFile, head: DepartmentHead, now: datetime
) -> tuple[Body, list[Attachment]]:
    with reading(office.engine) as connection:
        report = department_replies.report_of(connection, row.report_id)
        decisions = recorded_decisions(connection, report.id)
    marked = marked_form(office, report, head.language, now)
    name = f"{report.department} {report.half} ATR.xlsx"
    attachments = [keep(office, marked, name)] if marked else []
    faults = [Fault(**problem) for problem in report.problems]
    unrecorded = [
        UnrecordedRow(told(one, head.language), to_do(one, head.language)) for one in faults
    ]
    body = letters.form_receipt(
        head, file, decisions, row.unchanged, unrecorded, marked=bool(attachments)
    )
    return body, attachments


def recorded_decisions(connection: Connection, report_id: int) -> list[RecordedDecision]:
    """The decisions that a report brought."""
    return [
        RecordedDecision(
            one.action,
            Decision(one.decision),
            one.decided_at.astimezone(IST).date(),
            date.fromisoformat(one.promised_on) if one.promised_on else None,
        )
        for one in department_replies.decisions_of(connection, report_id)
    ]


def _readdress(
    office: Office, planned: Sequence[Row], seats: Sequence[Seat], now: datetime
) -> None:
    """Correct the addresses of letters that were not delivered: these very letters, not new ones."""
    addresses = {seat.id: seat.email for seat in seats}
    wrong = {
        row.id: addresses[row.recipient]
        for row in planned
        if row.state in _MAY_BE_READDRESSED
        and addresses.get(row.recipient, row.to_email) != row.to_email
    }
    if wrong:
        with reading(office.engine) as connection:
            found = sources.whole(connection, wrong)
        messages = [replace(rows.message(row), to_email=wrong[row.id]) for row in found]
        ledger.plan(office.engine, messages, now, keep=True, secret=office.seal_key)


def _send(office: Office, done: Answered, worker: str) -> Answered:
    with reading(office.engine) as connection:
        cycles = [one for one in sources.cycles_under_way(connection) if one.endswith(LETTERS)]
    if not cycles:
        return done
    with mail_port(office) as port:
        for cycle in sorted(cycles):
            result = ledger.dispatch(office.engine, cycle, port, worker)
            sent = Sent.of(cycle, result, office.settings.language)
            done = replace(
                done,
                accepted=done.accepted + sent.accepted,
                pending=done.pending + sent.pending,
                failed=done.failed + sent.failed,
                uncertain=done.uncertain + sent.uncertain,
                trouble=sent.trouble,
            )
            if sent.trouble:
                break
    return done
