"""Answers departments: one letter for each form or reply that they sent, planned once by the ledger.

The letter goes to the recipient who sent it, else to the department's first ``to`` recipient;
never to an address that the registry does not have. There is no letter about what was received
before this version stored replies, nor about what is old. What must not go here: its wording
(``templates/letters/reply_*.j2``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from cpsa.actions.answer_faults import describe_fault, describe_next_step
from cpsa.actions.answers import AnswerFault
from cpsa.actions.decision import Decision
from cpsa.calendar import IST, HalfYear
from cpsa.delivery import ledger, ledger_rows
from cpsa.delivery.mail_message import MailMessage
from cpsa.letters.letter_context import (
    LetterContext,
    LetterFile,
    RecordedDecision,
    UnrecordedRow,
)
from cpsa.letters.letter_message import build_message
from cpsa.letters.seats import Seat
from cpsa.reference.programme_in_use import get_programme
from cpsa.services.agency_letters.letter_attachment import store_attachment
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.department_replies import (
    REPLY_CYCLE_SUFFIX,
    describe_problem,
    load_seats,
)
from cpsa.services.decisions.reply_forms import build_marked_form
from cpsa.services.decisions.reply_links import make_answer_link
from cpsa.services.dispatch_summary import open_mail_port
from cpsa.services.letter_summary import LetterSummary
from cpsa.services.notify_ops import find_current_quarter_key
from cpsa.services.run_log import log_use_case
from cpsa.store.database import read_transaction
from cpsa.store.queries import department_reply_queries, letter_queries
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.department_reply_tables import ReplyKind
from cpsa.store.tables.dispatch_tables import MailState

ANSWERED_WITHIN = timedelta(days=45)  # what was received earlier is no news to its sender
_MAY_BE_READDRESSED = {MailState.PENDING, MailState.FAILED, MailState.EXPIRED, MailState.BOUNCED}


@log_use_case
def answer_departments(context: AppContext, now: datetime, worker: str) -> LetterSummary:
    """Write the letters that are due to departments, each once, and send those not yet sent.

    RequestError when mail cannot be sent at all as the settings are; an unreachable server is no
    error, the letters wait and ``trouble`` says why.
    """
    with read_transaction(context.engine) as connection:
        planned = department_reply_queries.list_letters_by_suffix(connection, REPLY_CYCLE_SUFFIX)
        known = {row.slot for row in planned}
        due = [
            row
            for row in department_reply_queries.load_replies(connection, now - ANSWERED_WITHIN)
            if _make_slot(row) not in known
        ]
        seats = load_seats(context, connection)
    if not context.settings.letters:
        return LetterSummary(held_back=len(due))
    written = 0
    for row in due:  # one at a time: a process that is stopped loses no more than one letter
        seat = _find_seat(seats, row)
        if seat is not None:
            message = _make_message(context, row, seat, now)
            written += ledger.plan_mails(
                context.engine, [message], now, keep=True, secret=context.seal_key
            ).new
    _correct_addresses(context, planned, seats, now)
    return _send_letters(context, LetterSummary(written=written), worker)


def _make_slot(row: StoredRow) -> str:
    return f"reply-{row.id}"


def _find_seat(seats: Sequence[Seat], row: StoredRow) -> Seat | None:
    """The recipient; None where the registry has nobody for the department any more."""
    own = [seat for seat in seats if seat.department == row.department and seat.email.strip()]
    sender = [seat for seat in own if seat.id == row.seat]
    main_recipients = [seat for seat in own if seat.kind == "to"]
    return next(iter([*sender, *main_recipients, *own]), None)


def _make_message(context: AppContext, row: StoredRow, seat: Seat, now: datetime) -> MailMessage:
    half = HalfYear.parse(row.half) if row.half else None
    period = row.half or find_current_quarter_key(now)
    kind = ReplyKind(row.kind)
    name = row.subject if kind is ReplyKind.BY_HAND else row.subject or row.file_name
    letter = LetterContext(
        template=f"reply_{kind}",
        cycle=f"{period}{REPLY_CYCLE_SUFFIX}",
        slot=_make_slot(row),
        recipient=seat.id,
        name=seat.name,
        email=seat.email,
        language=seat.language,
        reply_to=context.settings.mail_from,
        reference=f"{get_programme().reference_prefix}/{period}/REPLY/{row.department}/{row.id}",
        link=make_answer_link(context, seat, half, now),
        file=LetterFile(name, row.received_at),
        department=context.reference.departments[row.department].name.in_(seat.language),
        half=half,
        numbers=row.numbers if kind is ReplyKind.BY_HAND else (),
        problem=describe_problem(row, seat.language) if kind is ReplyKind.NOT_READ else "",
    )
    if kind is ReplyKind.FORM:
        letter = _add_receipt(context, row, letter, now)
    return build_message(context.settings.templates, letter)


def _add_receipt(
    context: AppContext, row: StoredRow, letter: LetterContext, now: datetime
) -> LetterContext:
    """The letter with what was recorded of a form."""
    language = letter.language
    with read_transaction(context.engine) as connection:
        report = department_reply_queries.load_report(connection, row.report_id)
        decisions = list_recorded_decisions(connection, report.id)
    marked = build_marked_form(context, report, language, now)
    name = f"{report.department} {report.half} ATR.xlsx"
    faults = [AnswerFault(**problem) for problem in report.problems]
    return replace(
        letter,
        attachments=(store_attachment(context, marked, name),) if marked else (),
        recorded=decisions,
        unchanged=row.unchanged,
        unrecorded=[
            UnrecordedRow(describe_fault(fault, language), describe_next_step(fault, language))
            for fault in faults
        ],
    )


def list_recorded_decisions(connection: Connection, report_id: int) -> list[RecordedDecision]:
    """The decisions that a report brought."""
    return [
        RecordedDecision(
            decision.action,
            Decision(decision.decision),
            decision.decided_at.astimezone(IST).date(),
            date.fromisoformat(decision.promised_on) if decision.promised_on else None,
        )
        for decision in department_reply_queries.load_report_decisions(connection, report_id)
    ]


def _correct_addresses(
    context: AppContext, planned: Sequence[StoredRow], seats: Sequence[Seat], now: datetime
) -> None:
    """Correct the addresses of letters that were not delivered: the same letters, not new ones."""
    addresses = {seat.id: seat.email for seat in seats}
    wrong = {
        row.id: addresses[row.recipient]
        for row in planned
        if row.state in _MAY_BE_READDRESSED
        and addresses.get(row.recipient, row.to_email) != row.to_email
    }
    if wrong:
        with read_transaction(context.engine) as connection:
            found = letter_queries.load_dispatches(connection, wrong)
        messages = [
            replace(ledger_rows.restore_message(row), to_email=wrong[row.id]) for row in found
        ]
        ledger.plan_mails(context.engine, messages, now, keep=True, secret=context.seal_key)


def _send_letters(context: AppContext, done: LetterSummary, worker: str) -> LetterSummary:
    with read_transaction(context.engine) as connection:
        cycles = [
            name
            for name in letter_queries.list_cycles_under_way(connection)
            if name.endswith(REPLY_CYCLE_SUFFIX)
        ]
    if not cycles:
        return done
    with open_mail_port(context) as port:
        for cycle in sorted(cycles):
            result = ledger.dispatch(context.engine, cycle, port, worker)
            done = done.add_result(result, context.settings.language)
            if done.trouble:
                break
    return done
