"""The address of a mailbox, as the setting ``CPSA_IMAP_URL`` has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from cpsa.errors import RequestError
from cpsa.settings import is_this_machine

INBOX = "INBOX"
_PORTS = {"imap": 143, "imap+starttls": 143, "imaps": 993}


@dataclass(frozen=True)
class ImapAddress:
    """Which mailbox, on which server, and how it is reached."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = INBOX

    @classmethod
    def parse(cls, url: str) -> ImapAddress:
        """``imaps://user:password@host:993/INBOX``, or ``imap+starttls://…``.

        ``imap://``, without TLS, only to this machine, for trials. RequestErrors name neither user
        nor password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise RequestError("channels.mailbox_address") from None
        known = parts.scheme in _PORTS and parts.hostname
        if not known or not parts.username or not parts.password:
            raise RequestError("channels.mailbox_address")
        if parts.scheme == "imap" and not is_this_machine(str(parts.hostname)):
            raise RequestError("channels.mailbox_without_tls", host=parts.hostname)
        return cls(
            parts.scheme,
            str(parts.hostname),
            port or _PORTS[parts.scheme],
            unquote(parts.username),
            unquote(parts.password),
            unquote(parts.path).strip("/") or INBOX,
        )

    @property
    def server(self) -> str:
        """The server, without user and password."""
        return f"{self.host}:{self.port}"

    @property
    def server_and_folder(self) -> str:
        """The server and folder, without user and password."""
        return f"{self.server}/{self.folder}"
