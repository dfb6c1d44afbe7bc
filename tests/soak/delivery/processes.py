"""Workers as processes of their own, and what befalls them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess

import psutil
from tests.soak.delivery import tempo
from tests.soak.delivery.fates import Fate

# Forked from one process that has imported all there is and never had a thread.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.soak.delivery.worker", "tests.soak.delivery.plain_loop"])
_TICK = 0.005
_PATIENCE = 60


class Life:
    """One life of one worker."""

    def __init__(self, process: BaseProcess, fate: Fate) -> None:
        self._process, self.fate = process, fate
        process.start()
        assert process.pid is not None
        self._pid = process.pid
        self._started = time.monotonic()
        self.stopped_at = 0.0
        self.woken = False

    def befall(self) -> None:
        """Do what is due by the clock; see whether it stopped itself."""
        if self.fate.after and time.monotonic() - self._started > self.fate.after:
            self.fate.after = 0.0
            how = signal.SIGKILL if self.fate.how == "kill" else signal.SIGSTOP
            if self._process.is_alive():
                os.kill(self._pid, how)
        if self.fate.how == "stop" and not self.stopped_at and self._is_stopped():
            self.stopped_at = time.monotonic()

    def _is_stopped(self) -> bool:
        try:
            return bool(psutil.Process(self._pid).status() == psutil.STATUS_STOPPED)
        except psutil.NoSuchProcess:
            return False

    @property
    def is_over(self) -> bool:
        """As the one who started it sees it: ended, or not heard of any more."""
        return bool(self.stopped_at) or not self._process.is_alive()

    def go_on(self) -> None:
        """Wake a stopped one up."""
        self.woken = True
        if self._process.is_alive():
            os.kill(self._pid, signal.SIGCONT)

    @property
    def is_gone(self) -> bool:
        return not self._process.is_alive()

    def end(self) -> int:
        """Wait for its end; how it ended."""
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            raise RuntimeError("a worker hung")
        return self._process.exitcode or 0


def live_through(
    fates: Sequence[Sequence[Fate]],
    begin: Callable[[int, int, Fate], BaseProcess],
    enough: Callable[[Life], bool] = lambda life: False,
) -> tuple[list[Life], Counter[str]]:
    """Let every worker live all its lives, one after the other, the workers side by side.

    ``begin(worker, number, fate)`` makes a process; a worker has no further life once ``enough``
    says so of one. Back come the lives that stay stopped until the end, and what befell how often.
    """
    waiting = [list(enumerate(lives)) for lives in fates]
    now: list[Life | None] = [None] * len(fates)
    stopped: list[Life] = []
    befell: Counter[str] = Counter()
    while any(now) or any(waiting) or any(not life.fate.until_the_end for life in stopped):
        for worker, life in enumerate(now):
            if life is not None:
                life.befall()
                if not life.is_over:
                    continue
                now[worker] = None
                if life.stopped_at:
                    befell["stop"] += 1
                    stopped.append(life)
                else:
                    befell["kill"] += life.end() == -signal.SIGKILL
                    if enough(life):
                        waiting[worker].clear()
            if waiting[worker]:
                number, fate = waiting[worker].pop(0)
                now[worker] = Life(begin(worker, number, fate), fate)
        stopped = [life for life in stopped if not _is_back(life)]
        time.sleep(_TICK)
    return stopped, befell


def _is_back(life: Life) -> bool:
    """One that was stopped for longer than its lease goes on, while the others are at work.

    Nobody waits for it: it may have to wait itself, for what another one holds that is stopped.
    """
    if life.woken:
        return life.is_gone
    long_enough = time.monotonic() - life.stopped_at > tempo.LEASE_SECONDS * 1.5
    if long_enough and not life.fate.until_the_end:
        life.go_on()
    return False
