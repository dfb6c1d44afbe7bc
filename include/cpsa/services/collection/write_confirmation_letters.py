"""Letters about arrivals awaiting confirmation: one that requests confirmation, one that states the refusal.

They go to the registered address of the agency or department, never to an address from the mail.
What must not go here: their wording (``templates/letters``), and the page that the link opens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from cpsa import signed_links
from cpsa.calendar import IST, Quarter, parse_period
from cpsa.delivery import ledger, mail_plan
from cpsa.delivery.ledger_results import DispatchResult
from cpsa.delivery.mail_message import MailMessage
from cpsa.i18n.text import Text
from cpsa.intake.channels.channel import FileUse
from cpsa.letters.letter_context import LetterContext, LetterFile, PageLink
from cpsa.letters.letter_message import build_message
from cpsa.letters.seats import number_seats
from cpsa.reference.programme_in_use import get_programme
from cpsa.services.app_context import AppContext
from cpsa.services.collection.awaiting_arrivals import find_expiry
from cpsa.services.dispatch_summary import open_mail_port
from cpsa.services.notify_ops import NOTICE_CYCLE_SUFFIX
from cpsa.store.database import read_transaction
from cpsa.store.queries import awaiting_arrival_queries, letter_queries
from cpsa.store.queries.awaiting_arrival_queries import EXPIRED, REFUSED
from cpsa.store.tables.dispatch_tables import MailState

CONFIRM, NOT_CONFIRMED = "confirm", "not-confirmed"
# A limit: hundreds of forged mails must not cause hundreds of letters.
LETTERS_A_DAY = 3
# A letter is about something the sender remembers.
WRITTEN_WITHIN = timedelta(days=45)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class RegisteredReader:
    """The recipient of a request: an agency, or the recipient of a department's documents."""

    recipient: str
    name: str
    email: str
    language: str


@dataclass(frozen=True)
class _ConfirmationLetter:
    """One letter that is due. ``outcome``: blank for the request for confirmation."""

    row: Any
    outcome: str

    @property
    def slot(self) -> str:
        return f"{NOT_CONFIRMED if self.outcome else CONFIRM}-{self.row.id}"

    @property
    def cycle(self) -> str:
        day = self.row.recorded_at.astimezone(IST)
        return f"{self.row.period or Quarter.containing(day).key}{NOTICE_CYCLE_SUFFIX}"


def write_confirmation_letters(
    context: AppContext, now: datetime, worker: str
) -> list[DispatchResult]:
    """Plan the letters that are due, each once, and send those that are not yet sent.

    None where letters are on hold. An unreachable server is no error, see ``ledger.dispatch``.
    """
    if not context.settings.letters:
        return []
    with read_transaction(context.engine) as connection:
        due = list(_list_due_letters(connection, now))
        planned = letter_queries.load_planned_letters(connection, {letter.cycle for letter in due})
        readers = {
            letter.slot: find_registered_reader(context, connection, letter.row) for letter in due
        }
    states = {(row.cycle, row.slot): row for row in planned}
    lately = Counter(
        row.recipient
        for row in planned
        if row.slot.startswith(f"{CONFIRM}-") and row.planned_at > now - _DAY
    )
    messages: list[MailMessage] = []
    for letter in due:
        reader = readers[letter.slot]
        if reader is None or (letter.cycle, letter.slot) in states:
            continue
        if letter.outcome:
            if (letter.cycle, f"{CONFIRM}-{letter.row.id}") not in states:
                continue  # no confirmation was requested
        elif lately[reader.recipient] >= LETTERS_A_DAY:
            continue
        else:
            lately[reader.recipient] += 1
        messages.append(_make_message(context, letter, reader))
    ledger.plan_mails(context.engine, messages, now, keep=True, secret=context.seal_key)
    mail_plan.withdraw_mails(context.engine, _list_answered_letters(due, planned))
    unsent = [
        row.cycle
        for row in planned
        if row.state == MailState.PENDING and _is_confirmation_letter(row)
    ]
    cycles = sorted({*unsent, *(message.cycle for message in messages)})
    return _send_letters(context, cycles, worker)


