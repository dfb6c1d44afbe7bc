"""Sends a half-year's documents as they were planned and approved.

What must not go here: what is due to which recipient (``plan_dispatch``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from cpsa.calendar import IST, HalfYear
from cpsa.delivery import ledger
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import write_atomically
from cpsa.services.dispatch.plan_dispatch import (
    REVISED,
    DispatchPlan,
    plan_dispatch,
    require_approved,
)
from cpsa.services.dispatch_summary import DispatchSummary, open_mail_port
from cpsa.services.pack_states import load_pack_states
from cpsa.services.publication.document_editions import locate_edition
from cpsa.services.publication.stale_periods import is_stale
from cpsa.services.run_log import log_use_case
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import audit_queries, document_queries, question_queries
from cpsa.store.tables.publication_tables import QuestionOutcome, question

BACKFILLED = "send backfill"
BY_HAND = "send"  # without an approval in Airflow
# After its dispatch day a half-year is sent only with ``backfill``.
LATE_DISPATCH_AFTER = timedelta(days=45)


@log_use_case
def dispatch_half_year(
    context: AppContext,
    half: HalfYear,
    now: datetime,
    worker: str,
    approved: str | None = None,
    *,
    at_once: bool = False,
    revise: str = "",
    who: str = "",
    backfill: bool = False,
) -> DispatchSummary:
    """Send what was not sent yet. ``approved``: the digest of the plan a person approved.

    ``at_once`` also tries what waits for its next attempt: a person knows the cause is gone.
    ``revise``: see ``plan_dispatch``; recorded in the audit log with ``who`` requested it, as is
    ``backfill``, without which nothing is sent long after its day. RequestError when the documents
    are no longer those that were approved. Mail that the server does not take now stays in the
    ledger, with the reason and the next attempt.
    """
    plan = plan_dispatch(context, half, now, revise).without_new_members(approved)
    require_approved(plan, half, approved)
    require_current(context, plan, half)
    require_recent(plan, half, now, backfill=backfill)
    with open_mail_port(context) as port:
        _record_dispatch(
            context, half, plan, now, who or worker, backfill=backfill, by_hand=approved is None
        )
        if at_once:
            ledger.retry_now(context.engine, half.key)
        result = ledger.dispatch(context.engine, half.key, port, worker)
    if approved is None and plan.messages and not plan.reason:
        _end_question(context, half, now)
    with read_transaction(context.engine) as connection:
        states = load_pack_states(connection, half)
    sent = DispatchSummary.from_result(
        half.key, result, context.settings.language, already=plan.sent
    )
    sent = sent.with_departments(states.waiting_departments, states.refused_departments)
    return replace(sent, unknown_departments=plan.unknown_departments)


def _end_question(context: AppContext, half: HalfYear, now: datetime) -> None:
    """Sending by hand answers the question that is open in Airflow."""
    with write_transaction(context.engine) as connection:
        of_half = question.c.half == half.key
        question_queries.end_questions(connection, QuestionOutcome.APPROVED, now, of_half)


def require_current(context: AppContext, plan: DispatchPlan, half: HalfYear) -> None:
    """RequestError when something would be sent that is older than the store."""
    with read_transaction(context.engine) as connection:
        if plan.messages and is_stale(connection, half):
            raise RequestError("cycle.not_current", period=half.key)


def require_recent(plan: DispatchPlan, half: HalfYear, now: datetime, *, backfill: bool) -> None:
    """RequestError when something would be sent long after its day and nobody allowed it."""
    if plan.messages and now > half.dispatch_at + LATE_DISPATCH_AFTER and not backfill:
        day = half.dispatch_at.astimezone(IST)
        raise RequestError("cycle.long_past", period=half.key, day=day, mails=len(plan.messages))


def _record_dispatch(
    context: AppContext,
    half: HalfYear,
    plan: DispatchPlan,
    now: datetime,
    who: str,
    *,
    backfill: bool,
    by_hand: bool,
) -> None:
    """Record in the ledger the mails that are due, and in the audit log what a person requested."""
    verbs = [REVISED] if plan.reason else []
    if backfill and now > half.dispatch_at + LATE_DISPATCH_AFTER:
        verbs.append(BACKFILLED)
    if by_hand and not verbs:
        verbs.append(BY_HAND)
    if plan.messages and verbs:
        with write_transaction(context.engine) as connection:
            for verb in verbs:
                audit_queries.add_audit(connection, now, who, verb, half.key, plan.reason)
    with write_transaction(context.engine) as connection:
        document_queries.add_new_documents(connection, plan.notes)
    for note in plan.notes:
        kept, shown = (
            locate_edition(context, note["sha256"]),
            context.settings.documents / note["path"],
        )
        write_atomically(shown, kept.read_bytes())
    messages = [mail.message for mail in plan.messages]
    if plan.reason:
        ledger.plan_mails(context.engine, messages, now, revise=True, secret=context.seal_key)
    else:
        ledger.plan_mails(context.engine, messages, now, renew=True, secret=context.seal_key)
