"""The mail port: one kept SMTP session by ``yagmail.SMTP.login``, its steps called one by one.

What belongs here: addresses of servers, TLS, and the conversation MAIL, RCPT, DATA. What must not:
yagmail's own sending (it repeats what may have arrived and hides what was refused), deciding what
a reply leads to (``ledger``), and building the mail (``mail_composer``).
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import yagmail
from yagmail.oauth2 import generate_oauth2_string

from cpsa.delivery.mail_attachment import UnsendableError
from cpsa.delivery.mail_composer import MailComposer, is_address
from cpsa.delivery.mail_message import MailMessage, one_line
from cpsa.delivery.mail_port import Outcome, Reply
from cpsa.errors import RequestError
from cpsa.i18n.text import Text
from cpsa.settings import is_this_machine

STEP_SECONDS = 60
# Servers may take ten minutes over the final dot (RFC 5321, 4.5.3.2.6); to give up before makes
# messages uncertain that were not.
DOT_SECONDS = 600
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class SmtpServer:
    """The mail server, and how to connect to it."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    per_minute: int | None = None

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """``smtp+starttls://user:password@host:587``, ``smtps://…``, or ``smtp://127.0.0.1:1025``.

        Without TLS only to this machine, for tests. Where the server requires XOAUTH2, ``user@host``
        without a password and ``?token_file=``, which holds the access token and is read at every
        login; ``?per_minute=`` says how many mails the server takes in a minute.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
            options = dict(
                parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
            )
        except ValueError:
            raise RequestError("deliver.server_address") from None
        if unknown := options.keys() - {"per_minute", "token_file"}:
            raise RequestError("deliver.server_option", value=min(unknown))
        per_minute = options.get("per_minute", "1")
        if not per_minute.isdecimal() or not int(per_minute):
            raise RequestError("deliver.server_pace", value=per_minute)
        secrets = (parts.password is not None) + ("token_file" in options)
        if parts.scheme not in _PORTS or not parts.hostname or secrets != bool(parts.username):
            raise RequestError("deliver.server_address")
        if parts.scheme == "smtp" and not is_this_machine(parts.hostname):
            raise RequestError("deliver.server_without_tls", host=parts.hostname)
        return cls(
            parts.scheme,
            parts.hostname,
            port or _PORTS[parts.scheme],
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            Path(options["token_file"]) if "token_file" in options else None,
            int(per_minute) if "per_minute" in options else None,
        )

    def make_client(self, context: ssl.SSLContext) -> yagmail.SMTP:
        """A yagmail client that verifies the server's certificate, not yet connected."""
        user = self.user or "nobody"
        client_options: dict[str, dict[str, Any]] = {
            "smtp": {"smtp_ssl": False, "smtp_starttls": False},
            "smtp+starttls": {"smtp_ssl": False, "smtp_starttls": {"context": context}},
            "smtps": {"smtp_ssl": True, "context": context},
        }
        return yagmail.SMTP(
            {user: user},  # a mapping: of a plain name without @ it would make a gmail address
            self.password or "",
            self.host,
            self.port,
            # yagmail's own XOAUTH2 supports Google alone and misses refusals: ``log_in`` does it here.
            smtp_skip_login=self.user is None or self.token_file is not None,
            soft_email_validation=False,  # a login need not be an address
            timeout=STEP_SECONDS,
            **client_options[self.scheme],
        )

    def log_in(self, client: yagmail.SMTP) -> None:
        """Connect, encrypt, and log in. OSError when any of it fails."""
        client.login()
        client.smtp.ehlo_or_helo_if_needed()
        if self.token_file is not None:
            token = self.token_file.read_text("utf-8").strip()
            auth_string = generate_oauth2_string(self.user, token)
            # Refused, the server explains in a challenge, to which the answer is nothing.
            client.smtp.auth("XOAUTH2", lambda challenge=None: "" if challenge else auth_string)


def try_server(server: SmtpServer, context: ssl.SSLContext | None = None) -> Reply | None:
    """Connect, log in and leave, without a mail; None when that works, else why it does not."""
    client = server.make_client(context or ssl.create_default_context())
    try:
        server.log_in(client)
    except OSError as error:
        return _make_unreachable_reply(error, server)
    finally:
        if client.smtp is not None:
            client.close()
    return None


