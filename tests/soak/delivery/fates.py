"""When a worker is killed or stopped: at a named point, or at any time."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from random import Random

# In the order in which a worker comes by them with every message.
POINTS = (
    "claiming",  # within the transaction that claims
    "claimed",
    "connected",
    "half_said",  # the content is half written
    "all_said",  # all of it but the final dot
    "promising",  # within the transaction that promises in_data
    "promised",  # before the dot
    "dot_written",  # before the reply
    "replied",
    "settling",  # within the transaction that records the reply
    "settled",
)
# A worker stopped within one of these holds a lock of the database, so it cannot stay so for long.
WITHIN_TRANSACTIONS = {"claiming", "promising", "settling"}
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


@dataclass
class Fate:
    """``how``: kill or stop; at the nth passing of ``point``, or ``after`` so many seconds."""

    how: str = "none"
    point: str = ""
    nth: int = 0
    after: float = 0.0
    until_the_end: bool = False  # a stopped one goes on only when all else is over
    passed: int = field(default=0, compare=False)

    def reach(self, point: str) -> None:
        """What a worker says of itself when it comes by a point."""
        if point != self.point:
            return
        self.passed += 1
        if self.passed == self.nth:
            os.kill(os.getpid(), SIGNALS[self.how])


def of_trial(seed: int, workers: int, lives: int) -> list[list[Fate]]:
    """What befalls each life of each worker. Over the seeds every point comes up many times; the
    first life of the first worker goes through them in turn."""
    rng = Random(f"fates {seed}")
    fates = [[_drawn(rng) for _ in range(lives)] for _ in range(workers)]
    first = fates[0][0]
    first.how = ("kill", "kill", "stop")[seed // len(POINTS) % 3]
    first.point, first.nth, first.after = POINTS[seed % len(POINTS)], rng.randint(1, 3), 0.0
    for fate in (fate for lives in fates for fate in lives):
        fate.until_the_end &= bool(fate.point) and fate.point not in WITHIN_TRANSACTIONS
    return fates


def _drawn(rng: Random) -> Fate:
    how = rng.choices(("kill", "stop"), (4, 1))[0]
    fate = Fate(how, until_the_end=rng.random() < 0.5)
    if rng.random() < 0.3:
        fate.after = rng.uniform(0.01, 0.3)
    else:
        fate.point, fate.nth = rng.choice(POINTS), rng.randint(1, 5)
    return fate
