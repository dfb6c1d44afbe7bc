"""Records an answer: approved, or rejected and built again; and notifies ops when there is none.

What must not go here: sending what was approved (``plan_dispatch``).
"""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import IST, HalfYear
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.approval_notices import REJECTED
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.services.dispatch_summary import DispatchSummary
from cpsa.services.notify_ops import notify_ops
from cpsa.services.service_results import BuildResult
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries

APPROVED = "approve dispatch"


def approve_dispatch(
    context: AppContext, half: HalfYear, who: str, how: str, answered_at: datetime
) -> None:
    """Record who approved that a half-year is sent, and how; once, however often a task is run."""
    with write_transaction(context.engine) as connection:
        before = audit_queries.find_last_audit_entry(connection, APPROVED, half.key)
        if before is None or before.at != answered_at:
            audit_queries.add_audit(connection, answered_at, who, APPROVED, half.key, how)


def reject_dispatch(
    context: AppContext, half: HalfYear, who: str, reason: str, now: datetime
) -> BuildResult:
    """Record why a half-year must not be sent as it is, and build its documents again.

    RequestError when there is no reason: the person who corrects it must know what to correct.
    """
    if not reason.strip():
        raise RequestError("cycle.no_reason")
    with write_transaction(context.engine) as connection:
        audit_queries.add_audit(connection, now, who, REJECTED, half.key, reason.strip())
    return build_documents(context, half, now)


def escalate_approval(
    context: AppContext, half: HalfYear, now: datetime, worker: str
) -> DispatchSummary:
    """Notify ops by mail that nobody has answered whether a half-year may be sent; once a day."""
    language = context.settings.language
    plan = plan_dispatch(context, half, now)
    lines = [
        text("dispatch.unanswered.what", language, half=half.label(language)),
        text("dispatch.unanswered.mails", language, number=len(plan.messages)),
        *(notice.text(language) for notice in plan.notices),
        text("dispatch.unanswered.to_do", language, half=half.key),
    ]
    subject = text("dispatch.unanswered.subject", language, half=half.key)
    slot = f"unanswered {now.astimezone(IST):%Y-%m-%d}"
    return notify_ops(context, half.key, slot, subject, lines, now, worker)