class SmtpPort:
    """Carries messages to one server over one session, opened when first needed.

    Not to be shared by two workers. ``with`` closes the session at the end.
    """

    def __init__(
        self,
        server: SmtpServer,
        sender: str,
        sender_name: Text,
        context: ssl.SSLContext | None = None,
    ) -> None:
        if not is_address(sender):
            raise RequestError("deliver.sender", value=sender)
        self.per_minute = server.per_minute
        self._server = server
        self._context = context or ssl.create_default_context()
        self._composer = MailComposer(sender, sender_name)
        self._client: yagmail.SMTP | None = None
        self._in_transaction = False  # whether commands were sent since its last reset

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None and self._client.smtp is not None:
            self._client.close()
        self._client = None

    def deliver(
        self,
        message: MailMessage,
        message_id: str,
        date: datetime,
        before_dot: Callable[[], None],
    ) -> Reply:
        """One attempt; see ``MailPort``."""
        try:
            mail = self._composer.compose(message, message_id, date)
        except UnsendableError as fault:
            is_address_fault = fault.reason.startswith("address")
            outcome = Outcome.REFUSED if is_address_fault else Outcome.DEFERRED
            return Reply(outcome, fault.reason, fault.detail)
        try:
            session = self._get_session()
        except OSError as error:
            self._drop_session()
            return _make_unreachable_reply(error, self._server)
        try:
            answer = self._write_mail(session, message.to_email, mail)
        except OSError as error:
            self._drop_session()
            return Reply(Outcome.DEFERRED, "lost", _describe_error(error))
        if answer is not None:
            return answer
        try:
            before_dot()
        except BaseException:
            self._drop_session()  # without the dot the server discards the mail
            raise
        return self._finish_mail(session)

    def _get_session(self) -> Any:
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
            self._drop_session()
        self._client = self._server.make_client(self._context)
        self._server.log_in(self._client)
        session = self._client.smtp
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in_transaction = False
        return session

    def _write_mail(self, session: Any, recipient: str, mail: bytes) -> Reply | None:
        """Send all up to the final dot; a reply if the server refuses, None if it has everything."""
        max_size = session.esmtp_features.get("size", "")
        if max_size.isdecimal() and 0 < int(max_size) < len(mail):
            sizes = f"{len(mail) / 1e6:.1f} MB > {int(max_size) / 1e6:.1f} MB"
            return Reply(Outcome.REFUSED, "too_big", sizes)
        size = [f"size={len(mail)}"] if session.has_extn("size") else []
        self._in_transaction = True
        code, reply_text = session.mail(self._composer.sender, size)
        if (
            code // 100 == 5 and code != 552
        ):  # about the sender, so it would be the reply to every mail
            return Reply(Outcome.UNREACHABLE, "sender_refused", _clean_text(reply_text), code)
        if code // 100 == 2:
            code, reply_text = session.rcpt(recipient)
        if code // 100 == 2:
            session.putcmd("data")
            code, reply_text = session.getreply()
        if code != 354:
            return _make_refusal(code, reply_text)
        quoted = mail.replace(b"\r\n.", b"\r\n..")
        session.send(b"." + quoted if mail.startswith(b".") else quoted)
        if not mail.endswith(b"\r\n"):
            session.send(b"\r\n")
        return None

    def _finish_mail(self, session: Any) -> Reply:
        """Send the final dot; the server's reply to it. From here on no reply proves nothing."""
        try:
            session.sock.settimeout(DOT_SECONDS)
            session.send(b".\r\n")
            code, reply_text = session.getreply()
            session.sock.settimeout(STEP_SECONDS)
            self._in_transaction = False
        except OSError as error:
            self._drop_session()
            return Reply(Outcome.UNKNOWN, "no_reply", _describe_error(error))
        match code // 100:
            case 2:
                return Reply(Outcome.ACCEPTED, "accepted", _clean_text(reply_text), code)
            case 4 | 5:
                return _make_refusal(code, reply_text)
        return Reply(Outcome.UNKNOWN, "no_reply", _clean_text(reply_text), code)

    def _drop_session(self) -> None:
        """End the session without QUIT."""
        if self._client is not None and self._client.smtp is not None:
            self._client.smtp.close()
            self._client.is_closed = True  # else yagmail says QUIT when it is collected
        self._client = None


def _make_refusal(code: int, reply_text: bytes) -> Reply:
    if code // 100 == 5:
        return Reply(Outcome.REFUSED, "refused", _clean_text(reply_text), code)
    return Reply(Outcome.DEFERRED, "deferred", _clean_text(reply_text), code)


def _is_silent(session: Any) -> bool:
    """Whether the server has sent nothing unprompted, such as a closing notice."""
    readable_sockets, _, _ = select.select([session.sock], [], [], 0)
    return not readable_sockets


# What OpenSSL calls the faults of a certificate.
_CERTIFICATE_FAULTS = {
    10: "certificate_expired",
    18: "certificate_unknown",  # signed by itself
    19: "certificate_unknown",
    20: "certificate_unknown",
    21: "certificate_unknown",
    62: "certificate_of_another",
    64: "certificate_of_another",
}


def _make_unreachable_reply(error: OSError, server: SmtpServer) -> Reply:
    where = f"{server.host}:{server.port}"
    code = getattr(error, "smtp_code", None)
    kind = type(error).__name__  # of the library below yagmail, which we do not import
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _CERTIFICATE_FAULTS.get(error.verify_code, "untrusted")
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
    return Reply(Outcome.UNREACHABLE, reason, f"{where}: {_describe_error(error)}", code)


def _describe_error(error: OSError) -> str:
    smtp_error = getattr(error, "smtp_error", None)
    if smtp_error is not None:
        return f"{error.smtp_code} {_clean_text(smtp_error)}"  # type: ignore[attr-defined]
    return _clean_text(error.strerror or str(error) or type(error).__name__)


def _clean_text(text: bytes | str) -> str:
    """A server's text, fit to be stored and shown."""
    return one_line(text if isinstance(text, str) else text.decode("utf-8", "replace"))[:500]
