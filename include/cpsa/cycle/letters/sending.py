"""Writing what is owed into the ledger, and letting the ledger send what is due."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.cycle.confirmation_letters import write_confirmation_letters
from cpsa.cycle.import_new_files import import_new_files
from cpsa.cycle.letters import receipts
from cpsa.cycle.letters.due import Owed
from cpsa.cycle.letters.looking import Look, look
from cpsa.cycle.letters.writing import Scribe
from cpsa.cycle.obligations import record_missing
from cpsa.cycle.office import Office
from cpsa.cycle.posting import mail_port
from cpsa.deliver import ledger, planning, rows
from cpsa.deliver.results import DispatchResult
from cpsa.letters import Kind, Policy
from cpsa.store import closings, quarters
from cpsa.store import letters as sources
from cpsa.store.database import reading, writing

# A letter with the template: its acceptance is when the update was requested.
_REQUESTS = re.compile(rf"{Kind.REQUEST}|{Kind.REMINDER}-.+")
ANSWERS = frozenset(Kind) - {Kind.REMINDER}
# Who was never asked is asked, however late, before anybody is reminded.
REMINDERS = frozenset({Kind.REMINDER, Kind.REQUEST})
# Whoever is stopped loses no more than the letters of one lot, and writes those again.
LOT = 50


@dataclass(frozen=True)
class Corresponded:
    """``written``, ``withdrawn``, ``readdressed`` and ``accepted`` count this call; the others are
    what the quarters at hand still have. ``held_back``: letters do not leave here (CPSA_LETTERS),
    and so many would have been written.
    """

    written: int = 0
    withdrawn: int = 0
    readdressed: int = 0
    accepted: int = 0
    failed: int = 0
    uncertain: int = 0
    pending: int = 0
    held_back: int = 0
    trouble: str = ""
    unread: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Everything that is owed was handed over."""
        return not (self.failed or self.uncertain or self.pending or self.held_back)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def correspond(
    office: Office,
    now: datetime,
    worker: str,
    quarter: Quarter | None = None,
    at_once: bool = False,
) -> Corresponded:
    """Write every letter that is owed, reminders left out, and send what waits.

    ``quarter``: only of that one. ``at_once`` also tries what waits for its next attempt: a person
    knows the cause is gone. RequestError when mail cannot leave at all as the settings are; a
    server that is away is no error, the letters wait and ``trouble`` says why.
    """
    done = _write_and_send(office, now, worker, ANSWERS, quarter, at_once)
    return done if quarter or done.trouble else _with_confirmations(office, done, now, worker)


def _with_confirmations(
    office: Office, done: Corresponded, now: datetime, worker: str
) -> Corresponded:
    """The same with the letters about mails whose sender is not proven."""
    for sent in write_confirmation_letters(office, now, worker):
        done = _plus(office, done, sent)
    return done


def remind(
    office: Office,
    now: datetime,
    worker: str,
    quarter: Quarter | None = None,
    at_once: bool = False,
) -> Corresponded:
    """Write the reminders that have come to those who still owe, and send what waits.

    First it imports new files, and records the obligations of agencies added to open quarters, who
    are sent the request. ``unread``: channels that could not be read; they stop nothing.
    """
    imported = import_new_files(office, now, worker)
    record_missing(office, now)
    done = _write_and_send(office, now, worker, REMINDERS, quarter, at_once)
    return replace(done, unread=tuple(sorted(imported.unread)))


def refresh_requests(office: Office) -> None:
    """Take from the ledger when the requests of open quarters were accepted."""
    with reading(office.engine) as connection:
        live = [key for key, row in quarters.openings(connection).items() if not row.replayed]
        closed = set(closings.latest_closings(connection)["quarter"])
    for key in live:
        if key not in closed:
            with writing(office.engine) as connection:
                quarters.fill_requested_at(connection, key, _is_request)


def _is_request(slot: str) -> bool:
    return _REQUESTS.fullmatch(slot) is not None


def _write_and_send(
    office: Office,
    now: datetime,
    worker: str,
    kinds: Collection[Kind],
    quarter: Quarter | None,
    at_once: bool,
) -> Corresponded:
    policy = Policy.load(office.settings.reference)
    refresh_requests(office)
    seen = _of(quarter, look(office, now, policy))
    owed = [one for one in seen.owed if one.kind in kinds]
    if not office.settings.letters:
        return Corresponded(held_back=len(owed))
    done = Corresponded(
        written=_write(office, owed, now, policy),
        withdrawn=planning.withdraw(
            office.engine,
            seen.stale,
            receipts.provisionals(row.slot for row in seen.stale),
            seen.receipts,
        ),
        readdressed=_readdress(office, seen, now),
    )
    sent = _send(office, done, seen, owed, worker, at_once)
    refresh_requests(office)
    return sent


def _of(quarter: Quarter | None, seen: Look) -> Look:
    """What of it concerns one quarter, or all of it."""
    if quarter is None:
        return seen
    return Look(
        owed=tuple(one for one in seen.owed if one.quarter == quarter),
        stale=tuple(row for row in seen.stale if row.cycle == quarter.key),
        misaddressed=tuple(pair for pair in seen.misaddressed if pair[0].cycle == quarter.key),
        waiting=seen.waiting & {quarter.key},
        receipts=frozenset(key for key in seen.receipts if key[0] == quarter.key),
    )


def _write(office: Office, owed: Sequence[Owed], now: datetime, policy: Policy) -> int:
    scribe = Scribe(office, policy, now)
    written = 0
    for start in range(0, len(owed), LOT):
        lot = owed[start : start + LOT]
        messages = [message for one in lot if (message := scribe.write(one)) is not None]
        written += ledger.plan(
            office.engine,
            messages,
            now,
            keep=True,
            secret=office.seal_key,
            provisionals=receipts.provisionals(message.slot for message in messages),
        ).new
    return written


def _readdress(office: Office, seen: Look, now: datetime) -> int:
    """Mend the addresses of letters that did not get through: the very letters, not new ones."""
    if not seen.misaddressed:
        return 0
    addresses = {row.id: email for row, email in seen.misaddressed}
    with reading(office.engine) as connection:
        found = sources.whole(connection, addresses)
    messages = [replace(rows.message(row), to_email=addresses[row.id]) for row in found]
    return ledger.plan(office.engine, messages, now, keep=True, secret=office.seal_key).readdressed


def _send(
    office: Office,
    done: Corresponded,
    seen: Look,
    owed: Sequence[Owed],
    worker: str,
    at_once: bool,
) -> Corresponded:
    """Send what is due of these quarters, oldest first; no further once the server is away."""
    cycles = sorted(
        {
            *seen.waiting,
            *(one.quarter.key for one in owed),
            *(row.cycle for row, _ in seen.misaddressed),
        }
    )
    with mail_port(office) as port:
        for cycle in cycles:
            if at_once:
                ledger.hasten(office.engine, cycle)
            sent = ledger.dispatch(office.engine, cycle, port, worker)
            done = _plus(office, done, sent)
            if done.trouble:
                break
    return done


def _plus(office: Office, done: Corresponded, sent: DispatchResult) -> Corresponded:
    return replace(
        done,
        accepted=done.accepted + sent.accepted,
        failed=done.failed + sent.failed,
        uncertain=done.uncertain + sent.uncertain,
        pending=done.pending + sent.pending,
        trouble=sent.trouble.text(office.settings.language) if sent.trouble else "",
    )