def _list_due_letters(connection: Connection, now: datetime) -> Iterator[_ConfirmationLetter]:
    """Requests about recent arrivals that wait, and notices of those refused without their sender."""
    for row in awaiting_arrival_queries.list_awaiting_arrivals(connection):
        if now - row.received_at <= WRITTEN_WITHIN:
            yield _ConfirmationLetter(row, "")
    for outcome in (EXPIRED, REFUSED):
        for row in awaiting_arrival_queries.list_settled_arrivals(
            connection, outcome, now - WRITTEN_WITHIN
        ):
            if row.settled_by != "address":
                yield _ConfirmationLetter(row, outcome)


def _list_answered_letters(due: Sequence[_ConfirmationLetter], planned: Sequence[Any]) -> list[Any]:
    """Requests that were not sent yet, about arrivals that no longer wait."""
    asking = {letter.slot for letter in due if not letter.outcome}
    return [
        row
        for row in planned
        if row.slot.startswith(f"{CONFIRM}-")
        and row.slot not in asking
        and row.state == MailState.PENDING
    ]


def _is_confirmation_letter(row: Any) -> bool:
    return bool(row.slot.startswith((f"{CONFIRM}-", f"{NOT_CONFIRMED}-")))


def find_registered_reader(
    context: AppContext, connection: Connection, row: Any
) -> RegisteredReader | None:
    """The recipient by the registry of today; None where it has none any more."""
    register = context.load_register(connection)
    if row.kind == FileUse.REPORT:
        seats = [
            seat
            for seat in number_seats(register.recipients)
            if context.reference.department_codes.get(seat.department, seat.department) == row.party
        ]
        own = [seat for seat in seats if seat.email.strip().casefold() == row.sender]
        chosen = next(iter([*own, *(seat for seat in seats if seat.kind == "to")]), None)
        if chosen is None:
            return None
        return RegisteredReader(chosen.id, chosen.name, chosen.email, chosen.language)
    for agency in register.agencies.itertuples(index=False):
        if agency.code == row.party:
            name = Text(agency.name_en, agency.name_hi).in_(agency.language)
            return RegisteredReader(agency.code, name, agency.email, agency.language)
    return None


def _make_message(
    context: AppContext, letter: _ConfirmationLetter, reader: RegisteredReader
) -> MailMessage:
    row, expires_at = letter.row, find_expiry(letter.row)
    address = make_confirmation_address(context, row)
    cycle = letter.cycle.removesuffix(NOTICE_CYCLE_SUFFIX)
    return build_message(
        context.settings.templates,
        LetterContext(
            template="not_confirmed" if letter.outcome else "confirm",
            cycle=letter.cycle,
            slot=letter.slot,
            recipient=reader.recipient,
            name=reader.name,
            email=reader.email,
            language=reader.language,
            reply_to=context.settings.mail_from,
            reference=f"{get_programme().reference_prefix}/{cycle}/{row.party}/{letter.slot.upper()}",
            period=parse_period(row.period) if row.period else None,
            link=PageLink(address, expires_at) if address else None,
            file=LetterFile(row.file_name, row.received_at),
            kind=row.kind,
            reason=letter.outcome or row.reason,
            expires_at=expires_at,
        ),
    )


def make_confirmation_address(context: AppContext, row: Any) -> str:
    """The address of the page on which an arrival is confirmed; blank where there is no portal."""
    if context.settings.portal_url is None:
        return ""
    link = signed_links.ArrivalLink(str(row.id), row.party, find_expiry(row))
    return f"{context.settings.portal_url}/a/{signed_links.sign_link(context.seal_key, link)}"


def _send_letters(context: AppContext, cycles: Sequence[str], worker: str) -> list[DispatchResult]:
    results: list[DispatchResult] = []
    if not cycles:
        return results
    with open_mail_port(context) as port:
        for cycle in cycles:
            results.append(ledger.dispatch(context.engine, cycle, port, worker))
            if results[-1].trouble:
                break
    return results
