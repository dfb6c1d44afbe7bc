"""Letters about arrivals awaiting confirmation: one that asks, one that says it was refused.

They go to the registered address of the agency or department, never to what a mail says of itself.
What must not go here: their wording (``letters.confirmation``), and the page behind the link.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from cpsa import links
from cpsa.bilingual import Text
from cpsa.calendar import IST, Quarter, parse_period
from cpsa.collect.channels.channel import FileUse
from cpsa.cycle.confirm_arrival import WAITS
from cpsa.cycle.notices import NOTICES
from cpsa.cycle.office import Office
from cpsa.cycle.posting import mail_port
from cpsa.deliver import forms, ledger, pack, planning
from cpsa.deliver.message import Message, one_line
from cpsa.deliver.results import DispatchResult
from cpsa.letters.confirmation import UnprovenFile, confirmation, not_confirmed
from cpsa.letters.words import Words
from cpsa.store import awaiting_arrivals, letters
from cpsa.store.awaiting_arrivals import EXPIRED, REFUSED
from cpsa.store.database import reading
from cpsa.store.tables.dispatch import State

CONFIRM, NOT_CONFIRMED = "confirm", "not-confirmed"
# Whoever forges mails by the hundred does not have hundreds of letters written.
LETTERS_A_DAY = 3
# A letter is about something the sender remembers.
IS_NEWS = timedelta(days=45)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class RegisteredReader:
    """Who is asked: an agency, or the recipient of a department's documents."""

    recipient: str
    name: str
    email: str
    language: str


@dataclass(frozen=True)
class _Letter:
    """One letter that is due. ``outcome``: blank for the one that asks."""

    row: Any
    outcome: str

    @property
    def slot(self) -> str:
        return f"{NOT_CONFIRMED if self.outcome else CONFIRM}-{self.row.id}"

    @property
    def cycle(self) -> str:
        day = self.row.recorded_at.astimezone(IST)
        return f"{self.row.period or Quarter.containing(day).key}{NOTICES}"


def write_confirmation_letters(office: Office, now: datetime, worker: str) -> list[DispatchResult]:
    """Plan the letters that are due, each once, and send what waits of them.

    None where letters are on hold. A server that is away is no error, see ``ledger.dispatch``.
    """
    if not office.settings.letters:
        return []
    with reading(office.engine) as connection:
        due = list(_due(connection, now))
        planned = letters.planned(connection, {letter.cycle for letter in due})
        readers = {letter.slot: registered_reader(office, connection, letter.row) for letter in due}
    states = {(row.cycle, row.slot): row for row in planned}
    lately = Counter(
        row.recipient
        for row in planned
        if row.slot.startswith(f"{CONFIRM}-") and row.planned_at > now - _ONE_DAY
    )
    messages: list[Message] = []
    for letter in due:
        reader = readers[letter.slot]
        if reader is None or (letter.cycle, letter.slot) in states:
            continue
        if letter.outcome:
            if (letter.cycle, f"{CONFIRM}-{letter.row.id}") not in states:
                continue  # nobody was asked
        elif lately[reader.recipient] >= LETTERS_A_DAY:
            continue
        else:
            lately[reader.recipient] += 1
        messages.append(_message(office, letter, reader))
    ledger.plan(office.engine, messages, now, keep=True, secret=office.seal_key)
    planning.withdraw(office.engine, _answered(due, planned))
    unsent = [row.cycle for row in planned if row.state == State.PENDING and _is_ours(row)]
    cycles = sorted({*unsent, *(message.cycle for message in messages)})
    return _send(office, cycles, worker)


def _due(connection: Connection, now: datetime) -> Iterator[_Letter]:
    """What waits is asked about, while it is news; what was refused without its sender is said."""
    for row in awaiting_arrivals.list_waiting(connection):
        if now - row.received_at <= IS_NEWS:
            yield _Letter(row, "")
    for outcome in (EXPIRED, REFUSED):
        for row in awaiting_arrivals.list_settled(connection, outcome, now - IS_NEWS):
            if row.settled_by != "address":
                yield _Letter(row, outcome)


