"""Undelivered mail: status reports are read from their mailbox, and recorded in the ledger.

A report may be read again after a crash; the ledger then has it already. It is moved only after
that has been committed. A report that cannot be read is recorded among the arrivals, moved to
Refused, and the others are still read. What must not go here: reading a report (``deliver.bounces``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from cpsa.delivery import bounce_reports, ledger
from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.imap_address import ImapAddress
from cpsa.intake.channels.mailbox import Mailbox, ServerRefusedError, UnfetchedMail, open_mailbox
from cpsa.intake.file_guard.file_limits import format_megabytes
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import make_defect_refusal, refuse_file
from cpsa.services.collection.channel_rounds import UNDELIVERED, record_round
from cpsa.services.collection.mailbox_channel import BOUNCES, DONE, REFUSED
from cpsa.services.run_log import log_use_case

LARGEST_REPORT = 20_000_000  # it may include all that was attached
_COUNTED = ("known", "delays", "further_on", "foreign", "kept")


@dataclass(frozen=True)
class BouncedMail:
    """An undelivered mail. ``address_dead``: further mail to its recipient waits for a corrected
    address."""

    message_id: str
    status: str
    address_dead: bool
    detail: str = field(repr=False)


@dataclass(frozen=True)
class BounceSummary:
    """What one scan of the mailbox found. ``known``: recorded before; ``delays``: still being tried;
    ``further_on``: about another address, to which a mail of ours was forwarded; nothing waits for
    it; ``foreign``: about no mail of ours, or no report at all; ``kept``: could not be read."""

    bounced: tuple[BouncedMail, ...] = ()
    known: int = 0
    delays: int = 0
    further_on: int = 0
    foreign: int = 0
    kept: int = 0

    def as_json(self) -> dict[str, object]:
        """Without addresses, for the log."""
        return {
            **{name: getattr(self, name) for name in _COUNTED},
            "bounced": [f"{mail.message_id} {mail.status}" for mail in self.bounced],
            "waiting_for_addresses": sum(mail.address_dead for mail in self.bounced),
        }

    def __add__(self, other: BounceSummary) -> BounceSummary:
        added = {
            name: getattr(self, name) + getattr(other, name) for name in ("bounced", *_COUNTED)
        }
        return BounceSummary(**added)


@log_use_case
def collect_bounces(context: AppContext, now: datetime) -> BounceSummary:
    """Read every report in the folder of undelivered mail; move each one that was read.

    RequestError when there is no mailbox, or its server cannot be reached, trusted or logged in to.
    ``now`` is when this was called; the ledger keeps its own time.
    """
    email_by_message = {
        line.message_id: line.to_email for line in ledger.list_outbox(context.engine)
    }
    addresses = _list_mailbox_addresses(context)
    with record_round(context, UNDELIVERED, addresses[0].server_and_folder, now):
        for address in addresses:
            try:
                with open_mailbox(address) as box:
                    parts = [
                        part
                        for mail in box.list_mails()
                        for part in _process_report(context, box, mail, email_by_message, now)
                    ]
                    return sum(parts, BounceSummary())
            except RequestError as error:
                if error.key != "channels.no_folder":
                    raise
    return BounceSummary()  # the folder is made with the first mail that is put there


def _list_mailbox_addresses(context: AppContext) -> list[ImapAddress]:
    """The addresses where undelivered mail can be; some servers have folders only below the inbox."""
    settings = context.settings
    if settings.bounces_url is not None:
        return [ImapAddress.parse(settings.bounces_url)]
    if settings.imap_url is None:
        raise RequestError("cycle.no_bounces_mailbox")
    inbox = ImapAddress.parse(settings.imap_url)
    names = (BOUNCES, f"{inbox.folder}/{BOUNCES}", f"{inbox.folder}.{BOUNCES}")
    return [replace(inbox, folder=name) for name in names]


def _process_report(
    context: AppContext,
    box: Mailbox,
    mail: UnfetchedMail,
    email_by_message: Mapping[str, str],
    now: datetime,
) -> Iterator[BounceSummary]:
    """Read one report and move it; one that the server does not return or move stays."""
    try:
        too_large = mail.size > LARGEST_REPORT
        content = box.fetch_head(mail) if too_large else box.fetch_content(mail)
        if content is None:
            return  # another process was faster
        try:
            if too_large:
                sizes = {
                    "size": format_megabytes(mail.size),
                    "limit": format_megabytes(LARGEST_REPORT),
                }
                raise RequestError("channels.too_large", **sizes)
            reports = _read_report(context, content)
        except RequestError as error:
            _refuse_report(context, content, error, mail, now)
            box.move(mail, REFUSED)
            yield BounceSummary(kept=1)
            return
        if not reports:
            yield BounceSummary(foreign=1)
        for report in reports:
            yield _record_bounce(context, report, email_by_message)
        box.move(mail, DONE if reports else REFUSED)
    except ServerRefusedError:
        yield BounceSummary(kept=1)


def _read_report(context: AppContext, content: bytes) -> tuple[bounce_reports.BounceReport, ...]:
    """Return what a mail reports; RequestError where it cannot be read, for any reason.

    Anybody can write such a mail. A defect that it triggers must not stop the others from being read.
    """
    try:
        return bounce_reports.read_bounce_reports(content)
    except RequestError:
        raise
    except Exception as error:
        raise make_defect_refusal(context, error) from error


def _refuse_report(
    context: AppContext, content: bytes, error: RequestError, mail: UnfetchedMail, now: datetime
) -> None:
    """Record a mail that is no readable report among the refused arrivals of the board."""
    key = f"sha256:{sha256(content).hexdigest()}"
    received_at = min(mail.received_at, now)
    refuse_file(
        context, Arrival(UNDELIVERED, key, "mail.eml", content, "", "", received_at), error, now
    )


def _record_bounce(
    context: AppContext, report: bounce_reports.BounceReport, email_by_message: Mapping[str, str]
) -> BounceSummary:
    """Record in the ledger the report about one recipient, if it is the one we wrote to."""
    if report.action != "failed":
        return BounceSummary(delays=1)
    if report.message_id not in email_by_message:
        return BounceSummary(foreign=1)
    detail = " ".join(filter(None, (report.status, report.diagnostic)))
    if not report.is_about(email_by_message[report.message_id]):
        noted = ledger.record_forwarding_refusal(
            context.engine, report.message_id, detail, report.code
        )
        return BounceSummary(further_on=1) if noted else BounceSummary(known=1)
    is_news = ledger.record_bounce(
        context.engine,
        report.message_id,
        detail,
        address_dead=report.is_address_dead,
        code=report.code,
    )
    if not is_news:
        return BounceSummary(known=1)
    return BounceSummary(
        (BouncedMail(report.message_id, report.status, report.is_address_dead, detail),)
    )
