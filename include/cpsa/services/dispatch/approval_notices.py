"""Notices that an approver should read before a half-year's documents are sent.

What belongs here: finding and describing them. What must not: stopping a mail; the ledger and the
approver do that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cpsa.calendar import HalfYear
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.documents.edition_differences import FigureDifference
from cpsa.figures import NO_FIGURE
from cpsa.i18n.catalogue import text
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.edition_changes import (
    DocumentChange,
    EditionChanges,
    find_changes_of_open_question,
    find_changes_since_last_question,
)
from cpsa.services.dispatch.half_year_packs import MEGABYTE, HalfYearPacks, sum_attached_bytes
from cpsa.services.publication.stale_periods import is_stale
from cpsa.store.database import read_transaction
from cpsa.store.queries import audit_queries, closing_queries
from cpsa.store.tables.dispatch_tables import MailState
from cpsa.translator import format_dotted_moment

_OPEN_STATES = (MailState.UNCERTAIN, MailState.BOUNCED, MailState.FAILED, MailState.EXPIRED)
REJECTED = "reject dispatch"
_MAX_FIGURES = 4  # of a document; its restatements are listed in it


@dataclass(frozen=True)
class ApprovalNotice:
    """One notice; ``key`` names a text below ``dispatch.notice``."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str) -> str:
        return text(f"dispatch.notice.{self.key}", language, **self.params)


def list_approval_notices(
    packs: HalfYearPacks, mails: Sequence[MailMessage], outdated: int
) -> tuple[ApprovalNotice, ...]:
    """List all notices, the gravest first."""
    notices = [
        *_find_stale(packs),
        *_find_changes(packs),
        *_find_rejection(packs),
        *_count_open_mails(packs),
    ]
    if outdated:
        notices.append(ApprovalNotice("outdated", {"number": outdated}))
    if packs.unknown_departments:
        codes = ", ".join(packs.unknown_departments)
        notices.append(ApprovalNotice("unknown_department", {"departments": codes}))
    return (
        *notices,
        *_find_missing_figures(packs),
        *_find_departments_without_recipient(packs),
        *_find_large_mails(packs, mails),
    )


def _find_stale(packs: HalfYearPacks) -> list[ApprovalNotice]:
    """Find whether something was recorded after the documents were built."""
    with read_transaction(packs.context.engine) as connection:
        return [ApprovalNotice("stale")] if is_stale(connection, packs.half) else []


def _find_changes(packs: HalfYearPacks) -> list[ApprovalNotice]:
    """Find documents and figures that differ from those of the last question, while they are new."""
    language = packs.context.settings.language
    return _describe_changes(
        packs, find_changes_since_last_question(packs.context, packs.half, language)
    )


def list_changes_of_question(
    context: AppContext, half: HalfYear, now: datetime
) -> list[ApprovalNotice]:
    """List how an open question's edition differs from that of the question before."""
    packs = HalfYearPacks.load(context, half, now)
    return _describe_changes(
        packs, find_changes_of_open_question(context, half, context.settings.language)
    )


def _describe_changes(packs: HalfYearPacks, changes: EditionChanges | None) -> list[ApprovalNotice]:
    if changes is None:
        return []
    at = format_dotted_moment(changes.previous_question_at)
    if not changes.documents:
        return [ApprovalNotice("nothing_changed", {"at": at})]
    heading = ApprovalNotice("changed", {"at": at, "number": len(changes.documents)})
    return [heading, *(_describe_document_change(packs, change) for change in changes.documents)]


def _describe_document_change(packs: HalfYearPacks, change: DocumentChange) -> ApprovalNotice:
    name = packs.make_attachment(change.document).name
    if change.is_new:
        return ApprovalNotice("new_document", {"document": name})
    if not change.figures:
        return ApprovalNotice("changed_words", {"document": name})
    shown = "; ".join(map(_describe_figure, change.figures[:_MAX_FIGURES]))
    more = len(change.figures) - _MAX_FIGURES
    key = "changed_figures_more" if more > 0 else "changed_figures"
    params = {"document": name, "number": len(change.figures), "figures": shown, "more": more}
    return ApprovalNotice(key, params)


def _describe_figure(figure: FigureDifference) -> str:
    place = figure.place
    words = ", ".join(filter(None, (place.row or place.table or place.section, place.column)))
    return f"{words}: {figure.old or NO_FIGURE} → {figure.new or NO_FIGURE}"


def _find_rejection(packs: HalfYearPacks) -> list[ApprovalNotice]:
    """Find the last rejection, while it is newer than the documents."""
    with read_transaction(packs.context.engine) as connection:
        row = audit_queries.find_last_audit_entry(connection, REJECTED, packs.half.key)
    if row is None:
        return []
    day = format_dotted_moment(row.at)
    return [ApprovalNotice("rejected", {"day": day, "who": row.who, "reason": row.reason})]


def _count_open_mails(packs: HalfYearPacks) -> list[ApprovalNotice]:
    """Count the half-year's mails that need attention, by state."""
    lines = ledger.list_outbox(packs.context.engine, packs.half.key)
    newest = {(line.slot, line.recipient): line for line in lines}
    states = Counter(line.state for line in newest.values())
    return [
        ApprovalNotice(str(state), {"number": states[state]})
        for state in _OPEN_STATES
        if states[state]
    ]


def _find_missing_figures(packs: HalfYearPacks) -> list[ApprovalNotice]:
    """Find quarters in which agencies' figures are missing, so that the documents lack them."""
    with read_transaction(packs.context.engine) as connection:
        shut = closing_queries.load_latest_closings(connection, packs.half.last_quarter.key)
        rates = closing_queries.load_closing_rows(connection, "reporting", shut)
    notices = []
    for quarter in packs.half.quarters:
        rows = rates[rates["quarter"] == quarter.key]
        expected, accepted = int(rows["expected"].sum()), int(rows["accepted"].sum())
        if accepted < expected:
            params = {"quarter": quarter.key, "missing": expected - accepted, "expected": expected}
            notices.append(ApprovalNotice("missing", params))
    return notices


def _find_departments_without_recipient(packs: HalfYearPacks) -> list[ApprovalNotice]:
    """Find departments that have requests and no recipient."""
    departments = {seat.department for seat in packs.seats if seat.kind == "to"}
    silent = sorted(set(packs.actions["department"]) - departments)
    return [ApprovalNotice("no_recipient", {"departments": ", ".join(silent)})] if silent else []


def _find_large_mails(packs: HalfYearPacks, mails: Sequence[MailMessage]) -> list[ApprovalNotice]:
    limit = packs.context.settings.attach_mb
    linked = sum(any(file.link for file in mail.attachments) for mail in mails)
    heavy = [mail for mail in mails if sum_attached_bytes(mail.attachments) > limit * MEGABYTE]
    notices = (
        [ApprovalNotice("linked", {"number": linked, "limit": f"{limit:g}"})] if linked else []
    )
    if heavy:
        notices.append(ApprovalNotice("large", {"number": len(heavy), "limit": f"{limit:g}"}))
    return notices
