"""Notices to ops about a closing that waits for a channel, or was done without one.

What must not go here: how long a closing waits (``closing_waits``).
"""

from __future__ import annotations

from datetime import datetime

from cpsa.i18n.catalogue import describe_channels, text
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch_summary import DispatchSummary
from cpsa.services.notify_ops import notify_ops
from cpsa.services.service_results import CloseQuarterResult


def report_closing(
    context: AppContext, closed: CloseQuarterResult, board: str, now: datetime, worker: str
) -> DispatchSummary | None:
    """Notify ops once that channels cannot be read, or were left out; None where all were read.

    ``board``: the address of the quarter's page.
    """
    channels = closed.waits_for or closed.unread
    if not channels:
        return None
    kind = "waits" if closed.waits_for else "without"
    language = context.settings.language
    words = {"quarter": closed.quarter, "channels": describe_channels(channels, language)}
    lines = [
        text(f"notices.closing.{kind}", language, **words),
        text("notices.board", language, address=board),
    ]
    subject = text(f"notices.closing.{kind}_subject", language, **words)
    return notify_ops(context, closed.quarter, f"closing {kind}", subject, lines, now, worker)
