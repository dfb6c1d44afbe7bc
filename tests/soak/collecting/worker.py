"""The processes that are killed: each forked from one that has all modules loaded and no connection.

A worker does what a task of collect_updates or check_updates does, round after round, until it is
killed or told to stop. It says when it begins to work, and whatever goes wrong in it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

from tests.soak.collecting.post import NOW

from cpsa.i18n.catalogue import text
from cpsa.intake.readers.workbook import xlsx_reader  # noqa: F401 (loaded once, before the forks)
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_bounces import collect_bounces
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.quarter.check_updates import check_updates
from cpsa.settings import from_environment

ROLES: dict[str, Callable[[AppContext], object]] = {
    "folder": lambda office: collect_inbox(office, NOW),
    "mailbox": lambda office: collect_mailbox(office, NOW),
    "bounces": lambda office: collect_bounces(office, NOW),
    "checker": lambda office: check_updates(office, NOW),
}
_PAUSE = 0.02


def main() -> None:
    """For every line, a role: fork a worker and say its number."""
    text("unreadable.empty", "en")  # the catalogue, too, is loaded once
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        role = line.strip()
        child = os.fork()
        if not child:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _work(role)
        say("forked", role, pid=child)


def say(event: str, role: str, **more: object) -> None:
    """One line in one write, so that lines of several processes never mix."""
    line = json.dumps({"event": event, "role": role, "pid": os.getpid(), **more}) + "\n"
    os.write(1, line.encode())


def _work(role: str) -> None:
    """Round after round; never returns."""
    try:
        office = AppContext.from_settings(from_environment(os.environ))
        say("works", role)
        while True:
            ROLES[role](office)
            time.sleep(_PAUSE)
    except BaseException:
        say("failed", role, error=traceback.format_exc()[-1500:])
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
