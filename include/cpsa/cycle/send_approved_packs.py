"""Sending what was approved and still waits: packs that a mail server put off, or could not take.

They are tried again over days, as letters are, with the ledger's pauses and within the approval that
was given: once a document of a pack was built again, or another question was asked, it waits for an
answer. What must not go here: planning mail (``dispatching``).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import IST, HalfYear
from cpsa.cycle import notices
from cpsa.cycle.building import leaving_with
from cpsa.cycle.office import Office
from cpsa.cycle.pack_states import PackStates, read_pack_states
from cpsa.cycle.posting import Sent, mail_port
from cpsa.cycle.stale_periods import is_stale
from cpsa.deliver import ledger, pack
from cpsa.messages import text
from cpsa.store import dispatches, questions
from cpsa.store import documents as document_rows
from cpsa.store.database import reading
from cpsa.store.tables.dispatch import State
from cpsa.store.tables.publication import QuestionOutcome

_APPROVED = (QuestionOutcome.APPROVED, QuestionOutcome.NOTHING_TO_SEND)


def send_approved_packs(office: Office, now: datetime, worker: str) -> tuple[Sent, ...]:
    """Try again what is due of approved half-years; what became of each half-year's packs.

    Ops are notified once that packs of which departments wait, and once of those that are refused.
    """
    with reading(office.engine) as connection:
        keys = dispatches.cycles_in_state(connection, pack.SLOT, State.PENDING)
        due = [key for key in keys if dispatches.is_any_due(connection, key)]
        halves = [HalfYear.parse(key) for key in due]
        halves = [half for half in halves if _is_within_approval(connection, half)]
    return tuple(_send(office, half, now, worker) for half in halves)


def _is_within_approval(connection: Connection, half: HalfYear) -> bool:
    """Whether what waits is what was approved last: the same documents, and none is out of date."""
    newest = questions.list_newest_questions(connection, [half.key]).get(half.key)
    if newest is not None and newest.outcome not in _APPROVED:
        return False
    if is_stale(connection, half):
        return False
    current = document_rows.current(connection, leaving_with(half)).values()
    known = {document["sha256"] for document in current}
    pending = read_pack_states(connection, half).pending
    return all(file["sha256"] in known for row in pending for file in row.attachments)


def _send(office: Office, half: HalfYear, now: datetime, worker: str) -> Sent:
    with mail_port(office) as port:
        result = ledger.dispatch(office.engine, half.key, port, worker)
    with reading(office.engine) as connection:
        states = read_pack_states(connection, half)
    if states.waiting:
        _notify(office, half, "waiting", states.waiting, states, now, worker)
    if states.refused:
        _notify(office, half, "refused", states.refused, states, now, worker)
    return Sent.of(half.key, result, office.settings.language).naming(
        states.waiting, states.refused
    )


def _notify(
    office: Office,
    half: HalfYear,
    kind: str,
    departments: tuple[str, ...],
    states: PackStates,
    now: datetime,
    worker: str,
) -> None:
    language = office.settings.language
    words = {"half": half.key, "departments": ", ".join(departments)}
    lines = [text(f"notices.packs.{kind}", language, **words)]
    attempts = [row.next_attempt_at for row in states.pending if row.next_attempt_at is not None]
    if kind == "waiting" and attempts:
        at = min(attempts).astimezone(IST)
        lines.append(text("notices.packs.next", language, at=f"{at:%d.%m.%Y %H:%M}"))
    subject = text(f"notices.packs.{kind}_subject", language, **words)
    slot = "packs waiting" if kind == "waiting" else f"packs refused {' '.join(departments)}"
    notices.tell(office, half.key, slot, subject, lines, now, worker)
