"""The mailbox as a channel: whose a mail's files are, and where a mail goes afterwards.

A mail is met again after a crash, or is sent twice: every file is known by its Message-ID and bytes.
Nobody is ever answered from here: letters go to addresses of the registry. The flow itself is
``import_arrivals``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.collect import atr, readers, workbook
from cpsa.collect.arrival import Arrival
from cpsa.collect.channels import mail as mails
from cpsa.collect.channels.channel import (
    Contents,
    Delivery,
    Destination,
    FileUse,
    IncomingFile,
)
from cpsa.collect.channels.files import Sort, Sorted, sort_out
from cpsa.collect.channels.imap_address import ImapAddress
from cpsa.collect.channels.mail import Kind
from cpsa.collect.channels.mail_authentication import Proof, UnprovenSender, prove_sender
from cpsa.collect.channels.mailbox import Mailbox, opened
from cpsa.collect.channels.owner import Correspondent, Trust, owner, sent_for
from cpsa.collect.channels.unusable import REASON, find_unusable_kind
from cpsa.collect.door.limits import FILE_BYTES, megabytes
from cpsa.collect.door.parts import quoted
from cpsa.cycle.action_reports import departments_of
from cpsa.cycle.channel_rounds import MAILBOX, recorded
from cpsa.cycle.confirm_arrival import settle_arrivals
from cpsa.cycle.department_mail import files_of_department
from cpsa.cycle.department_replies import Attribution, attribute
from cpsa.cycle.import_arrivals import import_arrivals
from cpsa.cycle.office import Office
from cpsa.cycle.results import Collected
from cpsa.errors import RequestError
from cpsa.registry import ActiveQuarters, Roll
from cpsa.store import registry as registries
from cpsa.store.database import reading

CHANNEL = MAILBOX
# A file as large as the door lets in, as mail writes it (4 bytes for 3), with room for others.
MAIL_BYTES = FILE_BYTES * 2
DONE, REFUSED = Destination.DONE, Destination.REFUSED
BOUNCES, AUTOMATIC = Destination.BOUNCES, Destination.AUTOMATIC
# What came from no person is read from these folders by whoever looks into undelivered letters;
# here it is only put aside, unread.
_ASIDE = {Kind.BOUNCE: BOUNCES, Kind.AUTOMATIC: AUTOMATIC}
_MOST_NAMES = 5
BLANK_TEMPLATE = "channels.blank_template"
_USES = {Sort.UPDATE: FileUse.UPDATE, Sort.ENTRIES: FileUse.ENTRIES}


def collect_mailbox(office: Office, now: datetime) -> Collected:
    """Take in what lies in the mailbox; a mail was received when the server received it.

    RequestError when there is no mailbox, or its server cannot be reached, trusted or logged in to.
    """
    if office.settings.imap_url is None:
        raise RequestError("channels.no_mailbox")
    address = ImapAddress.parse(office.settings.imap_url)
    with reading(office.engine) as connection:
        roll = office.roll(connection)
    with recorded(office, CHANNEL, address.place, now), opened(address) as box:
        settled = settle_arrivals(office, now)
        imported = import_arrivals(office, MailboxChannel(office, roll, box, now), now)
        return Collected((*settled, *imported.items))


@dataclass(frozen=True)
class MailSender:
    """Who sent a mail: what its address may speak for, and the departments it may answer for."""

    correspondent: Correspondent
    departments: frozenset[str]


class MailboxChannel:
    """An open mailbox as a channel; its deliveries are mails."""

    code = CHANNEL

    def __init__(self, office: Office, roll: Roll, box: Mailbox, now: datetime) -> None:
        self._office = office
        self._roll = roll
        self._box = box
        self._now = now
        self._trust = Trust(office.seal_key, office.framework)

    def list_deliveries(self) -> Iterator[Delivery]:
        for mail in self._box.waiting():
            yield Delivery(f"uid:{mail.uid}", mail)

    def fetch(self, delivery: Delivery) -> Arrival | None:
        """Of a mail that is too large, the beginning of its head."""
        mail = delivery.source
        too_large = mail.size > MAIL_BYTES
        content = self._box.head(mail) if too_large else self._box.content(mail)
        if content is None:
            return None
        received_at = min(mail.received_at, self._now)
        whole = Arrival(CHANNEL, delivery.key, "mail.eml", content, "", "", received_at)
        return whole.by_key(f"sha256:{whole.sha256}")

    def unpack(self, delivery: Delivery, whole: Arrival) -> Contents:
        mail = mails.head(whole.content)
        whole = whole.by_key(mail.message_id or whole.key)
        agencies = self._agencies_of(mail.sender)
        whole = whole.of(next(iter(agencies)) if len(agencies) == 1 else "", "")
        if folder := _ASIDE.get(mail.kind):
            return Contents(whole, destination=folder, put_aside=(f"channels.{mail.kind}",))
        departments = departments_of(self._roll, mail.sender)
        # A mail of a registered agency is a department's only where its address is both.
        asks = departments or not agencies
        whose = attribute(self._office, whole.content, mail.sender) if asks else None
        if whose is not None and not agencies:
            contents = self._of_department(whole, whose, departments, delivery.source.size)
            return replace(contents, unproven=self._unproven(whole.content, mail.sender))
        who = Correspondent(agencies, mail.subject, whole.received_at)
        sender = MailSender(who, departments)
        try:
            if not agencies:
                raise self._unknown(mail.sender)
            files = _files(whole.content, delivery.source.size)
        except RequestError as error:
            if whose is not None and whose.is_answer and _brings_nothing(error):
                return Contents(whole, (IncomingFile(whole, FileUse.REPLY, reply=whose),))
            # The whole mail is kept as it came, or as much of it as was fetched.
            whole = whole.of(*sent_for(who)) if error.key.startswith(REASON) else whole
            return Contents(whole, refusal=error, sender=sender)
        usable = [file for file in files if file.sort is not Sort.OTHER]
        kept = self._without_blank_templates(usable)
        left = replace(whole, notice=BLANK_TEMPLATE if len(kept) < len(usable) else "")
        incoming = tuple(
            IncomingFile(left.part(file.name, file.content), _USES[file.sort], agencies)
            for file in kept
        )
        aside = ("channels.other_file",) * (len(files) - len(usable))
        aside += ("channels.blank_templates",) * (len(usable) - len(kept))
        unproven = self._unproven(whole.content, mail.sender)
        return Contents(whole, incoming, put_aside=aside, sender=sender, unproven=unproven)

    def _without_blank_templates(self, files: list[Sorted]) -> list[Sorted]:
        """The files without our own templates in which nothing was typed: our request may have come
        back with the answer. Where there is nothing else, one is kept, and is answered."""
        if sum(file.sort is Sort.UPDATE for file in files) < 2:
            return files
        blank = [file for file in files if file.sort is Sort.UPDATE and self._is_blank(file)]
        kept = [file for file in files if file not in blank]
        return kept if any(file.sort is Sort.UPDATE for file in kept) else [*kept, blank[0]]

    def _is_blank(self, file: Sorted) -> bool:
        return workbook.is_blank_template(readers.read(file.content), self._office.seal_key)

    def identify(self, contents: Contents, file: IncomingFile) -> IncomingFile:
        if file.reply is not None:
            return file  # of a department, as ``unpack`` found
        sender: MailSender = contents.sender
        who, arrival = sender.correspondent, file.arrival
        if sender.departments and atr.is_form(arrival.content):
            report = arrival.of("", "")
            return IncomingFile(report, FileUse.REPORT, departments=sender.departments)
        if file.use is FileUse.ENTRIES:
            return file
        agency, quarter = owner(arrival.content, arrival.file_name, who, self._trust)
        # What no framework can judge is not taken in: it would block every later check.
        self._office.framework(Quarter.parse(quarter))
        return IncomingFile(arrival.of(agency, quarter))

    def _unproven(self, content: bytes, sender: str) -> UnprovenSender | None:
        """The sender, where our server did not prove it."""
        proof = prove_sender(content, sender, self._office.settings.mail_authserv)
        return None if proof is Proof.PROVEN else UnprovenSender(sender, proof)

    def _of_department(
        self, whole: Arrival, whose: Attribution, departments: frozenset[str], size: int
    ) -> Contents:
        """A mail of a department: its forms, else the whole. Of one too large, what was fetched."""
        try:
            attachments = () if size > MAIL_BYTES else mails.attachments(whole.content)
        except RequestError as error:
            return Contents(whole, refusal=error)
        files = [sort_out(attachment) for attachment in attachments]
        incoming = files_of_department(whole, whose, departments, files)
        others = sum(file.use is FileUse.REPORT for file in incoming)
        aside = ("channels.other_file",) * (len(files) - others) if others else ()
        return Contents(whole, incoming, put_aside=aside)

    def _unknown(self, sender: str) -> RequestError:
        """Why a mail is refused whose sender the registry does not name, or no longer names."""
        with reading(self._office.engine) as connection:
            former = registries.former_departments(connection, sender)
        if not former:
            return RequestError("channels.unknown_sender")
        return RequestError("channels.former_address", departments=", ".join(sorted(former)))

    def acknowledge(self, delivery: Delivery, destination: Destination) -> None:
        self._box.move(delivery.source, destination)

    def _agencies_of(self, sender: str) -> dict[str, ActiveQuarters]:
        """The agencies of an address, each with the quarters it reports for."""
        frame = self._roll.agencies
        own = frame[frame["email"].str.strip().str.casefold() == sender] if sender else frame[:0]
        quarters = map(ActiveQuarters, own["active_from"], own["active_to"])
        return dict(zip(own["code"], quarters, strict=True))


def _files(content: bytes, size: int) -> list[Sorted]:
    """A mail's files; RequestError when it is too large to be fetched, or brings none of use."""
    if size > MAIL_BYTES:
        sizes = {"size": megabytes(size), "limit": megabytes(MAIL_BYTES)}
        raise RequestError("channels.too_large", **sizes)
    attached = mails.attachments(content)
    files = [sort_out(attachment) for attachment in attached]
    if any(file.sort is not Sort.OTHER for file in files):
        return files
    if kind := find_unusable_kind(attached, mails.letter_text(content)):
        names = ", ".join(quoted(file.name) for file in files[:_MOST_NAMES])
        raise RequestError(f"{REASON}{kind}", files=names or "–")
    raise RequestError("channels.nothing_usable", count=len(files))


def _brings_nothing(error: RequestError) -> bool:
    return error.key == "channels.nothing_usable" or error.key.startswith(REASON)
