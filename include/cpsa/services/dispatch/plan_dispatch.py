"""Plans the mails of a half-year: what goes to which recipient, for a person to approve.

What was sent is never planned again, even if it was built since: newer editions are sent as a revision,
which a person requests with a reason. What must not go here: which documents are due to a seat
(``half_year_packs``), which of them have changed (``revision_builder``), and sending
(``dispatch_half_year``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cpsa.calendar import HalfYear
from cpsa.delivery.mail_message import MailMessage
from cpsa.documents.document_registry import RESTATEMENT_NOTE
from cpsa.errors import RequestError
from cpsa.letters.seats import Seat
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch import approval_notices, sent_documents
from cpsa.services.dispatch.approval_notices import ApprovalNotice
from cpsa.services.dispatch.half_year_packs import HalfYearPacks, sum_attached_bytes
from cpsa.services.dispatch.revision_builder import RevisionBuilder
from cpsa.services.dispatch.sent_documents import SeatMail
from cpsa.store.database import read_transaction
from cpsa.store.queries import audit_queries
from cpsa.store.queries.stored_submissions import digest_parts
from cpsa.store.tables.dispatch_tables import MailState
from cpsa.translator import format_dotted_moment

REVISED = "send revise"
_NOTE = str(RESTATEMENT_NOTE)


@dataclass(frozen=True)
class PlannedMail:
    """One mail as an approver sees it; ``size`` in bytes of what is attached.

    ``revision``: whether the seat has received documents before.
    """

    message: MailMessage
    size: int
    revision: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.message, name)


@dataclass(frozen=True)
class DispatchPlan:
    """What would be sent now. ``sent``: seats that have their documents; ``outdated``: an older edition.

    ``informed``: the seats that get documents for information only and may not have been there when the
    half-year was approved. ``notes``: the restatement notes among the files, as they are registered when they are sent.
    """

    half: str
    messages: tuple[PlannedMail, ...]
    sent: int
    outdated: int
    notices: tuple[ApprovalNotice, ...] = ()
    reason: str = ""
    built_at: datetime | None = None
    notes: tuple[Mapping[str, Any], ...] = ()
    unknown_departments: tuple[str, ...] = ()
    former_codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    informed: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """Identifies these documents for these seats, mail by mail, so that only approved mail is sent."""
        return ".".join(_digest_mail(mail.recipient, mail) for mail in self.messages)

    def is_approved(self, approved: str) -> bool:
        """Whether each mail is among those of an approved digest, also by a former code."""
        parts = set(filter(None, approved.split(".")))
        return all(
            any(_digest_mail(name, mail) in parts for name in self._list_recipient_names(mail))
            for mail in self.messages
        )

    def without_new_members(self, approved: str | None) -> DispatchPlan:
        """The plan without informed members that the approved digest does not have: they joined since."""
        if approved is None:
            return self
        parts = set(filter(None, approved.split(".")))
        kept = tuple(
            mail
            for mail in self.messages
            if mail.recipient not in self.informed or _digest_mail(mail.recipient, mail) in parts
        )
        return replace(self, messages=kept)

    def _list_recipient_names(self, mail: PlannedMail) -> list[str]:
        """The name of a recipient, and its names while its department had another code."""
        code, _, place = mail.recipient.partition(":")
        former = self.former_codes.get(code, ())
        return [mail.recipient, *(f"{earlier}:{place}" for earlier in former)]

    def as_json(self) -> dict[str, object]:
        mails = [
            {
                "recipient": mail.recipient,
                "language": mail.language,
                "attachments": [attachment.name for attachment in mail.attachments],
                "size": mail.size,
                "revision": mail.revision,
            }
            for mail in self.messages
        ]
        return {"half": self.half, "mails": mails, "sent": self.sent, "outdated": self.outdated}


def plan_dispatch(
    context: AppContext, half: HalfYear, now: datetime, revise: str = ""
) -> DispatchPlan:
    """What would be sent to which recipient; sends and records nothing.

    ``revise``: why documents that changed are sent again, as a revision, to recipients of the
    earlier ones. RequestError while the documents are not built.
    """
    packing = HalfYearPacks.load(context, half, now)
    with read_transaction(context.engine) as connection:
        mail_by_seat = sent_documents.load_sent_documents(
            connection, half, context.reference.department_codes
        )
        before = audit_queries.find_last_audit_entry(connection, REVISED, half.key)
    reason = revise.strip()
    comparing = RevisionBuilder(packing, reason or (before.reason if before else ""))
    seats = [(seat, mail_by_seat.get(seat.id, SeatMail())) for seat in packing.seats]
    planned = []
    for seat, seat_mail in seats:
        message = _find_due_mail(comparing, seat, seat_mail, revise=bool(reason))
        if message is not None:
            planned.append(_make_planned_mail(message, revision=bool(seat_mail.documents)))
    outdated = sum(comparing.is_outdated(seat, seat_mail) for seat, seat_mail in seats)
    return DispatchPlan(
        half.key,
        tuple(planned),
        sum(seat_mail.mail_count > 0 and not seat_mail.is_unsent for _, seat_mail in seats),
        outdated,
        approval_notices.list_approval_notices(
            packing, [planned_mail.message for planned_mail in planned], 0 if reason else outdated
        ),
        reason,
        max(
            (
                document["built_at"]
                for name, document in packing.built_documents.items()
                if name[0] != _NOTE
            ),
            default=None,
        ),
        tuple(comparing.note_rows),
        packing.unknown_departments,
        {code: found.former for code, found in context.reference.departments.items()},
        frozenset(seat.id for seat, _ in seats if packing.is_informed(seat.department)),
    )


def require_approved(plan: DispatchPlan, half: HalfYear, approved: str | None) -> None:
    """RequestError when something would be sent now that was not approved.

    What was sent since may be missing: an interrupted run continues where it stopped.
    """
    if approved is not None and not plan.is_approved(approved):
        built = format_dotted_moment(plan.built_at) if plan.built_at else "–"
        raise RequestError("cycle.approved_other", period=half.key, built=built)


def _digest_mail(recipient: str, mail: PlannedMail) -> str:
    return digest_parts((recipient, mail.message.digest))[:16]


def _find_due_mail(
    comparing: RevisionBuilder, seat: Seat, seat_mail: SeatMail, *, revise: bool
) -> MailMessage | None:
    """The mail that is due to a seat now: its first, one that waits or came back, or a revision."""
    corrected = seat_mail.email.casefold() != seat.email.strip().casefold()
    came_back = seat_mail.state is MailState.BOUNCED and corrected
    if not (seat_mail.state is None or seat_mail.is_unsent or came_back or revise):
        return None
    if seat_mail.documents:
        message = comparing.build_mail(seat, seat_mail)
    else:
        packing = comparing.packs
        files = [packing.make_attachment(row) for row in packing.list_editions_due(seat).values()]
        message = packing.build_mail(seat, files)
    if message is None or (
        seat_mail.has_failed and not corrected and message.digest == seat_mail.digest
    ):
        return None  # what was refused is tried again only when a person requests it
    return message


def _make_planned_mail(message: MailMessage, *, revision: bool) -> PlannedMail:
    return PlannedMail(message, sum_attached_bytes(message.attachments), revision)
