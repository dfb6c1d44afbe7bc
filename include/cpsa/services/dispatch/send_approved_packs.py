"""Sending approved packs that still wait: a mail server deferred them, or could not accept them.

They are tried again over days, as letters are, with the ledger's backoff and within the approval that
was given: once a document of a pack was built again, or there is a newer question, it waits for an
answer. What must not go here: planning mail (``plan_dispatch``).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.delivery import ledger, ledger_rows
from cpsa.documents.pack_contents import list_pack_periods
from cpsa.i18n.catalogue import text
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch_summary import DispatchSummary, open_mail_port
from cpsa.services.notify_ops import notify_ops
from cpsa.services.pack_states import PackStates, load_pack_states
from cpsa.services.publication.stale_periods import is_stale
from cpsa.services.run_log import log_use_case
from cpsa.store.database import read_transaction
from cpsa.store.queries import dispatch_queries, document_queries, question_queries
from cpsa.store.tables.dispatch_tables import MailState
from cpsa.store.tables.publication_tables import QuestionOutcome
from cpsa.translator import format_dotted_moment

_APPROVED_OUTCOMES = (QuestionOutcome.APPROVED, QuestionOutcome.NOTHING_TO_SEND)


@log_use_case
def send_approved_packs(
    context: AppContext, now: datetime, worker: str
) -> tuple[DispatchSummary, ...]:
    """Send again packs that are due of approved half-years; return the outcome by half-year.

    Ops are notified once of the departments whose packs wait, and once of those whose are refused.
    """
    with read_transaction(context.engine) as connection:
        keys = dispatch_queries.list_cycles_in_state(connection, PACK_SLOT, MailState.PENDING)
        due = [key for key in keys if dispatch_queries.has_due(connection, key)]
        halves = [HalfYear.parse(key) for key in due]
        halves = [half for half in halves if _is_within_approval(connection, half)]
    return tuple(_send_half_year(context, half, now, worker) for half in halves)


def _is_within_approval(connection: Connection, half: HalfYear) -> bool:
    """Whether the pending packs are those approved last: the same documents, and none is out of date."""
    newest = question_queries.list_newest_questions(connection, [half.key]).get(half.key)
    if newest is not None and newest.outcome not in _APPROVED_OUTCOMES:
        return False
    if is_stale(connection, half):
        return False
    current = document_queries.load_current_editions(connection, list_pack_periods(half)).values()
    known = {document["sha256"] for document in current}
    pending = load_pack_states(connection, half).pending
    return all(
        file["sha256"] in known
        for row in pending
        for file in row.attachments
        if ledger_rows.is_document(file)
    )


def _send_half_year(
    context: AppContext, half: HalfYear, now: datetime, worker: str
) -> DispatchSummary:
    with open_mail_port(context) as port:
        result = ledger.dispatch(context.engine, half.key, port, worker)
    with read_transaction(context.engine) as connection:
        states = load_pack_states(connection, half)
    if states.waiting_departments:
        _notify(context, half, "waiting", states.waiting_departments, states, now, worker)
    if states.refused_departments:
        _notify(context, half, "refused", states.refused_departments, states, now, worker)
    return DispatchSummary.from_result(
        half.key, result, context.settings.language
    ).with_departments(states.waiting_departments, states.refused_departments)


def _notify(
    context: AppContext,
    half: HalfYear,
    kind: str,
    departments: tuple[str, ...],
    states: PackStates,
    now: datetime,
    worker: str,
) -> None:
    language = context.settings.language
    words = {"half": half.key, "departments": ", ".join(departments)}
    lines = [text(f"notices.packs.{kind}", language, **words)]
    attempts = [row.next_attempt_at for row in states.pending if row.next_attempt_at is not None]
    if kind == "waiting" and attempts:
        at = format_dotted_moment(min(attempts))
        lines.append(text("notices.packs.next", language, at=at))
    subject = text(f"notices.packs.{kind}_subject", language, **words)
    slot = "packs waiting" if kind == "waiting" else f"packs refused {' '.join(departments)}"
    notify_ops(context, half.key, slot, subject, lines, now, worker)
