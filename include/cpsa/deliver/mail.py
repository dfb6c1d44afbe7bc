"""The mail port: one kept SMTP session by ``yagmail.SMTP.login``, its steps spoken one by one.

What belongs here: addresses of servers, TLS, and the conversation MAIL, RCPT, DATA. What must not:
yagmail's own sending (it repeats what may have arrived and hides what was refused), deciding what
a reply leads to (``ledger``), and building the mail (``compose``).
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import yagmail
from yagmail.oauth2 import generate_oauth2_string

from cpsa.deliver.attaching import UnsendableError
from cpsa.deliver.compose import Composer, is_address
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

        Without TLS only to this machine, for trials. Where the server asks for XOAUTH2, ``user@host``
        without a password and ``?token_file=``, which holds the access token and is read at every
        login; ``?per_minute=`` says how many mails the server takes in a minute.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
            asked = dict(
                parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
            )
        except ValueError:
            raise RequestError("deliver.server_address") from None
        if unknown := asked.keys() - {"per_minute", "token_file"}:
            raise RequestError("deliver.server_option", value=min(unknown))
        per_minute = asked.get("per_minute", "1")
        if not per_minute.isdecimal() or not int(per_minute):
            raise RequestError("deliver.server_pace", value=per_minute)
        secrets = (parts.password is not None) + ("token_file" in asked)
        if parts.scheme not in _PORTS or not parts.hostname or secrets != bool(parts.username):
            raise RequestError("deliver.server_address")
        if parts.scheme == "smtp" and not _is_this_machine(parts.hostname):
            raise RequestError("deliver.server_without_tls", host=parts.hostname)
        return cls(
            parts.scheme,
            parts.hostname,
            port or _PORTS[parts.scheme],
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            Path(asked["token_file"]) if "token_file" in asked else None,
            int(per_minute) if "per_minute" in asked else None,
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
            # yagmail's own XOAUTH2 asks Google alone and hears no refusal: ``log_in`` does it here.
            smtp_skip_login=self.user is None or self.token_file is not None,
            soft_email_validation=False,  # a login need not be an address
            timeout=STEP_SECONDS,
            **ways[self.scheme],
        )

    def log_in(self, client: yagmail.SMTP) -> None:
        """Connect, encrypt, and say who we are. OSError when any of it fails."""
        client.login()
        client.smtp.ehlo_or_helo_if_needed()
        if self.token_file is not None:
            token = self.token_file.read_text("utf-8").strip()
            said = generate_oauth2_string(self.user, token)
            # Refused, the server explains in a challenge, to which the answer is nothing.
            client.smtp.auth("XOAUTH2", lambda challenge=None: "" if challenge else said)


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
        self._in_transaction = False  # what the server was told since its last reset

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
            of_address = fault.reason.startswith("address")
            outcome = Outcome.REFUSED if of_address else Outcome.DEFERRED
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
        """The kept session, ready for a mail, or a new one. OSError when there is none."""
        if self._client is not None:
            try:
                session = self._client.smtp
                if _is_silent(session) and not self._in_transaction:
                    return session
                if session.rset()[0] == 250:
                    self._in_transaction = False
                    return session
            except OSError:
                pass  # servers end idle sessions; nothing was under way
            self._drop()
        self._client = self._server.client(self._context)
        self._server.log_in(self._client)
        session = self._client.smtp
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in_transaction = False
        return session

    def _say(self, session: Any, recipient: str, mail: bytes) -> Reply | None:
        """All up to the final dot; a reply if the server wants no more, None if it has it all."""
        most = session.esmtp_features.get("size", "")
        if most.isdecimal() and 0 < int(most) < len(mail):
            sizes = f"{len(mail) / 1e6:.1f} MB > {int(most) / 1e6:.1f} MB"
            return Reply(Outcome.REFUSED, "too_big", sizes)
        size = [f"size={len(mail)}"] if session.has_extn("size") else []
        self._in_transaction = True
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
        quoted = mail.replace(b"\r\n.", b"\r\n..")
        session.send(b"." + quoted if mail.startswith(b".") else quoted)
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
            self._in_transaction = False
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


def _is_silent(session: Any) -> bool:
    """Whether the server has said nothing unasked, such as a farewell."""
    heard, _, _ = select.select([session.sock], [], [], 0)
    return not heard


# What OpenSSL calls the faults of a certificate.
_CERTIFICATE = {
    10: "certificate_expired",
    18: "certificate_unknown",  # signed by itself
    19: "certificate_unknown",
    20: "certificate_unknown",
    21: "certificate_unknown",
    62: "certificate_of_another",
    64: "certificate_of_another",
}


def _unreachable(error: OSError, server: Server) -> Reply:
    where = f"{server.host}:{server.port}"
    code = getattr(error, "smtp_code", None)
    kind = type(error).__name__  # of the library that yagmail stands on and we do not import
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _CERTIFICATE.get(error.verify_code, "untrusted")
    elif kind == "SMTPNotSupportedError" and "STARTTLS" in str(error):
        reason = "no_encryption"
    elif kind == "SMTPAuthenticationError":
        reason = "login_refused"
    elif error.filename is not None and error.filename == str(server.token_file):
        reason, where = "no_token", str(server.token_file)
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
