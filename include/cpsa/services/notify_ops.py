"""Notifying ops by mail of failures: which quarter, which step, and where to find more.

What belongs here: the notices' words and their way through the ledger, so that each is sent once.
What must not: deciding that something is wrong; the callers do that. A notice names
agencies by code and nobody else: no address, and nothing that an agency wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cpsa.calendar import IST, HalfYear, Quarter, parse_period
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.letters.letter_context import LetterContext
from cpsa.letters.letter_message import build_message
from cpsa.reference.programme_in_use import get_programme
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch_summary import DispatchSummary, open_mail_port
from cpsa.services.due_dates import find_closing_time
from cpsa.services.pack_states import load_pack_states
from cpsa.store.database import OUTAGES, read_transaction
from cpsa.store.queries import closing_queries
from cpsa.translator import format_dotted_moment

NOTICE_CYCLE_SUFFIX = "-notice"  # of the cycle's name
OPS = "OPS"
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_MAX_CAUSE_LENGTH = 300  # signs of a cause: more is in the log


@dataclass(frozen=True)
class TaskFailure:
    """A step that will not be tried again by itself.

    ``period``: the key of the quarter, half-year or year, blank where the run is for none;
    ``batch``: which agencies, if it works on a part of them; ``board``, ``log``: addresses.
    """

    dag: str
    step: str
    run: str
    attempt: int
    cause: str
    board: str
    log: str
    period: str = ""
    batch: str = ""


def notify_of_failure(
    context: AppContext, failure: TaskFailure, now: datetime, worker: str
) -> DispatchSummary:
    """Notify ops of a failed step; for the same attempt of the same step only once."""
    language = context.settings.language
    params = {"dag": failure.dag, "step": failure.step}
    period = failure.period or text("notices.no_period", language)
    lines = [
        text("notices.failed.what", language, **params, period=period, attempt=failure.attempt),
        *([text("notices.failed.batch", language, batch=failure.batch)] if failure.batch else []),
        text("notices.failed.cause", language, cause=mask_addresses(failure.cause)),
        text("notices.log", language, address=failure.log),
        text("notices.board", language, address=failure.board),
        text("notices.failed.remedy", language, dag=failure.dag),
    ]
    subject = text("notices.failed.subject", language, **params, period=period)
    slot = f"failed {failure.dag}/{failure.step} {failure.batch} {failure.run} {failure.attempt}"
    return notify_ops(context, failure.period, slot, subject, lines, now, worker)


def parse_failure_slot(slot: str) -> tuple[str, str]:
    """The DAG and the run of a notice of a failed step, from its slot (``notify_of_failure``)."""
    dag = slot.removeprefix("failed ").partition("/")[0]
    _, run, _ = slot.rsplit(" ", 2)
    return dag, run


def notify_of_delay(
    context: AppContext,
    period: Quarter | HalfYear,
    board: str,
    log: str,
    now: datetime,
    worker: str,
) -> DispatchSummary | None:
    """Notify ops once that a quarter was not closed, or a half-year was not sent, by its day.

    ``log``: the address of the run with the open question, else of the run that is late. None where
    the store says that it is done by now, whatever the state of the run, or that it has a later
    due date of its own.
    """
    if _is_done(context, period):
        return None
    language = context.settings.language
    if isinstance(period, Quarter):
        with read_transaction(context.engine) as connection:
            kind, due = "quarter", find_closing_time(connection, period)
        if now < due:
            return None
    else:
        kind, due = "half", period.dispatch_at
    words = {"period": period.key, "due": format_dotted_moment(due)}
    lines = [
        text(f"notices.late.{kind}", language, **words),
        text("notices.log", language, address=log),
        text("notices.board", language, address=board),
    ]
    subject = text(f"notices.late.{kind}_subject", language, period=period.key)
    return notify_ops(context, period.key, f"late {kind}", subject, lines, now, worker)


def _is_done(context: AppContext, period: Quarter | HalfYear) -> bool:
    with read_transaction(context.engine) as connection:
        if isinstance(period, Quarter):
            return closing_queries.find_first_closing(connection, period.key) is not None
        return load_pack_states(connection, period).is_sent


def mask_addresses(words: str) -> str:
    """Return one line without mail addresses, shortened to what a person reads."""
    line = _ADDRESS.sub("…@…", " ".join(words.split()))
    return line if len(line) <= _MAX_CAUSE_LENGTH else f"{line[:_MAX_CAUSE_LENGTH]} …"


@dataclass(frozen=True)
class NoticeRecipient:
    """The recipient of a notice: the name in the ledger, and the address."""

    recipient: str
    email: str


def find_current_quarter_key(now: datetime) -> str:
    """Return the key of the current quarter, for notices about no other period."""
    return Quarter.containing(now.astimezone(IST)).key


def build_notice(
    context: AppContext,
    period: str,
    slot: str,
    subject: str,
    lines: Sequence[str],
    to: NoticeRecipient,
) -> MailMessage:
    """Build a notice as a mail, in the language of the settings."""
    language = context.settings.language
    letter = LetterContext(
        template="notice",
        cycle=f"{period}{NOTICE_CYCLE_SUFFIX}",
        slot=slot,
        recipient=to.recipient,
        name=get_programme().sender.in_(language),
        email=to.email,
        language=language,
        subject=subject,
        lines=lines,
    )
    return build_message(context.settings.templates, letter)


def notify_ops(
    context: AppContext,
    period: str,
    slot: str,
    subject: str,
    lines: Sequence[str],
    now: datetime,
    worker: str,
) -> DispatchSummary:
    """Send a notice to ops; the same slot of the same period is sent once. ``period`` blank: the
    current quarter."""
    language = context.settings.language
    known = parse_period(period).key if period else find_current_quarter_key(now)
    to = NoticeRecipient(OPS, context.settings.ops_mail)
    notice = build_notice(context, known, slot, subject, lines, to)
    with open_mail_port(context) as port:
        try:
            ledger.plan_mails(context.engine, [notice], now, keep=True, secret=context.seal_key)
            result = ledger.dispatch(context.engine, notice.cycle, port, worker)
        except RequestError as error:
            if error.key not in OUTAGES:
                raise
            # An unreachable store is what ops must know first: sent without the ledger, and only once.
            reply = port.deliver(
                notice, notice.make_message_id(0, context.seal_key), now, lambda: None
            )
            taken = reply.code == 250
            return DispatchSummary(notice.cycle, int(taken), int(not taken), 0, 0, 0, reply.detail)
    return DispatchSummary.from_result(notice.cycle, result, language)
