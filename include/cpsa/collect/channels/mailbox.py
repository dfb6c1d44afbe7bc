"""The conversation with a mailbox server, by imap-tools: what waits, its bytes, moving it away.

What belongs here: IMAP and what can go wrong with it. What must not: what a mail says (``mail``)
and what becomes of it (``cycle.mailbox``).

Mails are never marked as seen, because people read this mailbox too: what tells new from old is
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
from imap_tools.folder import encode_folder

from cpsa.collect.channels.channel import DeliveryUnavailableError
from cpsa.collect.channels.imap_address import ImapAddress
from cpsa.collect.channels.mail_limits import HEAD_BYTES
from cpsa.errors import RequestError

SECONDS = 60
MAILS_AT_ONCE = 200

_GONE = ("EXPUNGEISSUED", "NONEXISTENT")
_TOLD = re.compile(
    rb"(?=.*\bUID (?P<uid>\d+))(?=.*RFC822\.SIZE (?P<size>\d+))"
    rb'(?=.*INTERNALDATE "(?P<arrived>[^"]+)")',
    re.DOTALL,
)


class ServerRefusedError(DeliveryUnavailableError):
    """The server would not do this with one mail; the session goes on."""


@dataclass(frozen=True)
class Waiting:
    """A mail that lies in the mailbox, before anything of it was fetched."""

    uid: str
    size: int
    received_at: datetime


class Mailbox:
    """An open mailbox.

    RequestError from any method when the server cannot be spoken to any more, its kind
    ``ServerRefusedError`` when only this one thing was refused.
    """

    def __init__(self, box: BaseMailBox, address: ImapAddress) -> None:
        self._box = box
        self._address = address
        self._folders: dict[str, str] = {}

    def waiting(self) -> list[Waiting]:
        """What lies there, in the order in which it came; nothing is fetched but size and date."""
        with _spoken(self._address):
            uids = self._box.uids("UNDELETED", charset=None)
            found: list[Waiting] = []
            for at in range(0, len(uids), MAILS_AT_ONCE):
                lot = ",".join(uids[at : at + MAILS_AT_ONCE])
                lines = self._fetch(lot, "(UID INTERNALDATE RFC822.SIZE)")
                found += [_waiting(line) for line in lines if isinstance(line, bytes)]
        return sorted(found, key=lambda mail: int(mail.uid))

    def content(self, mail: Waiting) -> bytes | None:
        """All bytes of a mail; None when it is no longer there."""
        return self._bytes(mail, "(BODY.PEEK[])")

    def head(self, mail: Waiting) -> bytes | None:
        """The beginning of its head, for a mail that is too large to be fetched."""
        return self._bytes(mail, f"(BODY.PEEK[HEADER]<0.{HEAD_BYTES}>)")

    def move(self, mail: Waiting, folder: str) -> None:
        """Move a mail out of the way; one that is no longer there is no fault.

        Where the server cannot MOVE it is copied, marked as deleted and, if the server can do that
        to one mail alone, expunged: a plain EXPUNGE would also take what people have marked.
        """
        with _spoken(self._address):
            target = encode_folder(self._folder(folder))
            if "MOVE" in self._abilities:
                self._command("MOVE", mail.uid, target)
                return
            # A copy that was left by an earlier try is no harm: what it holds is known.
            self._command("COPY", mail.uid, target)
            self._command("STORE", mail.uid, "+FLAGS.SILENT", r"(\Deleted)")
            if "UIDPLUS" in self._abilities:
                self._command("EXPUNGE", mail.uid)

    def _bytes(self, mail: Waiting, parts: str) -> bytes | None:
        with _spoken(self._address):
            for line in self._fetch(mail.uid, parts):
                if isinstance(line, tuple):
                    return line[1]
        return None

    def _fetch(self, uids: str, parts: str) -> list:
        return [line for line in self._command("FETCH", uids, parts) if line is not None]

    def _command(self, name: str, uid: str, *arguments: Any) -> list:
        """What the server answers; nothing when another process has taken the mail away."""
        answer, said = self._box.client.uid(name, uid, *arguments)
        if answer == "OK":
            return said
        if any(word in str(said).upper() for word in _GONE):
            return []
        raise UnexpectedCommandStatusError((answer, said), "OK")

    def _folder(self, name: str) -> str:
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
                raise RequestError("channels.no_folder", where=self._address.where, folder=name)
            self._folders[name] = path
        return self._folders[name]

    @cached_property
    def _abilities(self) -> list[str]:
        """What the server can do for us; imaplib asks only before the login, and many say less then."""
        answer, said = self._box.client.capability()
        return b" ".join(said).decode("ascii", "replace").upper().split() if answer == "OK" else []

    def _delimiter(self) -> str:
        found = self._box.folder.list("", self._address.folder)
        return found[0].delim if found else "/"


@contextmanager
def opened(address: ImapAddress, context: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """Log in and select the folder. Certificates are always verified.

    RequestErrors never hold what the server said at login: it may repeat what it was told.
    """
    box = _connected(address, context or ssl.create_default_context())
    try:
        _log_in(box, address)
        yield Mailbox(box, address)
    finally:
        with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
            box.logout()


def _connected(address: ImapAddress, context: ssl.SSLContext) -> BaseMailBox:
    with _spoken(address):
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
            raise RequestError("channels.lost", where=address.where) from None
        raise RequestError("channels.login", where=address.where) from None
    except OSError:
        raise RequestError("channels.lost", where=address.where) from None
    try:
        with _spoken(address):
            box.folder.set(address.folder)
    except MailboxFolderSelectError:
        folder = address.folder
        raise RequestError("channels.no_folder", where=address.where, folder=folder) from None


@contextmanager
def _spoken(address: ImapAddress) -> Iterator[None]:
    """Say in one line what went wrong on the way to the server or with its answer."""
    try:
        yield
    except MailboxFolderSelectError:
        raise
    except ssl.SSLCertVerificationError as error:
        detail = error.verify_message
        raise RequestError("channels.untrusted", where=address.where, detail=detail) from error
    except imaplib.IMAP4.abort as error:
        raise RequestError("channels.lost", where=address.where) from error
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise RequestError("channels.unreachable", where=address.where, detail=detail) from error
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        detail = " ".join(str(error).split())[:200]
        raise ServerRefusedError("channels.answer", where=address.where, detail=detail) from error


def _waiting(line: bytes) -> Waiting:
    told = _TOLD.match(line)
    if told is None:
        raise UnexpectedCommandStatusError(("BAD", [line]), "OK")
    # The day may begin with a blank. Months are English: no locale is ever set.
    arrived = datetime.strptime(told["arrived"].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
    return Waiting(told["uid"].decode(), int(told["size"]), arrived.astimezone(UTC))
