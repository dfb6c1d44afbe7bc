"""What the delivery tests stand on: a mail server with a script, and workers that die.

Real servers and real processes; what is asked of them is what the field does to us.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from multiprocessing.process import BaseProcess
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Engine, update
from tests.unit.delivery import doomed_worker

from cpsa.delivery.smtp import SmtpPort, SmtpServer
from cpsa.i18n.text import Text
from cpsa.store.tables.dispatch_tables import dispatch

CYCLE = "2025-26-H2"
SENDER = "cpsa@example.org"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Relay:
    """A server that does as scripted, once per entry, and else accepts; and what it accepted."""

    STORE_AND_DROP = "store, then drop the connection without a reply"
    DROP = "drop the connection, storing nothing"

    def __init__(self) -> None:
        self.port = free_port()
        self.raw: list[bytes] = []
        self.on_mail: list[str] = []
        self.on_rcpt: dict[str, list[str]] = {}
        self.on_data: list[str] = []
        self.sessions = 0
        self.waiting_for = 1
        self.logins: list[tuple[bytes, bytes]] = []

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]

    @property
    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]

    async def handle_EHLO(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.sessions += not session.ssl  # after STARTTLS it is said a second time
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        while self.sessions < self.waiting_for:
            await asyncio.sleep(0.01)
        return self.on_mail.pop(0) if self.on_mail else "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if script := self.on_rcpt.get(address):
            return script.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        said = self.on_data.pop(0) if self.on_data else "250 taken"
        if said == self.STORE_AND_DROP or said.startswith("250"):
            assert envelope.original_content is not None
            self.raw.append(envelope.original_content)
        if said in (self.DROP, self.STORE_AND_DROP):
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(relay: Relay, **options: Any) -> Iterator[Relay]:
    controller = Controller(relay, hostname="127.0.0.1", port=relay.port, **options)
    controller.start()
    try:
        yield relay
    finally:
        controller.stop()


def port_to(relay: Relay) -> SmtpPort:
    return SmtpPort(
        SmtpServer.parse(f"smtp://127.0.0.1:{relay.port}"), SENDER, Text.untranslated("CPSA")
    )


def let_leases_run_out(engine: Engine) -> None:
    """Turn the leases back instead of waiting for them."""
    with engine.begin() as connection:
        connection.execute(update(dispatch).values(lease_until=LONG_AGO))


def let_pauses_run_out(engine: Engine) -> None:
    """Turn the next attempts back instead of waiting for them."""
    with engine.begin() as connection:
        connection.execute(update(dispatch).values(next_attempt_at=LONG_AGO))


# Real processes, forked from one that has imported all there is and never had a thread.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([doomed_worker.__name__])


def worker(engine: Engine, relay: Relay, dies: str = "never", together: int = 1) -> BaseProcess:
    """A dispatching process of its own, see ``doomed_worker.py``. It begins to send when so many
    sessions are open at the server, so that none is done before another has begun."""
    url = engine.url.render_as_string(hide_password=False)
    relay.waiting_for = together
    args = (url, relay.port, CYCLE, dies)
    process = _PROCESSES.Process(target=doomed_worker.work, args=args)
    process.start()
    return process


def ended(process: BaseProcess) -> int | None:
    """How the process ended: 0, or -9 when it was killed."""
    process.join(timeout=60)
    return process.exitcode
