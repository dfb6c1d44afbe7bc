"""Starting the demo's processes and ending every one of them, by its own id."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psutil

from cpsa.errors import RequestError

SECONDS_TO_END = 12


class Processes:
    """The processes of one demo; leaving the ``with`` block ends them and all their children."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        self._environment = environment
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def run(self, name: str, module: Sequence[str], fine: Collection[int] = (0,)) -> None:
        """Run a Python module to its end; RequestError naming the log when it fails.

        ``fine``: the exit statuses that are no failure.
        """
        self.start(name, module)
        self.finish(name, fine)

    def read(self, name: str, module: Sequence[str]) -> str:
        """Run a Python module to its end and return what it prints; RequestError as ``run``."""
        with self.log(name).open("ab") as log:
            done = subprocess.run(
                [sys.executable, "-m", *module],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise RequestError("demo.process_failed", name=name, log=self.log(name))
        return done.stdout

    def start(self, name: str, module: Sequence[str]) -> None:
        """Start a Python module in a session of its own: Ctrl-C reaches only the demo itself."""
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *module],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finish(self, name: str, fine: Collection[int] = (0,)) -> None:
        """Wait for a process that ends by itself."""
        status = self._running[name].wait()  # an interrupt while it runs ends it with the others
        del self._running[name]
        if status not in fine:
            raise RequestError("demo.process_failed", name=name, log=self.log(name))

    def require_running(self) -> None:
        """RequestError naming the log when one of the servers has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise RequestError("demo.process_failed", name=name, log=self.log(name))

    def family(self) -> list[psutil.Process]:
        """Every process that was started here and still runs, with all its children."""
        return [member for name in tuple(self._running) for member in self.family_of(name)]

    def family_of(self, name: str) -> list[psutil.Process]:
        """One process that was started here and all its children; none when it has ended."""
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._running[name].pid)
            return [parent, *parent.children(recursive=True)]
        return []

    def kill(self, name: str) -> None:
        """End one process and all its children at once, as a machine that fails would."""
        process = psutil.Process(self._running.pop(name).pid)
        for member in (*process.children(recursive=True), process):
            with suppress(psutil.NoSuchProcess):
                member.kill()

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def end(self) -> None:
        """Ask all to end, then make those end that did not within their time."""
        alive = [process for process in self._running.values() if process.poll() is None]
        # Workers and tasks first become known here, while their parents still live.
        family = self.family()
        for process in alive:
            process.terminate()
        _, stubborn = psutil.wait_procs(family, timeout=SECONDS_TO_END)
        for member in stubborn:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(stubborn, timeout=SECONDS_TO_END)
        self._running.clear()
