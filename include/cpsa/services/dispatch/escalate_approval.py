"""Notifies ops that nobody has answered whether a half-year may be sent."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import IST, HalfYear
from cpsa.i18n.catalogue import text
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.services.dispatch_summary import DispatchSummary
from cpsa.services.notify_ops import notify_ops


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
