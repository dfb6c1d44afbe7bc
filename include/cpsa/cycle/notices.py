"""Telling ops by mail what went wrong: which quarter, which step, and where to look.

What belongs here: the notices' words and their way through the ledger, so that each leaves once.
What must not: deciding that something is wrong; whoever runs the verbs knows that. A notice names
agencies by code and nobody else: no address, and nothing that an agency wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cpsa.calendar import IST, HalfYear, Quarter, parse_period
from cpsa.cycle.due_dates import closes_at
from cpsa.cycle.office import Office
from cpsa.cycle.pack_states import read_pack_states
from cpsa.cycle.posting import Sent, mail_port
from cpsa.deliver import forms, ledger
from cpsa.deliver.message import Message
from cpsa.errors import RequestError
from cpsa.messages import text
from cpsa.store import closings
from cpsa.store.database import reading

NOTICES = "-notice"  # of the cycle's name
OPS = "OPS"
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_LONGEST = 300  # signs of a cause: more is in the log


@dataclass(frozen=True)
class Failure:
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


def failed(office: Office, failure: Failure, now: datetime, worker: str) -> Sent:
    """Tell ops of a failed step; for the same attempt of the same step only once."""
    language = office.settings.language
    what = {"dag": failure.dag, "step": failure.step}
    period = failure.period or text("notices.no_period", language)
    lines = [
        text("notices.failed.what", language, **what, period=period, attempt=failure.attempt),
        *([text("notices.failed.batch", language, batch=failure.batch)] if failure.batch else []),
        text("notices.failed.cause", language, cause=without_addresses(failure.cause)),
        text("notices.log", language, address=failure.log),
        text("notices.board", language, address=failure.board),
        text("notices.failed.mend", language, dag=failure.dag),
    ]
    subject = text("notices.failed.subject", language, **what, period=period)
    slot = f"failed {failure.dag}/{failure.step} {failure.batch} {failure.run} {failure.attempt}"
    return tell(office, failure.period, slot, subject, lines, now, worker)


def parse_failure_slot(slot: str) -> tuple[str, str]:
    """The DAG and the run of a notice of a failed step, from its slot (``failed``)."""
    dag = slot.removeprefix("failed ").partition("/")[0]
    _, run, _ = slot.rsplit(" ", 2)
    return dag, run


def late(
    office: Office, period: Quarter | HalfYear, board: str, log: str, now: datetime, worker: str
) -> Sent | None:
    """Notify ops once that a quarter was not closed, or a half-year was not sent, by its day.

    ``log``: the address of the run with the open question, else of the run that is late. None where
    the store says that it is done by now, whatever became of the run, or that it waits for an own
    due date.
    """
    if _is_done(office, period):
        return None
    language = office.settings.language
    if isinstance(period, Quarter):
        with reading(office.engine) as connection:
            kind, due = "quarter", closes_at(connection, period)
        if now < due:
            return None
    else:
        kind, due = "half", period.dispatch_at
    words = {"period": period.key, "due": f"{due.astimezone(IST):%d.%m.%Y %H:%M}"}
    lines = [
        text(f"notices.late.{kind}", language, **words),
        text("notices.log", language, address=log),
        text("notices.board", language, address=board),
    ]
    subject = text(f"notices.late.{kind}_subject", language, period=period.key)
    return tell(office, period.key, f"late {kind}", subject, lines, now, worker)


def _is_done(office: Office, period: Quarter | HalfYear) -> bool:
    with reading(office.engine) as connection:
        if isinstance(period, Quarter):
            return closings.first_closing(connection, period.key) is not None
        return read_pack_states(connection, period).is_sent


def without_addresses(words: str) -> str:
    """One line without mail addresses, not longer than a person reads."""
    line = _ADDRESS.sub("…@…", " ".join(words.split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"


@dataclass(frozen=True)
class Reader:
    """Who reads a notice: their name in the ledger, and their address."""

    recipient: str
    email: str


def quarter_of_the_day(now: datetime) -> str:
    """The period of what is about no other."""
    return Quarter.containing(now.astimezone(IST)).key


def message(
    office: Office, period: str, slot: str, subject: str, lines: Sequence[str], to: Reader
) -> Message:
    """A notice as a mail, in the language of the office."""
    language = office.settings.language
    html, plain = forms.filled(
        office.settings.templates, "notice", {"language": language, "lines": lines}
    )
    return Message(
        cycle=f"{period}{NOTICES}",
        slot=slot,
        recipient=to.recipient,
        to_name=text("dispatch.sender", language),
        to_email=to.email,
        language=language,
        subject=subject,
        html=html,
        text=plain,
    )


def tell(
    office: Office,
    period: str,
    slot: str,
    subject: str,
    lines: Sequence[str],
    now: datetime,
    worker: str,
) -> Sent:
    """A notice to ops; the same slot of the same period leaves once. ``period`` blank: the quarter
    of the day."""
    language = office.settings.language
    known = parse_period(period).key if period else quarter_of_the_day(now)
    to = Reader(OPS, office.settings.ops_mail)
    notice = message(office, known, slot, subject, lines, to)
    with mail_port(office) as port:
        try:
            ledger.plan(office.engine, [notice], now, keep=True, secret=office.seal_key)
            done = ledger.dispatch(office.engine, notice.cycle, port, worker)
        except RequestError as error:
            if error.key != "store.unreachable":
                raise
            # That the store is away is what ops must hear first: past the ledger, and only once.
            reply = port.deliver(notice, notice.message_id(0, office.seal_key), now, lambda: None)
            taken = reply.code == 250
            return Sent(notice.cycle, int(taken), int(not taken), 0, 0, 0, reply.detail)
    return Sent.of(notice.cycle, done, language)
