"""The mailbox as a channel: who owns a mail's files, and where a mail is moved afterwards.

A mail may be read again after a crash, or be sent twice: every file is known by its Message-ID and bytes.
Nobody is ever answered from here: letters go to addresses of the registry. The flow itself is
``import_arrivals``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels import incoming_mail
from cpsa.intake.channels.channel import Contents, Delivery, Destination, FileUse, IncomingFile
from cpsa.intake.channels.classify_attachment import (
    ClassifiedFile,
    MailFileUse,
    classify_attachment,
)
from cpsa.intake.channels.incoming_mail import MailKind
from cpsa.intake.channels.mail_authentication import Proof, UnprovenSender, prove_sender
from cpsa.intake.channels.mailbox import Mailbox
from cpsa.intake.channels.sender import SealCheck, Sender, find_mail_owner, find_owner
from cpsa.intake.channels.unusable_content import REASON, find_unusable_kind
from cpsa.intake.file_guard.file_limits import FILE_BYTES, format_megabytes
from cpsa.intake.file_guard.package_parts import quote_name
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook.blank_template import is_blank_template
from cpsa.registry.active_quarters import ActiveQuarters
from cpsa.registry.agency_register import AgencyRegister
from cpsa.services.app_context import AppContext
from cpsa.services.collection.channel_rounds import MAILBOX
from cpsa.services.collection.department_mail import list_department_files
from cpsa.services.decisions.department_replies import Attribution, attribute_mail
from cpsa.services.decisions.import_report import list_departments_of_address
from cpsa.store.database import read_transaction
from cpsa.store.queries import registry_queries
from cpsa.template.report_form.report_form_reader import is_report_form

CHANNEL = MAILBOX
# The largest file that the file guard accepts, as mail encodes it (4 bytes for 3), with room for others.
MAIL_BYTES = FILE_BYTES * 2
DONE, REFUSED = Destination.DONE, Destination.REFUSED
BOUNCES, AUTOMATIC = Destination.BOUNCES, Destination.AUTOMATIC
# Mails that no person sent are read from these folders by collect_bounces;
# here they are only put aside, unread.
_FOLDER_OF_KIND = {MailKind.BOUNCE: BOUNCES, MailKind.AUTOMATIC: AUTOMATIC}
_MAX_NAMES = 5
BLANK_TEMPLATE = "channels.blank_template"
_USE_OF_FILE_KIND = {MailFileUse.UPDATE: FileUse.UPDATE, MailFileUse.ENTRIES: FileUse.ENTRIES}


@dataclass(frozen=True)
class MailSender:
    """The sender of a mail: what its address may represent, and the departments it may answer for."""

    correspondent: Sender
    departments: frozenset[str]


class MailboxChannel:
    """An open mailbox as a channel; its deliveries are mails."""

    code = CHANNEL
    batch_size = 1

    def __init__(
        self, context: AppContext, register: AgencyRegister, box: Mailbox, now: datetime
    ) -> None:
        self._context = context
        self._register = register
        self._box = box
        self._now = now
        self._trust = SealCheck(context.seal_key, context.load_framework)

    def list_deliveries(self) -> Iterator[Delivery]:
        for mail in self._box.list_mails():
            yield Delivery(f"uid:{mail.uid}", mail)

    def fetch(self, delivery: Delivery) -> Arrival | None:
        """Return the mail; of one that is too large, the beginning of its head."""
        mail = delivery.source
        too_large = mail.size > MAIL_BYTES
        content = self._box.fetch_head(mail) if too_large else self._box.fetch_content(mail)
        if content is None:
            return None
        received_at = min(mail.received_at, self._now)
        whole = Arrival(CHANNEL, delivery.key, "mail.eml", content, "", "", received_at)
        return whole.with_key(f"sha256:{whole.sha256}")

    def unpack(self, delivery: Delivery, whole: Arrival) -> Contents:
        mail = incoming_mail.read_mail_head(whole.content)
        whole = whole.with_key(mail.message_id or whole.key)
        agencies = self._find_agencies(mail.sender)
        whole = whole.for_agency(next(iter(agencies)) if len(agencies) == 1 else "", "")
        if folder := _FOLDER_OF_KIND.get(mail.kind):
            return Contents(whole, destination=folder, put_aside=(f"channels.{mail.kind}",))
        departments = list_departments_of_address(self._register, mail.sender)
        # A mail of a registered agency is a department's only where its address is both.
        asks = departments or not agencies
        attribution = attribute_mail(self._context, whole.content, mail.sender) if asks else None
        if attribution is not None and not agencies:
            contents = self._unpack_department_mail(
                whole, attribution, departments, delivery.source.size
            )
            return replace(
                contents, unproven=self._find_unproven_sender(whole.content, mail.sender)
            )
        correspondent = Sender(agencies, mail.subject, whole.received_at)
        sender = MailSender(correspondent, departments)
        try:
            if not agencies:
                raise self._explain_unknown_sender(mail.sender)
            files = _list_files(whole.content, delivery.source.size)
        except RequestError as error:
            if attribution is not None and attribution.is_answer and _is_without_usable_file(error):
                return Contents(whole, (IncomingFile(whole, FileUse.REPLY, reply=attribution),))
            # The whole mail is kept as it came, or as much of it as was fetched.
            whole = (
                whole.for_agency(*find_mail_owner(correspondent))
                if error.key.startswith(REASON)
                else whole
            )
            return Contents(whole, refusal=error, sender=sender)
        usable = [file for file in files if file.use is not MailFileUse.OTHER]
        kept = self._without_blank_templates(usable)
        mail_arrival = replace(whole, notice=BLANK_TEMPLATE if len(kept) < len(usable) else "")
        incoming = tuple(
            IncomingFile(
                mail_arrival.part(file.name, file.content), _USE_OF_FILE_KIND[file.use], agencies
            )
            for file in kept
        )
        aside = ("channels.other_file",) * (len(files) - len(usable))
        aside += ("channels.blank_templates",) * (len(usable) - len(kept))
        unproven = self._find_unproven_sender(whole.content, mail.sender)
        return Contents(whole, incoming, put_aside=aside, sender=sender, unproven=unproven)

    def _without_blank_templates(self, files: list[ClassifiedFile]) -> list[ClassifiedFile]:
        """The files without our own templates in which nothing was typed: our request may have come
        back with the answer. Where there is nothing else, one is kept, and is answered."""
        if sum(file.use is MailFileUse.UPDATE for file in files) < 2:
            return files
        blank = [file for file in files if file.use is MailFileUse.UPDATE and self._is_blank(file)]
        kept = [file for file in files if file not in blank]
        return kept if any(file.use is MailFileUse.UPDATE for file in kept) else [*kept, blank[0]]

    def _is_blank(self, file: ClassifiedFile) -> bool:
        return is_blank_template(read_update(file.content), self._context.seal_key)

    def identify(self, contents: Contents, file: IncomingFile) -> IncomingFile:
        if file.reply is not None:
            return file  # of a department, as ``unpack`` found
        sender: MailSender = contents.sender
        correspondent, arrival = sender.correspondent, file.arrival
        if sender.departments and is_report_form(arrival.content):
            report = arrival.for_agency("", "")
            return IncomingFile(report, FileUse.REPORT, departments=sender.departments)
        if file.use is FileUse.ENTRIES:
            return file
        agency, quarter = find_owner(arrival.content, arrival.file_name, correspondent, self._trust)
        # A file that no framework can judge is not imported: it would block every later check.
        self._context.load_framework(Quarter.parse(quarter))
        return IncomingFile(arrival.for_agency(agency, quarter))

    def _find_unproven_sender(self, content: bytes, sender: str) -> UnprovenSender | None:
        """The sender, where our server did not prove it."""
        proof = prove_sender(content, sender, self._context.settings.mail_authserv)
        return None if proof is Proof.PROVEN else UnprovenSender(sender, proof)

    def _unpack_department_mail(
        self, whole: Arrival, attribution: Attribution, departments: frozenset[str], size: int
    ) -> Contents:
        """A mail of a department: its forms, else the whole. Of one too large, what was fetched."""
        try:
            attachments = () if size > MAIL_BYTES else incoming_mail.read_attachments(whole.content)
        except RequestError as error:
            return Contents(whole, refusal=error)
        files = [classify_attachment(attachment) for attachment in attachments]
        incoming = list_department_files(whole, attribution, departments, files)
        form_count = sum(file.use is FileUse.REPORT for file in incoming)
        aside = ("channels.other_file",) * (len(files) - form_count) if form_count else ()
        return Contents(whole, incoming, put_aside=aside)

    def _explain_unknown_sender(self, sender: str) -> RequestError:
        """Why a mail is refused whose sender the registry does not name, or no longer names."""
        with read_transaction(self._context.engine) as connection:
            former = registry_queries.find_former_departments(connection, sender)
        if not former:
            return RequestError("channels.unknown_sender")
        return RequestError("channels.former_address", departments=", ".join(sorted(former)))

    def acknowledge(self, delivery: Delivery, destination: Destination) -> None:
        self._box.move(delivery.source, destination)

    def _find_agencies(self, sender: str) -> dict[str, ActiveQuarters]:
        """The agencies of an address, each with the quarters it reports for."""
        frame = self._register.agencies
        own = frame[frame["email"].str.strip().str.casefold() == sender] if sender else frame[:0]
        quarters = map(ActiveQuarters, own["active_from"], own["active_to"])
        return dict(zip(own["code"], quarters, strict=True))


def _list_files(content: bytes, size: int) -> list[ClassifiedFile]:
    """A mail's files; RequestError when it is too large to be fetched, or brings none of use."""
    if size > MAIL_BYTES:
        sizes = {"size": format_megabytes(size), "limit": format_megabytes(MAIL_BYTES)}
        raise RequestError("channels.too_large", **sizes)
    attached = incoming_mail.read_attachments(content)
    files = [classify_attachment(attachment) for attachment in attached]
    if any(file.use is not MailFileUse.OTHER for file in files):
        return files
    if kind := find_unusable_kind(attached, incoming_mail.read_letter_text(content)):
        names = ", ".join(quote_name(file.name) for file in files[:_MAX_NAMES])
        raise RequestError(f"{REASON}{kind}", files=names or "–")
    raise RequestError("channels.nothing_usable", count=len(files))


def _is_without_usable_file(error: RequestError) -> bool:
    return error.key == "channels.nothing_usable" or error.key.startswith(REASON)
