"""Mail that came back: status reports are read from their mailbox, and the ledger is told.

A report may be met again after a crash; the ledger then knows it already. It is moved only after
that has been committed. A report that cannot be read is recorded among what came in, moved to
Refused, and the others are read. What must not go here: reading a report (``deliver.bounces``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from cpsa.collect.arrival import Arrival
from cpsa.collect.channels.imap_address import ImapAddress
from cpsa.collect.channels.mailbox import Mailbox, ServerRefusedError, Waiting, opened
from cpsa.collect.door.limits import megabytes
from cpsa.cycle.arriving import refuse, refuse_defect
from cpsa.cycle.channel_rounds import recorded
from cpsa.cycle.mailbox import BOUNCES, DONE, REFUSED
from cpsa.cycle.office import Office
from cpsa.deliver import bounces, ledger
from cpsa.errors import RequestError

UNDELIVERED = "bounces"  # the channel, as its scans are recorded
LARGEST_REPORT = 20_000_000  # it may bring back all that was attached
_COUNTED = ("known", "delays", "further_on", "foreign", "kept")


@dataclass(frozen=True)
class Bounced:
    """A mail that came back. ``address_dead``: further mail to its reader waits for a corrected
    address."""

    message_id: str
    status: str
    address_dead: bool
    detail: str = field(repr=False)


@dataclass(frozen=True)
class Bounces:
    """What one look into the mailbox found. ``known``: told before; ``delays``: still being tried;
    ``further_on``: about another address, to which a mail of ours was forwarded; nothing waits for
    it; ``foreign``: about no mail of ours, or no report at all; ``kept``: could not be read."""

    bounced: tuple[Bounced, ...] = ()
    known: int = 0
    delays: int = 0
    further_on: int = 0
    foreign: int = 0
    kept: int = 0

    def as_json(self) -> dict[str, object]:
        """Without addresses, for the log."""
        return {
            **{name: getattr(self, name) for name in _COUNTED},
            "bounced": [f"{one.message_id} {one.status}" for one in self.bounced],
            "waiting_for_addresses": sum(one.address_dead for one in self.bounced),
        }

    def __add__(self, other: Bounces) -> Bounces:
        added = {
            name: getattr(self, name) + getattr(other, name) for name in ("bounced", *_COUNTED)
        }
        return Bounces(**added)


def collect_bounces(office: Office, now: datetime) -> Bounces:
    """Read every report that lies in the folder of undelivered mail; one that came is moved away.

    RequestError when there is no mailbox, or its server cannot be reached, trusted or logged in to.
    ``now`` is when this was asked; the ledger keeps its own time.
    """
    ours = {line.message_id: line.to_email for line in ledger.outbox(office.engine)}
    addresses = _addresses(office)
    with recorded(office, UNDELIVERED, addresses[0].place, now):
        for address in addresses:
            try:
                with opened(address) as box:
                    parts = [
                        part
                        for mail in box.waiting()
                        for part in _deal_with(office, box, mail, ours, now)
                    ]
                    return sum(parts, Bounces())
            except RequestError as error:
                if error.key != "channels.no_folder":
                    raise
    return Bounces()  # the folder is made with the first mail that is put there


def _addresses(office: Office) -> list[ImapAddress]:
    """Where undelivered mail can lie; some servers have folders only below the inbox."""
    settings = office.settings
    if settings.bounces_url is not None:
        return [ImapAddress.parse(settings.bounces_url)]
    if settings.imap_url is None:
        raise RequestError("cycle.no_bounces_mailbox")
    inbox = ImapAddress.parse(settings.imap_url)
    names = (BOUNCES, f"{inbox.folder}/{BOUNCES}", f"{inbox.folder}.{BOUNCES}")
    return [replace(inbox, folder=name) for name in names]


def _deal_with(
    office: Office, box: Mailbox, mail: Waiting, ours: Mapping[str, str], now: datetime
) -> Iterator[Bounces]:
    """Read one report and move it; one that the server will not give or move stays."""
    try:
        too_large = mail.size > LARGEST_REPORT
        content = box.head(mail) if too_large else box.content(mail)
        if content is None:
            return  # another process was faster
        try:
            if too_large:
                sizes = {"size": megabytes(mail.size), "limit": megabytes(LARGEST_REPORT)}
                raise RequestError("channels.too_large", **sizes)
            told = _read(office, content)
        except RequestError as error:
            _refuse(office, content, error, mail, now)
            box.move(mail, REFUSED)
            yield Bounces(kept=1)
            return
        if not told:
            yield Bounces(foreign=1)
        for one in told:
            yield _tell(office, one, ours)
        box.move(mail, DONE if told else REFUSED)
    except ServerRefusedError:
        yield Bounces(kept=1)


def _read(office: Office, content: bytes) -> tuple[bounces.Returned, ...]:
    """What a mail reports; RequestError where it cannot be read, whatever is wrong with it.

    Anybody can write such a mail. A defect that it finds must not keep the others from being read.
    """
    try:
        return bounces.read(content)
    except RequestError:
        raise
    except Exception as error:
        raise refuse_defect(office, error) from error


def _refuse(
    office: Office, content: bytes, error: RequestError, mail: Waiting, now: datetime
) -> None:
    """Record a mail that is no report we can read, where the board shows what was refused."""
    key = f"sha256:{sha256(content).hexdigest()}"
    received_at = min(mail.received_at, now)
    refuse(office, Arrival(UNDELIVERED, key, "mail.eml", content, "", "", received_at), error, now)


def _tell(office: Office, told: bounces.Returned, ours: Mapping[str, str]) -> Bounces:
    """Tell the ledger what was said of one recipient, if it is the one we wrote to."""
    if told.action != "failed":
        return Bounces(delays=1)
    if told.message_id not in ours:
        return Bounces(foreign=1)
    detail = " ".join(filter(None, (told.status, told.diagnostic)))
    if not told.is_about(ours[told.message_id]):
        noted = ledger.refused_further_on(office.engine, told.message_id, detail, told.code)
        return Bounces(further_on=1) if noted else Bounces(known=1)
    is_news = ledger.bounced(office.engine, told.message_id, detail, told.address_dead, told.code)
    if not is_news:
        return Bounces(known=1)
    return Bounces((Bounced(told.message_id, told.status, told.address_dead, detail),))
