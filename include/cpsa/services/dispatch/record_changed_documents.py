"""Sent documents that have changed since: which recipients have them, and why no revision is sent.

A sent document has changed when its contents, built by today's program from the store as it was and
as it is now, differ in more than the date. This is computed when documents are built, and stored;
until they change again it has two answers: a revision (``plan_dispatch``), or a reason for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch import sent_documents
from cpsa.services.dispatch.half_year_packs import HalfYearPacks
from cpsa.services.dispatch.revision_builder import RevisionBuilder
from cpsa.services.dispatch.sent_documents import DeliveredDocument, DocumentName, SeatMail
from cpsa.services.publication import half_year_editions
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import changed_document_queries, document_queries
from cpsa.store.queries.changed_document_queries import NoRevision


def record_changed_documents(context: AppContext, half: HalfYear, now: datetime) -> int:
    """After a half-year was built: record which recipients have changed documents; return how many.

    Nothing is computed where nothing was sent.
    """
    with read_transaction(context.engine) as connection:
        mail_by_seat = sent_documents.load_sent_documents(
            connection, half, context.reference.department_codes
        )
        edition = half_year_editions.find_newest_edition(connection, half)
        refusal = changed_document_queries.find_no_revision(connection, half.key)
        refused = _load_refused_rows(connection, refusal)
    if not any(seat_mail.documents for seat_mail in mail_by_seat.values()):
        return 0
    rows = [
        {
            "half": half.key,
            "edition": edition.digest,
            "recipient": recipient,
            "documents": count,
            "found_at": now,
        }
        for recipient, count in _count_changed(context, half, mail_by_seat, refused, now).items()
    ]
    with write_transaction(context.engine) as connection:
        changed_document_queries.add_changed_documents(connection, rows)
    return len(rows)


def _count_changed(
    context: AppContext,
    half: HalfYear,
    mail_by_seat: Mapping[str, SeatMail],
    refused: Sequence[Mapping[str, Any]],
    now: datetime,
) -> dict[str, int]:
    """Of each recipient how many of its documents have changed, since they were sent and since it
    was last recorded that no revision is sent."""
    try:
        comparing = RevisionBuilder(HalfYearPacks.load(context, half, now), "")
        seats = comparing.packs.seats
    except RequestError:
        return {}  # recipients that cannot be read: sending reports it
    found = {}
    for seat in seats:
        seat_mail = mail_by_seat.get(seat.id, SeatMail())
        changed = comparing.find_changed(seat, seat_mail)
        if changed and refused:
            since = _replace_editions(seat_mail, refused, seat.language)
            changed = {
                name: row
                for name, row in changed.items()
                if name in comparing.find_changed(seat, since)
            }
        if changed:
            found[seat.id] = len(changed)
    return found


def _replace_editions(
    seat_mail: SeatMail, refused: Sequence[Mapping[str, Any]], language: str
) -> SeatMail:
    """A seat's documents as if it had the editions that were not sent to it."""
    rows = {_make_document_name(row): row for row in refused if row["language"] == language}
    documents = {
        name: DeliveredDocument(rows[name], document.mail, document.sent_at)
        if name in rows
        else document
        for name, document in seat_mail.documents.items()
    }
    return replace(seat_mail, documents=documents)


def _make_document_name(row: Mapping[str, Any]) -> DocumentName:
    return DocumentName(*(row[field] for field in DocumentName._fields))


def _load_refused_rows(
    connection: Connection, refusal: NoRevision | None
) -> Sequence[Mapping[str, Any]]:
    return [] if refusal is None else document_queries.load_by_ids(connection, refusal.documents)
