"""Letters leave once, whatever happens on the way: servers away, workers killed, wrong addresses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.factories import INCLUDE, ROOT
from tests.unit.delivery.rig import (
    Relay,
    free_port,
    let_leases_run_out,
    let_pauses_run_out,
    serving,
)
from tests.unit.services.post_office import PostOffice

from cpsa.calendar import Quarter
from cpsa.services.agency_letters.remind_agencies import remind_agencies
from cpsa.services.agency_letters.send_letters import send_letters
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.check_updates import check_quarter

pytestmark = pytest.mark.slow

Q = "2026-27-Q2"
QUARTER = Quarter.parse(Q)
OPEN = QUARTER.opens_at
DAY = timedelta(days=1)
A, B, C = "IA-A", "IA-B", "FC-C"
ALL = ("fc-c@example.org", "ia-a@example.org", "ia-b@example.org")


@pytest.fixture
def post(office: AppContext, tmp_path: Path) -> Iterator[PostOffice]:
    with serving(Relay()) as relay:
        opened = PostOffice.opened(office, relay, tmp_path)
        opened.register({A: Q, B: Q, C: Q}, OPEN)
        opened.open(Q)
        yield opened


def away(post: PostOffice) -> AppContext:
    """The same office while nobody listens where its mail leaves."""
    nowhere = replace(post.office.settings, smtp_url=f"smtp://127.0.0.1:{free_port()}")
    return AppContext(nowhere, post.office.engine)


def recipients(post: PostOffice) -> list[str]:
    return sorted(to for to, _ in post.arrived())


def test_a_server_that_is_away_is_no_error_and_loses_nothing(post: PostOffice) -> None:
    done = send_letters(away(post), OPEN, "test")
    assert (done.written, done.accepted, done.pending) == (3, 0, 3)
    assert "cannot be reached" in done.trouble
    assert not done.is_complete
    let_pauses_run_out(post.office.engine)
    done = post.write(OPEN + DAY)
    assert (done.written, done.accepted, done.pending, done.trouble) == (0, 3, 0, "")
    assert recipients(post) == sorted(ALL)


def test_a_person_need_not_wait_for_the_next_attempt(post: PostOffice) -> None:
    send_letters(away(post), OPEN, "test")
    assert post.write(OPEN, at_once=True).accepted == 3


DOOMED = """
import sys
from datetime import datetime
sys.path[:0] = {paths!r}
from cpsa.services import dispatch_summary
from cpsa.services.agency_letters.send_letters import send_letters
from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment
from tests.unit.delivery import doomed_worker

doomed_worker.DoomedPort.dies = {dies!r}
dispatch_summary.SmtpPort = doomed_worker.DoomedPort
if {dies!r} == "planned":
    from cpsa.delivery import ledger
    ledger.dispatch = lambda *_: doomed_worker.die_at("planned", "planned")
