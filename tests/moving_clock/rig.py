"""A whole installation under a moved clock: store, Airflow's servers, mail server, mailbox.

What belongs here: starting and stopping it, moving its clock, waiting for what it does, and doing
what agencies and admins do. What must not: what is expected of it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from tests import mailserver
from tests.mailserver import MailServer
from tests.moving_clock.airflow_view import AirflowView
from tests.moving_clock.clock import MovedClock, moved_clock

from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

READERS, WORKERS = ("api-server", "dag-processor"), ("scheduler", "triggerer")
ADMIN = "admin"
OPS, APPROVER = "ops@example.org", "approver@example.org"
SECONDS_OF_A_YEAR = 365 * 24 * 3600
SECONDS_TO_WAIT = 180
SECONDS_BETWEEN_LOOKS = 0.7
SECONDS_FOR_A_COMMAND = 120

Found = TypeVar("Found")


@dataclass(frozen=True)
class MovedPlace(Place):
    """A home folder whose processes run by a moved clock and read a mailbox."""

    clock: MovedClock
    mailbox: MailServer
    letters: str = "send"

    def environment(self) -> dict[str, str]:
        return super().environment() | self.clock.environment()

    def _cpsa(self) -> dict[str, str]:
        return super()._cpsa() | {
            "CPSA_LETTERS": self.letters,
            "CPSA_IMAP_URL": self.mailbox.url(),
            "CPSA_MAIL_TRUST": "open",
            "SSL_CERT_FILE": str(self.mailbox.certificate),
            "CPSA_OPS_MAIL": OPS,
            "CPSA_APPROVER_MAIL": APPROVER,
            "CPSA_ADMINS": ADMIN,
        }

    def _airflow(self) -> dict[str, str]:
        """After a leap the scheduler would take itself for dead, and its new tasks for orphans."""
        return super()._airflow() | {
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": str(SECONDS_OF_A_YEAR)
        }


@dataclass
class Rig:
    """The installation, as people and the passing of time act on it."""

    place: MovedPlace
    _processes: Processes = field(repr=False)
    api: AirflowView = field(repr=False)
    is_up: bool = False
    _began: float = field(default_factory=time.monotonic, repr=False)

    # --- time ---

    @property
    def now(self) -> datetime:
        return self.place.clock.now()

    def move_to(self, instant: datetime) -> None:
        """Leap to an instant, as soon as no task is at work: one that is cut short fails."""
        if self.is_up:
            self.wait_until_idle()
        # For a person who reads why a trial failed.
        print(f"{time.monotonic() - self._began:6.1f} s: {self.now} to {instant}", flush=True)
        self.place.clock.move_to(instant)

    # --- the servers ---

    def prepare(self, registry: Path) -> None:
        """A new store with a registry, and Airflow's own database."""
        self._processes.start("migrate", ["airflow", "db", "migrate"])
        self.cpsa("db", "upgrade")
        self.cpsa("registry", "load", registry)
        self._processes.finish("migrate")

    def start_airflow(self, dags: frozenset[str]) -> None:
        """Start Airflow's servers; they are at work and know the DAGs when this returns.

        The web server first: where its first request comes together with a task's, it waits for its
        own lock on SQLite for a minute.
        """
        for server in READERS:
            self._processes.start(server, ["airflow", server])
        self.wait_until(self.api.answers, "Airflow's web server")
        for server in WORKERS:
            self._processes.start(server, ["airflow", server, "--skip-serve-logs"])
        self.wait_until(lambda: self.api.ready(dags), "Airflow")
        assert self.api.import_errors() == []
        self.is_up = True

    def stop_airflow(self) -> None:
        """End Airflow's servers at once, as a machine that fails would."""
        self.wait_until_idle()
        for server in (*WORKERS, *READERS):
            self._processes.kill(server)
        self.is_up = False

    # --- what people do ---

    def cpsa(self, *words: str | Path, status: int = 0) -> str:
        """Run one command by the moved clock; what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "cpsa", *map(str, words)],
            cwd=self.place.home,
            env=self.place.environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS_FOR_A_COMMAND,
            check=False,
        )
        assert done.returncode == status, f"cpsa {words}: {done.stdout}{done.stderr}"
        return done.stdout

    def put_in_inbox(self, agency: str, quarter: str, content: bytes, at: datetime) -> None:
        """Copy an update into the shared folder, as if it had been put there at an instant."""
        folder = self.place.inbox / quarter
        folder.mkdir(parents=True, exist_ok=True)
        # Not yet in the folder while it has another time than it shall have.
        part = self.place.home / f"{agency}.part"
        part.write_bytes(content)
        os.utime(part, (at.timestamp(), at.timestamp()))
        part.replace(folder / f"{agency}.csv")

    def mail(self, sender: str, name: str, content: bytes, at: datetime) -> None:
        """A mail with an update arrives in the mailbox at an instant."""
        mail = EmailMessage()
        mail["From"], mail["To"] = sender, "updates@example.org"
        mail["Subject"] = name
        mail["Message-ID"] = f"<{name}.{at.timestamp():.0f}@example.org>"
        mail["Date"] = at
        mail.set_content("Our update.")
        mail.add_attachment(content, maintype="text", subtype="csv", filename=name)
        self.place.mailbox.put(mail.as_bytes(), at=at)

    # --- waiting ---

    def wait_until(self, found: Callable[[], Found | None], what: str) -> Found:
        """The first true answer of ``found``; AssertionError when none comes in time."""
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while time.monotonic() < deadline:
            self._processes.require_running()
            if answer := found():
                return answer
            time.sleep(SECONDS_BETWEEN_LOOKS)
        states = [(run.dag, run.period, run.state) for run in self.api.runs()[-12:]]
        raise AssertionError(f"{what}: not in {SECONDS_TO_WAIT} s, at {self.now}; {states}")

    def wait_until_idle(self) -> None:
        """Until no task is at work, twice in a row; what waits for a person or a day may wait."""
        looks = iter(lambda: self.api.active_tasks(), None)
        self.wait_until(lambda: not next(looks) and not next(looks), "an idle Airflow")

    def wait_for_run(self, dag: str, since: datetime) -> Any:
        """A run of a DAG that began after an instant and has ended well."""

        def ended() -> Any:
            runs = [run for run in self.api.details(dag) if run.started_at > since]
            failed = [run for run in runs if run.state == "failed"]
            assert not failed, failed
            return next((run for run in runs if run.state == "success"), None)

        return self.wait_until(ended, f"a run of {dag} after {since}")


@contextmanager
def running_rig(home: Path, begins: datetime) -> Iterator[Rig]:
    """An installation whose clock begins at an instant; at the end all its processes are ended."""
    with (
        moved_clock(begins) as clock,
        mailserver.running(environment=clock.environment(), now=begins) as mailbox,
    ):
        place = MovedPlace(home, _free_port(), _free_port(), "en", clock, mailbox)
        place.inbox.mkdir(parents=True)
        with (
            Processes(place.environment(), place.logs) as processes,
            closing(AirflowView(place.board)) as api,
        ):
            catcher = ["--port", str(place.mail_port), "--folder", str(place.mails)]
            processes.start("mails", ["cpsa.delivery.mail_catcher", *catcher])
            yield Rig(place, processes, api)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