def _answered(due: Sequence[_Letter], planned: Sequence[Any]) -> list[Any]:
    """Letters that ask and were not sent yet, about what waits no longer."""
    asking = {letter.slot for letter in due if not letter.outcome}
    return [
        row
        for row in planned
        if row.slot.startswith(f"{CONFIRM}-")
        and row.slot not in asking
        and row.state == State.PENDING
    ]


def _is_ours(row: Any) -> bool:
    return row.slot.startswith((f"{CONFIRM}-", f"{NOT_CONFIRMED}-"))


def registered_reader(office: Office, connection: Connection, row: Any) -> RegisteredReader | None:
    """Who is asked, as the registry has it today; None where it has nobody any more."""
    roll = office.roll(connection)
    if row.kind == FileUse.REPORT:
        seats = [
            seat
            for seat in pack.seats(roll.recipients)
            if office.reference.department_codes.get(seat.department, seat.department) == row.party
        ]
        own = [seat for seat in seats if seat.email.strip().casefold() == row.sender]
        chosen = next(iter([*own, *(seat for seat in seats if seat.kind == "to")]), None)
        if chosen is None:
            return None
        return RegisteredReader(chosen.id, chosen.name, chosen.email, chosen.language)
    for agency in roll.agencies.itertuples(index=False):
        if agency.code == row.party:
            name = Text(agency.name_en, agency.name_hi).in_(agency.language)
            return RegisteredReader(agency.code, name, agency.email, agency.language)
    return None


def _message(office: Office, letter: _Letter, reader: RegisteredReader) -> Message:
    row, say = letter.row, Words(reader.language)
    period = parse_period(row.period).label(reader.language) if row.period else ""
    file = UnprovenFile(one_line(row.file_name), row.kind, row.reason, row.received_at, period)
    reply_to = office.settings.mail_from
    if letter.outcome:
        text = not_confirmed(say, file, letter.outcome, reply_to)
    else:
        expires_at = row.recorded_at + WAITS
        text = confirmation(say, file, confirmation_address(office, row), expires_at, reply_to)
    reference = f"CPSA/{letter.cycle.removesuffix(NOTICES)}/{row.party}/{letter.slot.upper()}"
    html, plain = forms.filled(
        office.settings.templates,
        "letter",
        {
            "language": reader.language,
            "reference": say("reference", reference=reference),
            "greeting": say("greeting", name=one_line(reader.name)),
            "blocks": text.blocks,
            "signature": say("signature"),
            "reply_to": reply_to,
        },
    )
    return Message(
        cycle=letter.cycle,
        slot=letter.slot,
        recipient=reader.recipient,
        to_name=reader.name,
        to_email=reader.email,
        language=reader.language,
        subject=_subject(say, text.subject, row.period, reference),
        html=html,
        text=plain,
    )


def _subject(say: Words, what: str, period: str, reference: str) -> str:
    if not period:
        return f"{what} ({reference})"
    months = parse_period(period).months(say.language)
    return say("subject", what=what, months=months, reference=reference)


def confirmation_address(office: Office, row: Any) -> str:
    """The address of the page on which an arrival is confirmed; blank where there is no portal."""
    if office.settings.portal_url is None:
        return ""
    link = links.ArrivalLink(str(row.id), row.party, row.recorded_at + WAITS)
    return f"{office.settings.portal_url}/a/{links.sign(office.seal_key, link)}"


def _send(office: Office, cycles: Sequence[str], worker: str) -> list[DispatchResult]:
    results: list[DispatchResult] = []
    if not cycles:
        return results
    with mail_port(office) as port:
        for cycle in cycles:
            results.append(ledger.dispatch(office.engine, cycle, port, worker))
            if results[-1].trouble:
                break
    return results
