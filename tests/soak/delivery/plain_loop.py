"""What people write first: a loop over ``yagmail.send``, in a task with three retries.

It meets the fates of the ledger's workers at the places that correspond to theirs.
"""

from __future__ import annotations

import os
import smtplib  # noqa: TID251  the library under yagmail, where the fates of the loop are hung
import sys
import time
from typing import Any

import yagmail
import yagmail.sender
from tests.soak.delivery import tempo
from tests.soak.delivery.fates import Fate
from tests.soak.delivery.worker import SENDER

# A point of the ledger's worker, and where this loop is then.
PLACES = {
    "claiming": "before",
    "claimed": "before",
    "connected": "before",
    "half_said": "half_said",
    "all_said": "half_said",
    "promising": "half_said",
    "promised": "half_said",
    "dot_written": "dot_written",
    "replied": "replied",
    "settling": "replied",
    "settled": "replied",
}


def work(port: int, recipients: list[str], attachment: str, fate: Fate) -> None:
    """One try of the task; it ends with 0 only if nothing went wrong that the loop has noticed."""
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  its tracebacks say nothing new
    fate.point = PLACES.get(fate.point, "")
    _hang(fate)
    pause = time.sleep
    yagmail.sender.time.sleep = lambda seconds: pause(seconds / 1000)
    client = yagmail.SMTP(
        {SENDER: "CPSA"},
        host="127.0.0.1",
        port=port,
        smtp_ssl=False,
        smtp_starttls=False,
        smtp_skip_login=True,
        timeout=tempo.DOT_SECONDS,
    )
    for recipient in recipients:
        fate.reach("before")
        client.send(recipient, "Policy actions", ["Attached.", attachment])
        fate.reach("replied")
    sys.exit(0)


def _hang(fate: Fate) -> None:
    """Let the library come by the two places within a sending."""
    hung: Any = smtplib.SMTP  # mypy lets no method be replaced
    send = hung.send

    def interrupted(self: smtplib.SMTP, content: bytes | str) -> None:
        if isinstance(content, bytes) and content.endswith(b"\r\n.\r\n"):
            send(self, content[:-5])
            fate.reach("half_said")
            send(self, content[-5:])
            fate.reach("dot_written")
        else:
            send(self, content)

    hung.send = interrupted
