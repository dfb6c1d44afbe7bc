"""What a worker process does that is killed (SIGKILL) in the middle of its work."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import datetime

from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.delivery.mail_port import Reply
from cpsa.delivery.smtp import SmtpPort, SmtpServer
from cpsa.i18n.text import Text
from cpsa.store.database import open_engine


def die_at(moment: str, dies: str) -> None:
    if moment == dies:
        os.kill(os.getpid(), signal.SIGKILL)


class DoomedPort(SmtpPort):
    dies = "never"

    def deliver(
        self,
        message: MailMessage,
        message_id: str,
        date: datetime,
        before_dot: Callable[[], None],
    ) -> Reply:
        def doomed() -> None:
            die_at("before_in_data", self.dies)
            before_dot()
            die_at("in_data", self.dies)

        reply = super().deliver(message, message_id, date, doomed)
        die_at("after_reply", self.dies)
        return reply


def work(url: str, port: int, cycle: str, dies: str) -> None:
    """Dispatch the cycle, and die at ``before_in_data``, ``in_data``, ``after_reply`` or never."""
    DoomedPort.dies = dies
    with DoomedPort(
        SmtpServer.parse(f"smtp://127.0.0.1:{port}"), "cpsa@example.org", Text.untranslated("CPSA")
    ) as doomed:
        ledger.dispatch(open_engine(url), cycle, doomed, worker=f"doomed {os.getpid()}")
