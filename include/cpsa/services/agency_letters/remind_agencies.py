"""Reminds agencies whose update is due, and sends what is pending."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.letters.letter_kinds import LetterKind
from cpsa.services.agency_letters.send_letters import write_and_send
from cpsa.services.app_context import AppContext
from cpsa.services.collection.import_new_files import import_new_files
from cpsa.services.letter_summary import AgencyLetterSummary
from cpsa.services.quarter.obligations import record_missing_obligations
from cpsa.services.run_log import log_use_case

# An agency that got no request gets it first, however late, before any reminder.
REMINDER_KINDS = frozenset({LetterKind.REMINDER, LetterKind.REQUEST})


@log_use_case
def remind_agencies(
    context: AppContext,
    now: datetime,
    worker: str,
    quarter: Quarter | None = None,
    *,
    at_once: bool = False,
) -> AgencyLetterSummary:
    """Write the reminders that are due to agencies whose update is due, and send what is pending.

    First it imports new files, and records the obligations of agencies added to open quarters, which
    are sent the request. ``unread``: channels that could not be read; they stop nothing.
    """
    imported = import_new_files(context, now, worker)
    record_missing_obligations(context, now)
    summary = write_and_send(context, now, worker, REMINDER_KINDS, quarter, at_once=at_once)
    return replace(summary, unread=tuple(sorted(imported.unread)))
