"""Imports the mails in the mailbox."""

from __future__ import annotations

from datetime import datetime

from cpsa.errors import RequestError
from cpsa.intake.channels.imap_address import ImapAddress
from cpsa.intake.channels.mailbox import open_mailbox
from cpsa.services.app_context import AppContext
from cpsa.services.collection.channel_rounds import record_round
from cpsa.services.collection.import_arrivals import import_arrivals
from cpsa.services.collection.mailbox_channel import CHANNEL, MailboxChannel
from cpsa.services.collection.settle_arrivals import settle_arrivals
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import CollectSummary
from cpsa.store.database import read_transaction


@log_use_case
def collect_mailbox(context: AppContext, now: datetime) -> CollectSummary:
    """Import the mails in the mailbox; a mail was received when the server received it.

    RequestError when there is no mailbox, or its server cannot be reached, trusted or logged in to.
    """
    if context.settings.imap_url is None:
        raise RequestError("channels.no_mailbox")
    address = ImapAddress.parse(context.settings.imap_url)
    with read_transaction(context.engine) as connection:
        register = context.load_register(connection)
    with (
        record_round(context, CHANNEL, address.server_and_folder, now),
        open_mailbox(address) as box,
    ):
        settled = settle_arrivals(context, now)
        imported = import_arrivals(context, MailboxChannel(context, register, box, now), now)
        return CollectSummary((*settled, *imported.items))
