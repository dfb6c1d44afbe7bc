"""What the end-to-end tests share: a home of their own, free ports, the demo, and its figures."""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("airflow") and find_spec("httpx"):
    from cpsa_demo.airflow_api import AirflowApi
    from cpsa_demo.mails import CaughtMail, list_caught_mails
    from cpsa_demo.place import Place
    from cpsa_demo.processes import Processes
else:
    collect_ignore_glob = ["*"]

REPOSITORY = Path(__file__).resolve().parents[2]
TABLES = ("scores", "findings", "reporting")
MINUTES = 60


@dataclass(frozen=True)
class Programme:
    """A home folder of the demo, looked at from outside."""

    place: Place

    def demo(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the demo to its end."""
        return self._python("cpsa_demo", *self._where(), *options, timeout=20 * MINUTES)

    def airflow(self, *words: str) -> str:
        """Airflow's own command line, on this home's Airflow."""
        done = self._python("airflow", *words, timeout=3 * MINUTES)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def figures(self) -> dict[str, frozenset[str]]:
        """What the command line says of all quarters, as sets of lines."""
        return {name: frozenset(self.cpsa(name, "--format", "csv")) for name in TABLES}

    def cpsa(self, *words: str) -> list[str]:
        done = self._python("cpsa", *words, timeout=3 * MINUTES)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def mails(self) -> list[str]:
        """What was sent to agencies and departments; ops and the approver have letters, too."""
        files = (file.name for file in self.place.mails.glob("*.eml"))
        return sorted(name for name in files if "cpsa@example.org" not in name)

    def outbox(self, *words: str) -> list[dict[str, str]]:
        """The ledger's mails, without the letters to ops and to the approver."""
        lines = csv.DictReader(self.cpsa("outbox", *words, "--format", "csv"))
        return [line for line in lines if not line["cycle"].endswith("-notice")]

    def packs(self) -> list[CaughtMail]:
        """The mails that brought a half-year's documents, oldest first."""
        sent = list_caught_mails(self.place.mails)
        return [mail for mail in sent if "/PACK/" in str(mail.mail["Subject"])]

    @contextmanager
    def serving(self) -> Iterator[tuple[Processes, AirflowApi]]:
        """This home's servers, for as long as the block lasts."""
        from cpsa_demo.command import serve
        from cpsa_demo.screen import Screen
        from cpsa_demo.story import Story

        with Processes(self.place.environment(), self.place.logs) as processes:
            serve(self.place, processes)
            with closing(AirflowApi(self.place.board)) as api:
                Story(api, processes, Screen("en"), ()).wait_for_airflow()
                yield processes, api

    def _where(self) -> list[str]:
        place = self.place
        ports = {
            "--port": place.port,
            "--mail-port": place.mail_port,
            "--mailbox-port": place.mailbox_port,
            "--portal-port": place.portal_port,
            "--reader-port": place.reader_port,
        }
        given = {option: port for option, port in ports.items() if port}
        options = [word for option, port in given.items() for word in (option, str(port))]
        return ["--home", str(place.home), *options]

    def _python(self, module: str, *words: str, timeout: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=self.place.home.parent,
            env=self.place.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def set_paused(api: AirflowApi, dag: str, is_paused: bool) -> None:
    """Pause a DAG or let it run: a test that looks into the inbox itself pauses collect_updates."""
    answer = api.send_request("PATCH", f"/api/v2/dags/{dag}", json={"is_paused": is_paused})
    assert answer.is_success, answer.text


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def new_programme(tmp_path_factory):
    """Makes homes that nobody has used before, each with ports of its own; with replies: more of them."""

    def make(name: str, *, with_replies: bool = False) -> Programme:
        home = tmp_path_factory.mktemp(name) / "home"
        more = ("mailbox_port", "portal_port", "reader_port") if with_replies else ()
        ports = {port: _free_port() for port in more}
        return Programme(Place(home, _free_port(), _free_port(), "en", **ports))

    return make


@pytest.fixture(scope="session")
def finished(new_programme) -> Programme:
    """The demo, run once to its end."""
    programme = new_programme("demo")
    done = programme.demo()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 quarters closed, 3 half-years sent, 1 waiting" in " ".join(done.stdout.split())
    return programme


@pytest.fixture(scope="session")
def replied(new_programme) -> Programme:
    """The demo with what follows its first mails, run once to its end."""
    programme = new_programme("replied", with_replies=True)
    done = programme.demo("--with-replies")
    assert done.returncode == 0, done.stdout + done.stderr
    return programme


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures of pages go: a folder to look at when CPSA_SHOTS names one."""
    folder = Path(os.environ.get("CPSA_SHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
