"""A worker of a trial: the product's ledger and port, with a fate at every point on the way.

The product knows nothing of fates: they are hung on its seams here, in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import event
from tests.soak.delivery import tempo
from tests.soak.delivery.fates import Fate

from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.delivery.mail_port import Reply
from cpsa.delivery.smtp import SmtpPort, SmtpServer
from cpsa.errors import RequestError
from cpsa.i18n.text import Text
from cpsa.store.database import open_engine

SENDER = "cpsa@example.org"


class _Interrupted:
    """A session whose ``send`` comes by a point: half way, or when all is written."""

    def __init__(self, session: Any, fate: Fate, point: str, half: bool) -> None:
        self._session, self._fate, self._point, self._half = session, fate, point, half

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def send(self, content: bytes) -> None:
        cut = len(content) // 2 if self._half else len(content)
        self._session.send(content[:cut])
        self._fate.reach(self._point)
        if self._half:
            self._session.send(content[cut:])


class FatedPort(SmtpPort):
    """The mail port, coming by the points of its conversation."""

    fate: Fate
    doing: dict[str, str]

    def deliver(
        self,
        message: MailMessage,
        message_id: str,
        date: datetime,
        before_dot: Callable[[], None],
    ) -> Reply:
        def promise() -> None:
            self.fate.reach("all_said")
            during(self.doing, "promising", before_dot)
            self.fate.reach("promised")

        self.fate.reach("claimed")
        reply = super().deliver(message, message_id, date, promise)
        self.fate.reach("replied")
        return reply

    def _get_session(self) -> Any:
        session = super()._get_session()
        self.fate.reach("connected")
        return session

    def _write_mail(self, session: Any, recipient: str, mail: Any) -> Any:
        return super()._write_mail(
            _Interrupted(session, self.fate, "half_said", half=True), recipient, mail
        )

    def _finish_mail(self, session: Any) -> Any:
        return super()._finish_mail(_Interrupted(session, self.fate, "dot_written", half=False))


def during(doing: dict[str, str], what: str, act: Callable[..., Any], *args: Any) -> Any:
    doing["now"] = what
    try:
        return act(*args)
    finally:
        doing["now"] = ""


def work(url: str, port: int, cycle: str, name: str, fate: Fate, seconds: float) -> None:
    """Dispatch the cycle over and over until nothing is left to do or the time is over."""
    tempo.set_up()
    engine = open_engine(url)
    doing = {"now": ""}
    event.listen(engine, "commit", lambda _: fate.reach(doing["now"]))
    claim, settle = ledger._claim_mail, ledger._record_reply

    def settled(*args: Any) -> bool:
        done: bool = during(doing, "settling", settle, *args)
        fate.reach("settled")
        return done

    hung: Any = ledger  # mypy knows the two by their parameters
    hung._claim_mail = lambda *args: during(doing, "claiming", claim, *args)
    hung._record_reply = settled
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        # A session of its own every time, as every run of a task has.
        with FatedPort(_parse_server(port), SENDER, Text.untranslated("CPSA")) as carrier:
            carrier.fate, carrier.doing = fate, doing
            try:
                result = ledger.dispatch(engine, cycle, carrier, name, tempo.LEASE)
            except RequestError:  # the database was locked for too long: the task is red
                return
        if not result.pending:
            return
        time.sleep(0.02)


def port_to(port: int) -> SmtpPort:
    return SmtpPort(_parse_server(port), SENDER, Text.untranslated("CPSA"))


def _parse_server(port: int) -> SmtpServer:
    return SmtpServer.parse(f"smtp://127.0.0.1:{port}")
