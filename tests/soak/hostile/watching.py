"""Watches the reading processes from outside: time, memory of the whole tree, what they leave.

What belongs here: running one file and measuring it. What must not: making files, or tables.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
from tests.factories import INCLUDE, ROOT
from tests.soak.hostile.corpus import Hostile
from tests.soak.hostile.originals import QUARTER
from tests.soak.hostile.reading import Order, Said

MOST_SECONDS = 10.0  # of the processor
MOST_MB = 600.0
_KILL_AFTER = 120.0  # of the clock, so that a busy machine is not taken for a file that hangs
_PAUSE = 0.01
_STATES = {"accepted", "returned", "rejected", "unreadable"}


@dataclass(frozen=True)
class Outcome:
    """The result of one file, and everything that should not have been."""

    family: str
    number: int
    suffix: str
    verbs: bool
    outcome: str
    state: str
    seconds: float
    cpu: float
    megabytes: float
    faults: tuple[str, ...]


class Reader:
    """A reading process and the folder it works in; one file at a time."""

    def __init__(self, folder: Path, store: Path) -> None:
        """``store``: an empty programme's database, copied into the home of each file."""
        self._folder, self._store = folder, store
        folder.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.hostile.reading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # what is not read yet must be visible to select
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(INCLUDE)]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    def read(self, hostile: Hostile, verbs: bool) -> Outcome:
        """Have one file read, by the verbs as well when told; wait until it is over."""
        place = self._folder / "case"
        shutil.rmtree(place, ignore_errors=True)
        home, arriving = place / "home", place / "in" / QUARTER.key
        arriving.mkdir(parents=True)
        home.mkdir()
        if verbs:
            shutil.copy(self._store, home / "cpsa.db")
        file = arriving / f"{hostile.agency}{hostile.suffix}"
        file.write_bytes(hostile.content)
        order = Order(str(file), str(home), str(place / "said"), str(place / "output"), verbs)
        began = time.monotonic()
        watched = _Watched(self._ask(order)["pid"])
        assert self._process.stdout is not None
        while not select.select([self._process.stdout], [], [], _PAUSE)[0]:
            watched.look(time.monotonic() - began)
        ended = self._answer()
        seconds = time.monotonic() - began
        said_file = place / "said"
        said = Said(**json.loads(said_file.read_text("utf-8"))) if said_file.exists() else None
        peak = max(watched.megabytes, ended["kb"] / 1024)
        if said is not None:
            # Both peaks, as though they fell together: never less than the tree really had.
            peak = max(peak, (said.own_kb + said.inner_kb) / 1024)
        output = (
            (place / "output").read_text("utf-8", "replace") if (place / "output").exists() else ""
        )
        left = [
            str(one.relative_to(place))
            for one in place.rglob("*")
            if one.is_file()
            and home not in one.parents
            and one not in (file, said_file, place / "output")
        ]
        cpu = max(ended["cpu"], said.cpu if said else 0.0)
        faults = [
            *_what_it_says(said, verbs, hostile),
            *watched.faults,
            *([f"ended with {ended['status']}"] if ended["status"] else []),
            *([f"printed: {output[-300:]}"] if output else []),
            *([f"left {', '.join(left)}"] if left else []),
            *([f"took {cpu:.1f} s of the processor"] if cpu > MOST_SECONDS else []),
            *([f"took {peak:.0f} MB"] if peak > MOST_MB else []),
        ]
        if file.read_bytes() != hostile.content:
            faults.append("changed the file")
        outcome, state = (said.outcome, said.state) if said else ("", "")
        return Outcome(
            hostile.family,
            hostile.number,
            hostile.suffix,
            verbs,
            outcome,
            state,
            seconds,
            cpu,
            peak,
            tuple(faults),
        )

    def _ask(self, order: Order) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class _Watched:
    """A child and all it starts, looked at every hundredth of a second."""

    def __init__(self, child: int) -> None:
        self._child = child
        self.megabytes = 0.0
        self.faults: list[str] = []

    def look(self, seconds: float) -> None:
        """Measure the tree as it is now; end it when it has taken far too long."""
        try:
            child = psutil.Process(self._child)
            tree = [child, *child.children(recursive=True)]
            whole = sum(one.memory_info().rss for one in tree)
            self.megabytes = max(self.megabytes, whole / 1024**2)
            if any(one.net_connections(kind="inet") for one in tree[1:]):
                self.faults.append("the parsing process has a connection")
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return  # one of them ended while it was looked at
        if seconds > _KILL_AFTER and "hung" not in self.faults:
            self.faults.append("hung")
            os.killpg(self._child, signal.SIGKILL)


def _what_it_says(said: Said | None, verbs: bool, hostile: Hostile) -> list[str]:
    """What is wrong with the answer itself: nothing said, something raised, no words for it."""
    if said is None:
        return ["died without a word"]
    faults = [*said.breaches]
    if said.broken:
        faults.append(said.broken)
        return faults
    if not said.outcome:
        faults.append("states no outcome")
    if said.outcome != "read" and len(said.words) < 2:
        faults.append(f"no words for {said.outcome}")
    faults += [f"says {one[:200]!r}" for one in said.words if "Traceback" in one or "\n" in one]
    if verbs and said.state not in _STATES:
        faults.append(f"comes to the state {said.state!r}")
    if verbs and said.state != "accepted" and not said.findings:
        faults.append(f"{said.state} without a finding")
    return faults
