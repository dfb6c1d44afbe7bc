"""An admin undoes the newest closing, while no document of its period was sent to a department.

Nothing is deleted: a version ``withdrawn`` is added, and the quarter is open until a person closes
it again. What must not go here: closing, and the letters that withdraw closing letters (``agency_letters``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import AnyPeriod, Quarter
from cpsa.errors import RequestError
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.services.app_context import AppContext
from cpsa.services.examination.examine_updates import examine_in_transaction
from cpsa.services.publication.approval_questions import void_questions
from cpsa.services.publication.publish_quarter import publish_quarter
from cpsa.services.quarter.closing_conditions import require_clock
from cpsa.services.required_reason import require_reason
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import UndoClosingResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    audit_queries,
    closing_queries,
    dispatch_queries,
    document_queries,
    obligation_queries,
    quarter_queries,
)
from cpsa.store.tables.closing_tables import ClosingKind
from cpsa.store.tables.dispatch_tables import MailState

UNDONE = "undo close"  # in the audit
_NOT_HANDED_OVER = frozenset(
    {MailState.PENDING, MailState.FAILED, MailState.EXPIRED, MailState.SUPERSEDED}
)


@log_use_case
def undo_closing(
    context: AppContext, quarter: Quarter, now: datetime, who: str, reason: str
) -> UndoClosingResult:
    """Open the newest closed quarter again; its locked-out files are checked as ordinary versions.

    The public edition goes back to the quarter before, questions about its half become void. Of a
    quarter that had not ended, the obligations are withdrawn, too. RequestError without a person or reason,
    for a quarter that is not the newest closed one, and where a document of it, its half or year was sent.
    """
    if not who:
        raise RequestError("window.who")
    reason = require_reason(reason)
    with write_transaction(context.engine, alone=True) as connection:
        require_clock(connection, now)
        _require_newest(connection, quarter)
        _require_not_sent(connection, quarter)
        version = _withdraw(connection, quarter, now, who, reason)
        void_questions(connection, quarter.half, now)
        had_ended = now >= (quarter + 1).starts_at
        if not had_ended:
            obligation_queries.withdraw_obligations(connection, quarter.key, now)
            quarter_queries.remove_opening(connection, quarter.key)
        checked = examine_in_transaction(context, connection, quarter, now)
        audit_queries.add_audit(connection, now, who, UNDONE, quarter.key, reason)
    shown = _publish_previous(context, now)
    return UndoClosingResult(quarter.key, version, len(checked.judgements), shown, not had_ended)


def _require_newest(connection: Connection, quarter: Quarter) -> None:
    closed = sorted(closing_queries.load_latest_closings(connection)["quarter"])
    if quarter.key not in closed:
        raise RequestError("window.not_closed", quarter=quarter.key)
    if quarter.key != closed[-1]:
        raise RequestError("window.not_newest", quarter=quarter.key, newest=closed[-1])


def _require_not_sent(connection: Connection, quarter: Quarter) -> None:
    """Refuse where a mail server was given a pack with a document of the quarter, half or year."""
    periods: Sequence[AnyPeriod] = (quarter, quarter.half, quarter.year)
    editions = document_queries.load_editions(connection, periods)
    recipients = sorted(
        {
            row.recipient.partition(":")[0]
            for half in quarter.year.halves
            for row in dispatch_queries.load_outbox(connection, half.key)
            if row.slot.startswith(PACK_SLOT)
            and row.state not in _NOT_HANDED_OVER
            and any(file["sha256"] in editions for file in row.attachments)
        }
    )
    if recipients:
        raise RequestError(
            "window.documents_sent",
            quarter=quarter.key,
            period=quarter.half.key,
            recipients=", ".join(recipients),
        )


def _withdraw(
    connection: Connection, quarter: Quarter, now: datetime, who: str, reason: str
) -> int:
    """Add the version that withdraws the closing; return its number."""
    newest = closing_queries.find_newest_version(connection, quarter.key)
    assert newest is not None, "the quarter is closed"
    kept = {name: newest[name] for name in ("framework", "registry_load", "basis")}
    version = int(newest["version"]) + 1
    closing_queries.add_closing(
        connection,
        quarter=quarter.key,
        version=version,
        closed_at=now,
        kind=ClosingKind.WITHDRAWN,
        closed_by=who,
        reason=reason,
        **kept,
    )
    return version


def _publish_previous(context: AppContext, now: datetime) -> str:
    """Show the newest quarter that is still closed, nothing where none is; blank for none."""
    public = context.settings.public
    with read_transaction(context.engine) as connection:
        is_any_closed = not closing_queries.load_latest_closings(connection).empty
    if not public.exists():
        return ""
    if is_any_closed:
        return publish_quarter(context, now).quarter
    if public.is_symlink():
        public.unlink()
    return ""
