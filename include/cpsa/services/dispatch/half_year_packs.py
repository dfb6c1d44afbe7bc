"""One mail per seat: which documents it gets, attached or linked, and the facts its words need.

What belongs here: choosing and wording. What must not: what a seat has received already (``sent_documents``),
and sending.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

from cpsa import signed_links
from cpsa.actions.reply_term import compute_reply_due
from cpsa.actions.status import ActionStatus
from cpsa.calendar import IST, AnyPeriod, HalfYear
from cpsa.delivery.mail_message import Attachment, AttachmentUse, MailMessage
from cpsa.documents.document_key import ALL, STATE, DocumentKind
from cpsa.documents.document_registry import ATR, LEARNING, POLICY_ACTIONS, ROLLOUT
from cpsa.documents.pack_contents import list_pack_items, list_pack_periods
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.letters.letter_context import LetterContext, PackContent, PackRevision, RequestSummary
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.letters.letter_message import build_message
from cpsa.letters.seats import Seat, make_mail_reference, number_seats
from cpsa.reference.classifications import Membership
from cpsa.registry.registry_files import INFORMATION
from cpsa.services.agency_letters.letter_attachment import store_attachment
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.load_action_statuses import read_action_statuses
from cpsa.services.decisions.reply_links import make_answer_link
from cpsa.services.department_codes import find_present_code, replace_former_codes
from cpsa.services.dispatch.sent_documents import DocumentName
from cpsa.services.publication.document_editions import locate_edition
from cpsa.store.database import read_transaction
from cpsa.store.queries import action_queries, dispatch_queries, document_queries

LINK_TERM = timedelta(days=90)  # the time that a department has to answer
MEGABYTE = 1_000_000
SUMS_FILE = "SHA256SUMS.txt"
_MAX_QUOTED_ACTIONS = 3
_URGENCIES = ("high", "medium", "low")
_USE_OF_DOCUMENT = {
    (str(ATR), "xlsx"): AttachmentUse.FILL_IN,
    (str(POLICY_ACTIONS), "docx"): AttachmentUse.EDIT,
    (str(LEARNING), "xlsx"): AttachmentUse.CALCULATE,
}


@dataclass(frozen=True)
class HalfYearPacks:
    """A half-year's documents and recipients, read once."""

    context: AppContext
    half: HalfYear
    now: datetime
    built_documents: Mapping[tuple[str, ...], Mapping[str, Any]]
    actions: pd.DataFrame
    recipients: pd.DataFrame
    action_statuses: tuple[ActionStatus, ...] = ()
    known_seats: frozenset[str] = frozenset()

    @classmethod
    def load(cls, context: AppContext, half: HalfYear, now: datetime) -> HalfYearPacks:
        with read_transaction(context.engine) as connection:
            built = document_queries.load_current_editions(connection, list_pack_periods(half))
            raised = action_queries.load_actions(connection, half.last_quarter.key)
            actions = replace_former_codes(context, raised)
            recipients = replace_former_codes(context, context.load_register(connection).recipients)
            standings = read_action_statuses(context, connection, now)
            planned = dispatch_queries.load_outbox(connection, half.key)
        quarters = [quarter.key for quarter in half.quarters]
        return cls(
            context=context,
            half=half,
            now=now,
            built_documents=_index_by_present_code(context, built),
            actions=actions[actions["quarter"].isin(quarters)],
            recipients=recipients,
            action_statuses=standings,
            known_seats=frozenset(row.recipient for row in planned if row.slot == PACK_SLOT),
        )

    @cached_property
    def seats(self) -> tuple[Seat, ...]:
        """The seats of known departments, each by the name that it has in the ledger, and of informed members.

        A member that joined after mails of the half-year were recorded gets none of it.
        """
        known = self.context.reference.departments
        numbered = number_seats(self.recipients)
        return (
            *(
                replace(seat, id=self._find_ledger_id(seat))
                for seat in numbered
                if seat.department in known
            ),
            *(
                seat
                for seat in numbered
                if self.is_informed(seat.department)
                and (seat.id in self.known_seats or not self.known_seats)
            ),
        )

    def is_informed(self, code: str) -> bool:
        """Whether a code is of a member that gets documents for information only."""
        return code in self.context.reference.informed

    @cached_property
    def unknown_departments(self) -> tuple[str, ...]:
        """Codes of recipients that no department has or had; nothing is sent to these."""
        codes = dict.fromkeys(self.recipients["department"])
        reference = self.context.reference
        return tuple(
            code
            for code in codes
            if code not in reference.departments and code not in reference.informed
        )

    def _find_ledger_id(self, seat: Seat) -> str:
        """A seat that the ledger knows by a former code of its department keeps that name."""
        _, place = seat.id.split(":", 1)
        department = self.context.reference.departments[seat.department]
        names = [f"{code}:{place}" for code in (seat.department, *department.former)]
        return next((name for name in names if name in self.known_seats), seat.id)

    def list_editions_due(self, seat: Seat) -> dict[DocumentName, Mapping[str, Any]]:
        """List the current editions that are due to a seat, as its letter says; RequestError where one is missing
        that every half-year has. A seat that only gets a copy gets no working files."""
        if self.is_informed(seat.department):
            return self._list_editions_to_inform(seat)
        form = _name_document(ATR, self.half, seat.department)
        items = list_pack_items(
            self.half,
            seat.department,
            is_nodal=seat.department == self.context.reference.nodal_department,
            has_form=self._find_edition(form, seat.language) is not None,
        )
        due = {}
        for item in items:
            name = DocumentName(item.kind, item.period.key, item.subject, item.format)
            edition = self._find_edition(name, seat.language)
            if edition is None and item.is_required:
                raise RequestError("cycle.not_built", period=self.half.key)
            if edition is not None and (seat.kind == "to" or not item.is_working_file):
                due[name] = edition
        return due

    def _list_editions_to_inform(self, seat: Seat) -> dict[DocumentName, Mapping[str, Any]]:
        """The learning document; for the chair's office also what the nodal department reads of all departments."""
        names = [_name_learning_document(period) for period in list_pack_periods(self.half)]
        if self.context.reference.informed[seat.department].membership is Membership.CHAIR:
            names = [
                _name_document(POLICY_ACTIONS, self.half, ALL),
                *names,
                _name_document(ROLLOUT, self.half, STATE),
            ]
        due = {name: self._find_edition(name, seat.language) for name in names}
        if due[_name_learning_document(self.half)] is None:
            raise RequestError("cycle.not_built", period=self.half.key)
        return {name: document for name, document in due.items() if document is not None}

    def _find_edition(self, name: DocumentName, language: str) -> Mapping[str, Any] | None:
        return self.built_documents.get(
            (name.kind, name.period, name.subject, language, name.format)
        )

    def make_attachment(self, document: Mapping[str, Any]) -> Attachment:
        """Return an edition as an attachment, under the name that its reader sees."""
        name = text(
            f"dispatch.file.{document['kind']}",
            document["language"],
            period=document["period"],
            subject=document["subject"],
        )
        kept = locate_edition(self.context, document["sha256"])
        use = _USE_OF_DOCUMENT.get((document["kind"], document["format"]), AttachmentUse.READ)
        return Attachment(kept, f"{name}.{document['format']}", document["sha256"], use=use)

    def build_mail(
        self,
        seat: Seat,
        files: Sequence[Attachment],
        revision: PackRevision | None = None,
        *,
        test: bool = False,
    ) -> MailMessage:
        """Build the mail that delivers these files to a seat."""
        has_form = any(file.use is AttachmentUse.FILL_IN for file in files)
        reference = self.context.reference
        department = (reference.departments | reference.informed)[seat.department]
        is_nodal = seat.department == self.context.reference.nodal_department
        number = revision.number if revision else 0
        letter = LetterContext(
            template="pack",
            cycle=self.half.key,
            slot=PACK_SLOT,
            recipient=seat.id,
            name=seat.name,
            email=seat.email,
            language=seat.language,
            reply_to=self.context.settings.mail_from,
            reference=make_mail_reference(self.half, department.code, number),
            period=self.half,
            link=make_answer_link(self.context, seat, self.half, self.now) if has_form else None,
            attachments=(
                *self._fit_into_mail(files, keep={revision.note} if revision else set()),
                *self._list_digests(files),
            ),
            department=department.name.in_(seat.language),
            pack=PackContent(
                self._summarise_requests(seat.department),
                _quote_most_urgent(self._list_requested(seat.department)),
                self.links_expire_at.astimezone(IST).date(),
                self._summarise_requests(None) if is_nodal else None,
                revision,
                is_copy=seat.kind != "to",
                is_information=seat.kind == INFORMATION,
                test=test,
            ),
        )
        return build_message(self.context.settings.templates, letter)

    def _list_statuses(self, department: str | None) -> list[ActionStatus]:
        """The statuses of actions of this half-year and before, of one department or of all."""
        return [
            status
            for status in self.action_statuses
            if department in (None, status.action.department)
            and status.counts
            and status.action.quarter <= self.half.last_quarter.key
        ]

    def _list_requested(self, department: str | None) -> list[ActionStatus]:
        """What this half-year requests, as the compilation has it."""
        return [
            status
            for status in self._list_statuses(department)
            if status.reiterated or self._is_of_half(status)
        ]

    def _is_of_half(self, status: ActionStatus) -> bool:
        return bool(status.action.quarter >= self.half.quarters[0].key)

    def _summarise_requests(self, department: str | None) -> RequestSummary:
        """Count what is requested, and by when it is to be answered if this mail is accepted now."""
        requested = self._list_requested(department)
        earlier = [
            status
            for status in self._list_statuses(department)
            if status.pending and not status.late and status not in requested
        ]
        return RequestSummary(
            requested=len(requested),
            reply_by=self._find_reply_day(requested),
            earlier=len(earlier),
            earlier_by=self._find_reply_day(earlier),
            overdue=sum(status.late for status in self._list_statuses(department)),
        )

    def _find_reply_day(self, statuses: Sequence[ActionStatus]) -> date | None:
        """The first day on which one of these is due; what was not sent is sent now."""
        term = self.context.reference.replies.term
        due = [
            compute_reply_due(self.now, term) if status.not_sent else status.due
            for status in statuses
            if status.pending and not status.late
        ]
        days = [day.astimezone(IST).date() for day in due if day is not None]
        return min(days, default=None)

    def _list_digests(self, files: Sequence[Attachment]) -> list[Attachment]:
        """The file that has the digest of each document, as ``sha256sum --check`` reads it."""
        if not files:
            return []
        lines = "".join(f"{file.sha256}  {file.name}\n" for file in files)
        attachment = store_attachment(self.context, lines.encode(), SUMS_FILE)
        return [replace(attachment, use=AttachmentUse.CHECK)]

    @property
    def links_expire_at(self) -> datetime:
        return max(self.now, self.half.dispatch_at) + LINK_TERM

    def sign_link(self, file: Attachment) -> str:
        """Return the address where a document can be fetched; blank where there is no portal."""
        portal = self.context.settings.portal_url
        if portal is None:
            return ""
        loan = signed_links.DownloadLink(file.sha256, file.name, self.links_expire_at)
        return f"{portal}/d/{signed_links.sign_link(self.context.seal_key, loan)}"

    def _fit_into_mail(
        self, files: Sequence[Attachment], keep: Collection[str]
    ) -> list[Attachment]:
        """Return the files, as links where they are too large for a mail and can be fetched; files
        named in ``keep`` stay attached."""
        limit = self.context.settings.attach_mb * MEGABYTE
        if sum_attached_bytes(files) <= limit:
            return list(files)
        return [
            file if file.name in keep else replace(file, link=self.sign_link(file))
            for file in files
        ]


