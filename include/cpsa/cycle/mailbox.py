"""Taking in what agencies and departments mail: every file exactly once, whatever dies in between.

A mail is taken in file by file, each in its own transaction; only then is it moved out of the
inbox. Met again after a crash, or sent twice, it adds nothing, because every file is known by its
Message-ID and bytes. Nobody is ever answered from here: letters go to addresses of the registry.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from cpsa.calendar import Quarter
from cpsa.collect import atr
from cpsa.collect.arrival import Arrival
from cpsa.collect.channels import mail as mails
from cpsa.collect.channels.files import Sort, Sorted, sort_out
from cpsa.collect.channels.imap_address import ImapAddress
from cpsa.collect.channels.mail import Kind
from cpsa.collect.channels.mailbox import Mailbox, ServerRefusedError, Waiting, opened
from cpsa.collect.channels.owner import Correspondent, Trust, owner
from cpsa.collect.door.limits import FILE_BYTES, megabytes
from cpsa.cycle.action_reports import departments_of, take_in_report
from cpsa.cycle.arriving import refuse, take_entries, take_in, unrecorded
from cpsa.cycle.channel_rounds import MAILBOX, recorded
from cpsa.cycle.office import Office
from cpsa.cycle.results import Collected, Item
from cpsa.errors import RequestError
from cpsa.registry import ActiveQuarters, Roll
from cpsa.store.database import reading

CHANNEL = MAILBOX
# A file as large as the door lets in, as mail writes it (4 bytes for 3), with room for others.
MAIL_BYTES = FILE_BYTES * 2
# Where a mail goes when it was dealt with. What came from no person is read from BOUNCES and
# AUTOMATIC by whoever looks into undelivered letters; here it is only put aside, unread.
DONE, REFUSED, BOUNCES, AUTOMATIC = "Done", "Refused", "Bounces", "Automatic"
_ASIDE = {Kind.BOUNCE: BOUNCES, Kind.AUTOMATIC: AUTOMATIC}


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
        round_ = _Round(office, roll, box, now)
        return Collected(tuple(item for mail in box.waiting() for item in round_.deal_with(mail)))


class _Round:
    """One look into the mailbox."""

    def __init__(self, office: Office, roll: Roll, box: Mailbox, now: datetime) -> None:
        self._office = office
        self._roll = roll
        self._box = box
        self._now = now
        self._trust = Trust(office.seal_key, office.framework)

    def deal_with(self, waiting: Waiting) -> list[Item]:
        """Take in one mail and move it; one that the server will not give or move stays."""
        try:
            items, folder = self._taken(waiting)
            if folder:
                self._box.move(waiting, folder)
        except ServerRefusedError as error:
            return [unrecorded(self._office, f"uid:{waiting.uid}", error)]
        return items

    def _taken(self, waiting: Waiting) -> tuple[list[Item], str]:
        """What became of a mail's files, and the folder it belongs in."""
        too_large = waiting.size > MAIL_BYTES
        content = self._box.head(waiting) if too_large else self._box.content(waiting)
        if content is None:
            return [], ""  # another process was faster
        mail = mails.head(content)
        if aside := _ASIDE.get(mail.kind):
            return [Item(mail.message_id, "aside", reason=f"channels.{mail.kind}")], aside
        agencies = self._agencies_of(mail.sender)
        who = Correspondent(agencies, mail.subject, min(waiting.received_at, self._now))
        key = mail.message_id or f"sha256:{sha256(content).hexdigest()}"
        departments = departments_of(self._roll, mail.sender)
        try:
            if not agencies and not departments:
                raise RequestError("channels.unknown_sender")
            files = _files(content, waiting.size)
        except RequestError as error:
            # The whole mail is kept as it came, or as much of it as was fetched.
            whole = self._arrival(key, "mail.eml", content, who)
            return [refuse(self._office, whole, error, self._now)], REFUSED
        items = [
            self._report(key, one, who, departments) or self._file(key, one, who)
            for one in files
            if one.sort is not Sort.OTHER
        ]
        folder = REFUSED if any(one.outcome == "refused" for one in items) else DONE
        others = len(files) - len(items)
        return [*items, *[Item(key, "aside", reason="channels.other_file")] * others], folder

    def _report(
        self, key: str, file: Sorted, who: Correspondent, departments: frozenset[str]
    ) -> Item | None:
        """What became of a department's action taken report; None for a file that is none."""
        if not departments or (who.agencies and not atr.is_form(file.content, file.name)):
            return None
        arrival = self._arrival(key, file.name, file.content, who).of("", "")
        return take_in_report(self._office, arrival, self._now, departments)

    def _file(self, key: str, file: Sorted, who: Correspondent) -> Item:
        arrival = self._arrival(key, file.name, file.content, who)
        if file.sort is Sort.ENTRIES:
            own = who.agencies
            return take_entries(self._office, arrival, self._now, own)
        try:
            agency, quarter = owner(file.content, file.name, who, self._trust)
            # What no framework can judge is not taken in: it would block every later check.
            self._office.framework(Quarter.parse(quarter))
        except RequestError as error:
            return refuse(self._office, arrival, error, self._now)
        return take_in(self._office, arrival.of(agency, quarter), self._now)

    def _arrival(self, key: str, name: str, content: bytes, who: Correspondent) -> Arrival:
        """Of whom, where that is certain; for when, is still to be found out."""
        agency = next(iter(who.agencies)) if len(who.agencies) == 1 else ""
        return Arrival(CHANNEL, key, name, content, agency, "", who.received_at)

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
    files = [sort_out(one) for one in mails.attachments(content)]
    if all(one.sort is Sort.OTHER for one in files):
        raise RequestError("channels.nothing_usable", count=len(files))
    return files