office = AppContext.from_settings(from_environment({variables!r}))
send_letters(office, datetime.fromisoformat({now!r}), "doomed")
"""


def write_and_die(post: PostOffice, dies: str, now: datetime) -> None:
    """Correspond in a process of its own that is killed at a moment."""
    settings = post.office.settings
    variables = {
        "CPSA_HOME": str(settings.home),
        "CPSA_DATABASE_URL": post.office.engine.url.render_as_string(hide_password=False),
        "CPSA_SMTP_URL": settings.smtp_url,
    }
    paths = [str(INCLUDE), str(ROOT)]
    program = DOOMED.format(paths=paths, dies=dies, variables=variables, now=now.isoformat())
    ended = subprocess.run([sys.executable, "-c", program], env=os.environ, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


@pytest.mark.parametrize("dies", ["planned", "before_in_data"])
def test_killed_after_planning_the_letters_leave_once(post: PostOffice, dies: str) -> None:
    write_and_die(post, dies, OPEN)
    assert post.arrived() == []
    assert len(post.states(Q)) == 3
    let_leases_run_out(post.office.engine)
    assert post.write(OPEN).accepted == 3
    assert recipients(post) == sorted(ALL)


@pytest.mark.parametrize("dies", ["in_data", "after_reply"])
def test_killed_while_handing_over_a_letter_is_not_sent_twice(post: PostOffice, dies: str) -> None:
    write_and_die(post, dies, OPEN)
    let_leases_run_out(post.office.engine)
    done = post.write(OPEN)
    assert (done.accepted, done.uncertain, done.is_complete) == (2, 1, False)
    assert len(set(recipients(post))) == len(post.arrived())


def test_a_corrected_address_gets_the_letters_that_did_not_get_through(post: PostOffice) -> None:
    post.relay.on_rcpt = {"ia-a@example.org": ["550 no such user"]}
    assert post.write(OPEN).failed == 1
    assert post.write(OPEN + DAY).accepted == 0  # it stays failed until somebody corrects something
    post.register({A: Q, B: Q, C: Q}, OPEN + DAY, emails={A: "new@example.org"})
    done = post.write(OPEN + DAY)
    assert (done.written, done.readdressed, done.accepted, done.failed) == (0, 1, 1, 0)
    assert recipients(post) == sorted(("fc-c@example.org", "ia-b@example.org", "new@example.org"))
    assert post.write(OPEN + 2 * DAY).readdressed == 0


def test_an_address_that_is_none_fails_alone_and_can_be_mended(post: PostOffice) -> None:
    post.register({A: Q, B: Q, C: Q}, OPEN, emails={A: "at the office"})
    done = post.write(OPEN)
    assert (done.accepted, done.failed) == (2, 1)
    post.register({A: Q, B: Q, C: Q}, OPEN, emails={A: "ia-a@example.org"})
    assert post.write(OPEN).accepted == 1


def test_a_reminder_that_waited_too_long_is_taken_back(post: PostOffice) -> None:
    post.write(OPEN)
    nine = OPEN + 14 * DAY + timedelta(hours=3)
    assert remind_agencies(away(post), nine, "test").pending == 3
    post.clerk.send(A, Q, at=nine)
    check_quarter(post.office, QUARTER, nine)
    let_pauses_run_out(post.office.engine)
    done = post.remind(nine + DAY)
    assert (done.withdrawn, done.accepted) == (1, 2)
    reminded = {to for to, slot in post.arrived() if "REMINDER" in slot}
    assert reminded == {"ia-b@example.org", "fc-c@example.org"}
    assert post.states(Q)[A, "reminder-before-5"] == "superseded"


def test_an_older_step_that_waited_gives_way_to_the_newest(post: PostOffice) -> None:
    post.write(OPEN)
    nine = OPEN + 14 * DAY + timedelta(hours=3)
    remind_agencies(away(post), nine, "test")
    done = post.remind(nine + 6 * DAY)
    assert (done.withdrawn, done.written) == (3, 3)
    assert {slot for _, slot in post.arrived()[3:]} == {"REMINDER-AFTER-1"}


def test_two_workers_at_once_send_each_letter_once(post: PostOffice) -> None:
    settings = post.office.settings
    program = """
import sys
from datetime import datetime
sys.path[:0] = [sys.argv[1]]
from cpsa.services.agency_letters.send_letters import send_letters
from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment
variables = dict(zip(("CPSA_HOME", "CPSA_DATABASE_URL", "CPSA_SMTP_URL"), sys.argv[3:]))
office = AppContext.from_settings(from_environment(variables))
print(send_letters(office, datetime.fromisoformat(sys.argv[2]), sys.argv[0]).accepted)
"""
    url = post.office.engine.url.render_as_string(hide_password=False)
    words = [str(INCLUDE), OPEN.isoformat(), str(settings.home), url, settings.smtp_url]
    workers = [
        subprocess.Popen([sys.executable, "-c", program, *words], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    accepted = [int(worker.communicate(timeout=120)[0]) for worker in workers]
    assert sum(accepted) == 3
    assert recipients(post) == sorted(ALL)


def test_only_one_quarter_on_request(post: PostOffice) -> None:
    assert post.write(OPEN, quarter=QUARTER + -1).written == 0
    assert post.write(OPEN, quarter=QUARTER).accepted == 3