def _index_by_present_code(
    context: AppContext, built: Mapping[tuple[str, ...], Mapping[str, Any]]
) -> dict[tuple[str, ...], Mapping[str, Any]]:
    """Documents by key, those about a department by its present code, the newest of each."""
    found: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for (kind, period, subject, *rest), row in built.items():
        key = (kind, period, find_present_code(context, subject), *rest)
        if key not in found or subject == key[2]:
            found[key] = row
    return found


def _name_document(
    kind: DocumentKind, period: AnyPeriod, subject: str, format: str = ""
) -> DocumentName:
    """Name a document, in the kind's default format unless another is given."""
    return DocumentName(str(kind), period.key, subject, format or kind.formats[0])


def _name_learning_document(period: AnyPeriod) -> DocumentName:
    return _name_document(LEARNING, period, STATE)


def sum_attached_bytes(files: Sequence[Attachment]) -> int:
    """Sum the bytes of the files attached to a mail."""
    return sum(file.path.stat().st_size for file in files if not file.link)


def _quote_most_urgent(requested: Sequence[ActionStatus]) -> Sequence[str]:
    """Quote the first requests, the most urgent first, in the agencies' words."""
    rows = [status.action for status in requested]
    ordered = sorted(rows, key=lambda row: (_URGENCIES.index(row.urgency), row.number))
    return [f"{row.number}: {row.text} {row.request}" for row in ordered[:_MAX_QUOTED_ACTIONS]]
