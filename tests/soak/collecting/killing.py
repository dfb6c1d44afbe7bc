"""Starts the workers, kills them at random instants, and starts them again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Empty, Queue
from random import Random
from threading import Thread
from types import TracebackType
from typing import Any

from tests.factories import INCLUDE, ROOT

# How often which worker is killed: those that take something in more often than the one that checks.
_WEIGHTS = {"folder": 2, "mailbox": 3, "checker": 1}
_LONGEST_LIFE = 0.35
_SECONDS_TO_BEGIN = 60


@dataclass
class Killed:
    """How many of each, and whatever a worker said that it should not have had to say."""

    by_role: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Workers:
    """One worker of each role, always."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.collecting.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            start_new_session=True,  # so that all of them can be ended together
            env={
                **{name: one for name, one in os.environ.items() if not name.startswith("CPSA_")},
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(INCLUDE)]),
                **variables,
            },
        )
        self._said: Queue[dict[str, Any]] = Queue()
        self._alive: dict[str, int] = {}
        self._working: set[int] = set()
        self.killed = Killed()
        Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def start(self, *roles: str) -> None:
        for role in roles:
            assert self._process.stdin is not None
            self._process.stdin.write(role.encode() + b"\n")
            self._process.stdin.flush()

    def kill_one(self, chance: Random) -> str:
        """Kill a worker some time after it began to work, start another in its place."""
        roles = list(_WEIGHTS)
        role = chance.choices(roles, [_WEIGHTS[one] for one in roles])[0]
        self.kill(role, chance.uniform(0, _LONGEST_LIFE))
        return role

    def kill(self, role: str, seconds: float) -> None:
        """Kill a worker so long after it works, start another in its place."""
        self._wait_until_it_works(role)
        time.sleep(seconds)
        self._kill(role)
        self.killed.by_role[role] += 1
        self.start(role)

    def _kill(self, role: str) -> None:
        child = self._alive.pop(role)
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            self.killed.faults.append(f"{role} had ended before it was killed")

    def _wait_until_it_works(self, role: str) -> None:
        end = time.monotonic() + _SECONDS_TO_BEGIN
        while role not in self._alive or self._alive[role] not in self._working:
            self.hear(end - time.monotonic())

    def hear(self, seconds: float) -> None:
        """Read what the workers say, for so long at most."""
        try:
            said = self._said.get(timeout=max(0.01, seconds))
        except Empty:
            raise TimeoutError(f"a worker did not begin: {self.killed.faults[-1:]}") from None
        match said["event"]:
            case "forked":
                self._alive[said["role"]] = said["pid"]
            case "works":
                self._working.add(said["pid"])
            case "failed":
                self.killed.faults.append(f"{said['role']}: {said['error']}")
                if self._alive.get(said["role"]) == said["pid"]:
                    del self._alive[said["role"]]
                    self.start(said["role"])

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))
