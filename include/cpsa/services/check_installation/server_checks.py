"""Servers that are spoken to: for mail that leaves, and the mailboxes. Nothing is sent, moved or marked."""

from __future__ import annotations

from collections.abc import Iterator

from cpsa.delivery.smtp import SmtpServer, try_server
from cpsa.errors import RequestError
from cpsa.intake.channels.imap_address import ImapAddress
from cpsa.intake.channels.mailbox import open_mailbox
from cpsa.services.check_installation.installation_check import InstallationCheck, fault, ok
from cpsa.settings import Settings


def check_servers(settings: Settings) -> Iterator[InstallationCheck]:
    """The mail server takes a login, and so does each mailbox that is set."""
    yield _try_mail_server(settings.smtp_url)
    yield _try_mailbox("mailbox", settings.imap_url)
    if settings.bounces_url:
        yield _try_mailbox("bounces", settings.bounces_url)


def _try_mail_server(url: str) -> InstallationCheck:
    try:
        server = SmtpServer.parse(url)
    except RequestError as error:
        return fault("mail_server", reason=error)
    reply = try_server(server)
    where = f"{server.host}:{server.port}"
    if reply is None:
        return ok("mail_server", where=where)
    reason = RequestError(f"deliver.why.{reply.reason}", detail=reply.detail)
    return fault("mail_server", reason=reason)


def _try_mailbox(name: str, url: str | None) -> InstallationCheck:
    if not url:
        return ok(name, "none")
    try:
        address = ImapAddress.parse(url)
        with open_mailbox(address):
            return ok(name, where=address.server_and_folder)
    except RequestError as error:
        return fault(name, reason=error)
