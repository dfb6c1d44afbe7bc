"""Closing a quarter: locks it, finds what only all updates together show, scores, rates, numbers actions.

Closing again computes nothing unless one of its inputs changed; then it adds a version, keeps the
old one, records which figures were restated, and does the same for the closed quarters after it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.import_new_files import CHANNELS, import_new_files
from cpsa.services.quarter.closing_conditions import (
    ClosingRequest,
    require_clock,
    require_closable,
)
from cpsa.services.quarter.closing_run import ClosingRun
from cpsa.services.quarter.closing_waits import find_wait_end, list_channels_to_wait_for
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import CloseQuarterResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    audit_queries,
    closing_queries,
    quarter_queries,
    registry_queries,
    submission_queries,
)

CLOSED = "close"  # by hand, in the audit trail


@log_use_case
def close_quarter(
    context: AppContext,
    quarter: Quarter,
    now: datetime,
    who: str = "",
    reason: str = "",
    *,
    early: bool = False,
    without: Collection[str] = (),
) -> CloseQuarterResult:
    """Close a quarter, its older unfinished ones first; all or nothing.

    An open quarter's new files are imported first. ``who``: the person who closes by hand, for the
    audit trail; the others need one, see ``ClosingRequest``. Where closing has to wait, for an own
    due date or for a channel that cannot be read, the result states it and nothing is closed; a person
    gets a RequestError instead.
    """
    request = ClosingRequest(who, reason.strip(), early, tuple(without))
    request.require_whole(CHANNELS)
    context.load_framework(quarter)  # a quarter before the first framework cannot be closed
    unread: tuple[str, ...] = ()
    with read_transaction(context.engine) as connection:
        registry_queries.require_load(connection)
        require_clock(connection, now)
        is_open = closing_queries.find_first_closing(connection, quarter.key) is None
        if is_open and (due_at := find_wait_end(connection, quarter, now, request)) is not None:
            return CloseQuarterResult.postponed(quarter.key, until=due_at)
        if is_open and not who and _is_unknown_quarter(connection, quarter):
            return CloseQuarterResult.postponed(quarter.key)
    if is_open:
        imported = import_new_files(context, now, without=request.without)
        if channels := list_channels_to_wait_for(context, quarter, imported.unread, now, who):
            return CloseQuarterResult.postponed(quarter.key, channels=channels)
        unread = tuple(sorted({*imported.unread, *request.without}))
    with write_transaction(context.engine, alone=True) as connection:
        older = [
            _close_in_transaction(
                context, connection, earlier, now, replace(request, early=False), unread
            )
            for earlier in _list_open_before(connection, quarter)
        ]
        closed = _close_in_transaction(context, connection, quarter, now, request, unread)
        later = _recompute_closed_after(context, connection, quarter, now) if closed.changed else []
    also = tuple(result.quarter for result in (*older, *later) if result.changed)
    return replace(closed, also=also)


def _close_in_transaction(
    context: AppContext,
    connection: Connection,
    quarter: Quarter,
    now: datetime,
    request: ClosingRequest,
    unread: tuple[str, ...],
) -> CloseQuarterResult:
    if closing_queries.find_first_closing(connection, quarter.key) is None:
        require_closable(connection, quarter, now, request)
    closed = ClosingRun.load(context, connection, quarter, now, request, unread).run()
    if request.who and closed.changed:
        audit_queries.add_audit(connection, now, request.who, CLOSED, quarter.key, request.reason)
    return closed


def _is_unknown_quarter(connection: Connection, quarter: Quarter) -> bool:
    """Whether nothing was ever requested or received, so that there is nothing to close."""
    first = quarter_queries.find_setting(connection, quarter_queries.FIRST_QUARTER)
    if first is not None and quarter.key >= first:
        return False
    return quarter.key not in submission_queries.list_known_quarters(connection)


@log_use_case
def recompute_closing(
    context: AppContext, quarter: Quarter, now: datetime
) -> list[CloseQuarterResult]:
    """After a change to a closed quarter: compute it and the closed ones after it again."""
    with write_transaction(context.engine, alone=True) as connection:
        return [
            ClosingRun.load(context, connection, quarter, now).run(),
            *_recompute_closed_after(context, connection, quarter, now),
        ]


def recompute_if_closed(context: AppContext, quarter: Quarter, now: datetime) -> None:
    """After a change to a quarter: compute it and the closed ones after it again, where it is closed."""
    if is_quarter_closed(context, quarter):
        recompute_closing(context, quarter, now)


def list_earlier_open_quarters(context: AppContext, quarter: Quarter) -> list[Quarter]:
    """Older quarters that are known and not closed yet."""
    with read_transaction(context.engine) as connection:
        return _list_open_before(connection, quarter)


def is_quarter_closed(context: AppContext, quarter: Quarter) -> bool:
    with read_transaction(context.engine) as connection:
        return closing_queries.find_first_closing(connection, quarter.key) is not None


def _list_open_before(connection: Connection, quarter: Quarter) -> list[Quarter]:
    known = set(submission_queries.list_known_quarters(connection))
    done = set(closing_queries.load_latest_closings(connection)["quarter"])
    return [Quarter.parse(key) for key in sorted(known - done) if key < quarter.key]


def _recompute_closed_after(
    context: AppContext, connection: Connection, quarter: Quarter, now: datetime
) -> list[CloseQuarterResult]:
    done = closing_queries.load_latest_closings(connection)["quarter"]
    later = [Quarter.parse(key) for key in sorted(done) if key > quarter.key]
    return [
        ClosingRun.load(context, connection, later_quarter, now).run() for later_quarter in later
    ]
