"""The conversation with a mailbox server, by imap-tools: its mails, their bytes, moving them away.

What belongs here: IMAP and what can go wrong with it. What must not: what a mail says (``incoming_mail``)
and what follows for it (``services.collection.mailbox_channel``).

Mails are never marked as seen, because people read this mailbox too: what distinguishes new from old is
where a mail lies and what the store has recorded of it.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderCreateError,
    MailboxFolderSelectError,
    MailboxLoginError,
    UnexpectedCommandStatusError,
)
from imap_tools.utils import encode_folder

from cpsa.errors import RequestError
from cpsa.intake.channels.channel import DeliveryUnavailableError
from cpsa.intake.channels.imap_address import ImapAddress
from cpsa.intake.channels.mail_limits import HEAD_BYTES

SECONDS = 60
MAILS_AT_ONCE = 200

_GONE = ("EXPUNGEISSUED", "NONEXISTENT")
_FETCH_LINE = re.compile(
    rb"(?=.*\bUID (?P<uid>\d+))(?=.*RFC822\.SIZE (?P<size>\d+))"
    rb'(?=.*INTERNALDATE "(?P<arrived>[^"]+)")',
    re.DOTALL,
)


class ServerRefusedError(DeliveryUnavailableError):
    """The server would not do this with one mail; the session goes on."""


@dataclass(frozen=True)
class UnfetchedMail:
    """A mail in the mailbox, before anything of it was fetched."""

    uid: str
    size: int
    received_at: datetime


class Mailbox:
    """An open mailbox.

    RequestError from any method when the server cannot be reached any more, its subclass
    ``ServerRefusedError`` when only this one thing was refused.
    """

    def __init__(self, box: BaseMailBox, address: ImapAddress) -> None:
        self._box = box
        self._address = address
        self._folders: dict[str, str] = {}

    def list_mails(self) -> list[UnfetchedMail]:
        """Return the mails in the order in which they came; only size and date are fetched."""
        with _translate_errors(self._address):
            uids = self._box.uids("UNDELETED", charset=None)
            found: list[UnfetchedMail] = []
            for at in range(0, len(uids), MAILS_AT_ONCE):
                batch = ",".join(uids[at : at + MAILS_AT_ONCE])
                lines = self._fetch(batch, "(UID INTERNALDATE RFC822.SIZE)")
                found += [_parse_mail_line(line) for line in lines if isinstance(line, bytes)]
        return sorted(found, key=lambda mail: int(mail.uid))

    def fetch_content(self, mail: UnfetchedMail) -> bytes | None:
        """All bytes of a mail; None when it is no longer there."""
        return self._fetch_bytes(mail, "(BODY.PEEK[])")

    def fetch_head(self, mail: UnfetchedMail) -> bytes | None:
        """The beginning of its head, for a mail that is too large to be fetched."""
        return self._fetch_bytes(mail, f"(BODY.PEEK[HEADER]<0.{HEAD_BYTES}>)")

    def move(self, mail: UnfetchedMail, folder: str) -> None:
        """Move a mail out of the way; one that is no longer there is no fault.

        Where the server cannot MOVE it is copied, marked as deleted and, if the server can do that
        to one mail alone, expunged: a plain EXPUNGE would also take what people have marked.
        """
        with _translate_errors(self._address):
            target = encode_folder(self._find_or_create_folder(folder))
            if "MOVE" in self._capabilities:
                self._command("MOVE", mail.uid, target)
                return
            # A copy that an earlier try made is no harm: its content is known.
            self._command("COPY", mail.uid, target)
            self._command("STORE", mail.uid, "+FLAGS.SILENT", r"(\Deleted)")
            if "UIDPLUS" in self._capabilities:
                self._command("EXPUNGE", mail.uid)

    def _fetch_bytes(self, mail: UnfetchedMail, parts: str) -> bytes | None:
        with _translate_errors(self._address):
            for line in self._fetch(mail.uid, parts):
                if isinstance(line, tuple):
                    result: bytes | None = line[1]
                    return result
        return None

    def _fetch(self, uids: str, parts: str) -> list[Any]:
        return [line for line in self._command("FETCH", uids, parts) if line is not None]

    def _command(self, name: str, uid: str, *arguments: Any) -> list[Any]:
        """What the server answers; nothing when another process has taken the mail away."""
        answer, response = self._box.client.uid(name, uid, *arguments)
        if answer == "OK":
            return response
        if any(word in str(response).upper() for word in _GONE):
            return []
        raise UnexpectedCommandStatusError((answer, response), "OK")

    def _find_or_create_folder(self, name: str) -> str:
        """The folder of this name, made if it is not there; below INBOX where only that is allowed."""
        if name not in self._folders:
            below = f"{self._address.folder}{self._delimiter()}{name}"
            for path in (name, below):
                if self._box.folder.exists(path):
                    break
                with suppress(MailboxFolderCreateError):
                    self._box.folder.create(path)
                    break
            else:
                raise RequestError("channels.no_folder", where=self._address.server, folder=name)
            self._folders[name] = path
        return self._folders[name]

    @cached_property
    def _capabilities(self) -> list[str]:
        """What the server can do for us; imaplib requests it only before the login, when many say less."""
        answer, response = self._box.client.capability()
        return (
            b" ".join(response).decode("ascii", "replace").upper().split() if answer == "OK" else []
        )

    def _delimiter(self) -> str:
        found = self._box.folder.list("", self._address.folder)
        return found[0].delim if found else "/"


@contextmanager
def open_mailbox(address: ImapAddress, context: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """Log in and select the folder. Certificates are always verified.

    RequestErrors never contain the server's answer at login: it may repeat the password.
    """
    box = _connect(address, context or ssl.create_default_context())
    try:
        _log_in(box, address)
        yield Mailbox(box, address)
    finally:
        with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
            box.logout()


def _connect(address: ImapAddress, context: ssl.SSLContext) -> BaseMailBox:
    with _translate_errors(address):
        if address.scheme == "imaps":
            return MailBox(address.host, address.port, timeout=SECONDS, ssl_context=context)
        if address.scheme == "imap+starttls":
            return MailBoxStartTls(address.host, address.port, SECONDS, ssl_context=context)
        return MailBoxUnencrypted(address.host, address.port, timeout=SECONDS)


def _log_in(box: BaseMailBox, address: ImapAddress) -> None:
    plain = address.user.isascii() and address.password.isascii()
    login = box.login if plain else box.login_utf8
    try:
        login(address.user, address.password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error, UnicodeError) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise RequestError("channels.lost", where=address.server) from None
        raise RequestError("channels.login", where=address.server) from None
    except OSError:
        raise RequestError("channels.lost", where=address.server) from None
    try:
        with _translate_errors(address):
            box.folder.set(address.folder)
    except MailboxFolderSelectError:
        folder = address.folder
        raise RequestError("channels.no_folder", where=address.server, folder=folder) from None


@contextmanager
def _translate_errors(address: ImapAddress) -> Iterator[None]:
    """Say in one line what went wrong on the way to the server or with its answer."""
    try:
        yield
    except MailboxFolderSelectError:
        raise
    except ssl.SSLCertVerificationError as error:
        detail = error.verify_message
        raise RequestError("channels.untrusted", where=address.server, detail=detail) from error
    except imaplib.IMAP4.abort as error:
        raise RequestError("channels.lost", where=address.server) from error
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise RequestError("channels.unreachable", where=address.server, detail=detail) from error
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        detail = " ".join(str(error).split())[:200]
        raise ServerRefusedError("channels.answer", where=address.server, detail=detail) from error


def _parse_mail_line(line: bytes) -> UnfetchedMail:
    found = _FETCH_LINE.match(line)
    if found is None:
        raise UnexpectedCommandStatusError(("BAD", [line]), "OK")
    # The day may begin with a blank. Months are English: no locale is ever set.
    arrived = datetime.strptime(found["arrived"].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
    return UnfetchedMail(found["uid"].decode(), int(found["size"]), arrived.astimezone(UTC))
