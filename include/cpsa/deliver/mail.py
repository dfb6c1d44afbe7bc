"""The mail port: one kept SMTP session by ``yagmail.SMTP.login``, its steps spoken one by one.

What belongs here: addresses of servers, TLS, and the conversation MAIL, RCPT, DATA. What must not:
yagmail's own sending (it repeats what may have arrived and hides what was refused), deciding what
a reply leads to (``ledger``), and building the mail (``compose``).
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import yagmail

from cpsa.deliver.compose import Composer, UnsendableError, is_address
from cpsa.deliver.message import Message, one_line
from cpsa.deliver.port import Outcome, Reply
from cpsa.errors import RequestError

STEP_SECONDS = 60
# Servers may take ten minutes over the final dot (RFC 5321, 4.5.3.2.6); to give up before makes
# messages uncertain that were not.
DOT_SECONDS = 600
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class Server:
    """Where mail leaves, and how."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    per_minute: int | None = None

    @classmethod
    def parse(cls, url: str) -> Server:
        """``smtp+starttls://user:password@host:587``, ``smtps://…``, or ``smtp://127.0.0.1:1025``.

        Without TLS only to this machine, for trials.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise RequestError("deliver.server_address") from None
        has_both = (parts.username is None) == (parts.password is None)
        if parts.scheme not in _PORTS or not parts.hostname or not has_both:
            raise RequestError("deliver.server_address")
        if parts.scheme == "smtp" and not _is_this_machine(parts.hostname):
            raise RequestError("deliver.server_without_tls", host=parts.hostname)
        return cls(
            parts.scheme,
            parts.hostname,
            port or _PORTS[parts.scheme],
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )

    def client(self, context: ssl.SSLContext) -> yagmail.SMTP:
        """A yagmail client that verifies the server's certificate, not yet connected."""
        user = self.user or "nobody"
        ways: dict[str, dict[str, Any]] = {
            "smtp": {"smtp_ssl": False, "smtp_starttls": False},
            "smtp+starttls": {"smtp_ssl": False, "smtp_starttls": {"context": context}},
            "smtps": {"smtp_ssl": True, "context": context},
        }
        return yagmail.SMTP(
            {user: user},  # a mapping: of a plain name without @ it would make a gmail address
            self.password or "",
            self.host,
            self.port,
            smtp_skip_login=self.user is None,
            soft_email_validation=False,  # a login need not be an address
            timeout=STEP_SECONDS,
            **ways[self.scheme],
        )


class SmtpPort:
    """Carries messages to one server over one session, opened when first needed.

    Not to be shared by two workers. ``with`` closes the session at the end.
    """

    def __init__(
        self,
        server: Server,
        sender: str,
        sender_name: str,
        context: ssl.SSLContext | None = None,
    ) -> None:
        if not is_address(sender):
            raise RequestError("deliver.sender", value=sender)
        self.per_minute = server.per_minute
        self._server = server
        self._context = context or ssl.create_default_context()
        self._composer = Composer(sender, sender_name)
        self._client: yagmail.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None and self._client.smtp is not None:
            self._client.close()
        self._client = None

    def deliver(
        self,
        message: Message,
        message_id: str,
        date: datetime,
        before_dot: Callable[[], None],
    ) -> Reply:
        """One attempt; see ``cpsa.deliver.port.Port``."""
        try:
            mail = self._composer.compose(message, message_id, date)
        except UnsendableError as fault:
            outcome = Outcome.REFUSED if fault.reason == "address" else Outcome.DEFERRED
            return Reply(outcome, fault.reason, fault.detail)
        try:
            session = self._session()
        except OSError as error:
            self._drop()
            return _unreachable(error, self._server)
        try:
            answer = self._say(session, message.to_email, mail)
        except OSError as error:
            self._drop()
            return Reply(Outcome.DEFERRED, "lost", _told(error))
        if answer is not None:
            return answer
        try:
            before_dot()
        except BaseException:
            self._drop()  # without the dot the server forgets what it was told
            raise
        return self._end(session)

    def _session(self) -> Any:
        """The kept session, reset and proven alive, or a new one. OSError when there is none."""
        if self._client is not None:
            try:
                if self._client.smtp.rset()[0] == 250:
                    return self._client.smtp
            except OSError:
                pass  # servers end idle sessions; nothing was under way
            self._drop()
        self._client = self._server.client(self._context)
        self._client.login()
        session = self._client.smtp
        session.ehlo_or_helo_if_needed()
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return session

    def _say(self, session: Any, recipient: str, mail: bytes) -> Reply | None:
        """All up to the final dot; a reply if the server wants no more, None if it has it all."""
        size = [f"size={len(mail)}"] if session.has_extn("size") else []
        code, said = session.mail(self._composer.sender, size)
        if code // 100 == 5 and code != 552:  # about the sender, so it would be said to every mail
            return Reply(Outcome.UNREACHABLE, "sender_refused", _text(said), code)
        if code // 100 == 2:
            code, said = session.rcpt(recipient)
        if code // 100 == 2:
            session.putcmd("data")
            code, said = session.getreply()
        if code != 354:
            return _refusal(code, said)
        session.send(re.sub(rb"(?m)^\.", b"..", mail))
        if not mail.endswith(b"\r\n"):
            session.send(b"\r\n")
        return None

    def _end(self, session: Any) -> Reply:
        """The final dot and what the server says to it. From here on silence proves nothing."""
        try:
            session.sock.settimeout(DOT_SECONDS)
            session.send(b".\r\n")
            code, said = session.getreply()
            session.sock.settimeout(STEP_SECONDS)
        except OSError as error:
            self._drop()
            return Reply(Outcome.UNKNOWN, "no_reply", _told(error))
        match code // 100:
            case 2:
                return Reply(Outcome.ACCEPTED, "accepted", _text(said), code)
            case 4 | 5:
                return _refusal(code, said)
        return Reply(Outcome.UNKNOWN, "no_reply", _text(said), code)

    def _drop(self) -> None:
        """End the session without a word."""
        if self._client is not None and self._client.smtp is not None:
            self._client.smtp.close()
            self._client.is_closed = True  # else yagmail says QUIT when it is collected
        self._client = None


def _refusal(code: int, said: bytes) -> Reply:
    if code // 100 == 5:
        return Reply(Outcome.REFUSED, "refused", _text(said), code)
    return Reply(Outcome.DEFERRED, "deferred", _text(said), code)


def _unreachable(error: OSError, server: Server) -> Reply:
    where = f"{server.host}:{server.port}"
    code = getattr(error, "smtp_code", None)
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = "untrusted"
    elif code is None:
        reason = "unreachable"
    else:
        reason = "turned_away"
    return Reply(Outcome.UNREACHABLE, reason, f"{where}: {_told(error)}", code)


def _told(error: OSError) -> str:
    said = getattr(error, "smtp_error", None)
    if said is not None:
        return f"{error.smtp_code} {_text(said)}"  # type: ignore[attr-defined]
    return _text(error.strerror or str(error) or type(error).__name__)


def _text(said: bytes | str) -> str:
    """A server's words, fit to be stored and shown."""
    return one_line(said if isinstance(said, str) else said.decode("utf-8", "replace"))[:500]


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
