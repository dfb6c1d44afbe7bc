"""A receipt waits, and the result of the check takes its place: never none of the two, never two."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import select
from tests.factories import INCLUDE, ROOT, day_after_quarter
from tests.stores import fill_office
from tests.unit.delivery.rig import Relay, let_leases_run_out, serving
from tests.unit.services.post_office import PostOffice, database_clock

from cpsa.calendar import Quarter
from cpsa.letters.letter_policy import LetterPolicy
from cpsa.services.agency_letters import provisional_receipts
from cpsa.services.agency_letters.letter_review import review_letters
from cpsa.services.agency_letters.send_letters import send_letters
from cpsa.services.app_context import AppContext
from cpsa.store.tables.dispatch_tables import dispatch

Q = "2026-27-Q2"
QUARTER = Quarter.parse(Q)
NOW = day_after_quarter(Q)
WRONG = {"OP1": "12 approx"}
WAIT = provisional_receipts.RECEIPT_DELAY
A, B = "IA-A", "IA-B"
TO_A = "ia-a@example.org"
SENDING = "cpsa.services.agency_letters.send_letters"


@pytest.fixture
def post(office: AppContext, tmp_path: Path) -> Iterator[PostOffice]:
    """An agency in an open quarter that has sent its update; nobody has looked at it yet."""
    with serving(Relay()) as relay:
        opened = PostOffice.opened(office, relay, tmp_path)

        def begin() -> None:
            opened.register({A: Q, B: Q}, QUARTER.opens_at)
            opened.open(Q)
            opened.write(QUARTER.opens_at)
            opened.clerk.send(A, Q)

        fill_office(office, "an update that waits for its receipt", begin)
        yield opened


def sent(post: PostOffice) -> list[str]:
    """Which letters about its file the agency got."""
    return [slot for to, slot in post.arrived() if to == TO_A and slot != "REQUEST"]


def test_a_receipt_is_sent_after_two_minutes_where_no_result_comes(post: PostOffice) -> None:
    done = post.write(NOW)
    assert (done.written, done.accepted, done.pending, done.is_complete) == (1, 0, 0, True)
    assert post.write(NOW + WAIT - timedelta(seconds=1), at_once=True).accepted == 0
    assert sent(post) == []
    assert post.write(NOW + WAIT).accepted == 1
    assert sent(post) == ["RECEIPT-V1"]
    post.clerk.check(Q)
    post.write(NOW + WAIT)
    assert sent(post) == ["RECEIPT-V1", "ACCEPTED-V1"]


def test_the_result_takes_the_place_of_a_receipt_that_waits(post: PostOffice) -> None:
    post.write(NOW)
    post.clerk.check(Q)
    post.write(NOW + timedelta(minutes=1))
    post.write(NOW + timedelta(hours=1), at_once=True)
    assert sent(post) == ["ACCEPTED-V1"]
    assert post.states(Q)[A, "receipt-v1"] == "superseded"
    assert not post.owed(NOW + timedelta(hours=1))


def test_where_both_are_due_at_once_only_the_result_is_written(post: PostOffice) -> None:
    post.clerk.check(Q)
    assert post.owed(NOW) == {(A, "accepted-v1")}
    post.write(NOW)
    post.write(NOW + WAIT)
    assert sent(post) == ["ACCEPTED-V1"]
    assert (A, "receipt-v1") not in post.states(Q)


def test_the_receipt_comes_back_where_its_result_is_withdrawn_unsent(post: PostOffice) -> None:
    """A newer file came before the result of the first was sent: the first had no answer yet."""
    post.write(NOW)
    post.clerk.check(Q)
    with patch(f"{SENDING}._send_due_mails", lambda *given, **_: given[1]):
        post.write(NOW)
    assert post.states(Q)[A, "receipt-v1"] == "superseded"
    post.clerk.send(A, Q, {"A1": 3, "A2": 2})
    post.write(NOW + WAIT)
    assert post.states(Q)[A, "accepted-v1"] == "superseded"
    assert sent(post) == ["RECEIPT-V1"]
    post.write(NOW + 2 * WAIT)
    assert sent(post) == ["RECEIPT-V1", "RECEIPT-V2"]


def test_a_result_that_the_remindings_find_due_takes_no_receipt_away(post: PostOffice) -> None:
    """They write no results: until one is written the receipt stays as it is."""
    post.write(NOW)
    post.clerk.check(Q)
    post.remind(NOW)
    assert post.states(Q)[A, "receipt-v1"] == "pending"


def test_two_writers_at_once_never_plan_both(post: PostOffice) -> None:
    """One looked before the check and writes the receipt after the other wrote the result."""
    policy = LetterPolicy.load(post.office.settings.reference)
    before = review_letters(post.office, NOW, policy)
    assert [one.slot for one in before.unwritten if one.agency == A] == ["receipt-v1"]
    post.clerk.check(Q)
    post.write(NOW)
    with database_clock(NOW), patch(f"{SENDING}.review_letters", lambda *_: before):
        send_letters(post.office, NOW, "slow")
    assert (A, "receipt-v1") not in post.states(Q)
    post.write(NOW + WAIT)
    assert sent(post) == ["ACCEPTED-V1"]


def test_a_receipt_claimed_but_not_promised_gives_way(post: PostOffice) -> None:
    post.write(NOW)
    post.clerk.check(Q)
    write_and_die(post, "before_in_data", NOW + WAIT, "claims the receipt")
    assert sent(post) == []
    post.write(NOW + WAIT)
    let_leases_run_out(post.office.engine)
    post.write(NOW + 2 * WAIT)
    assert sent(post) == ["ACCEPTED-V1"]


DOOMED = """
import os, signal, sys
from datetime import datetime
sys.path[:0] = {paths!r}
from cpsa.delivery import ledger, mail_plan
from cpsa.services import dispatch_summary
from cpsa.services.agency_letters.send_letters import send_letters
from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment
from cpsa.store.queries import dispatch_queries
from tests.unit.delivery import doomed_worker

now = datetime.fromisoformat({now!r})
dispatch_queries.clock = lambda _: now
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
dies = {dies!r}
doomed_worker.DoomedPort.dies = dies
dispatch_summary.SmtpPort = doomed_worker.DoomedPort
if dies == "inserted":  # planned, the receipt not replaced yet, nothing committed
    mail_plan.replace_provisional_mails = die
if dies == "replaced":  # both steps done, nothing committed
    replace = mail_plan.replace_provisional_mails
    mail_plan.replace_provisional_mails = lambda *given: (replace(*given), die())
if dies == "planned":
    ledger.dispatch = die
office = AppContext.from_settings(from_environment({variables!r}))
if {how!r} == "claims the receipt":  # as a worker that looks at nothing but the ledger
    with dispatch_summary.open_mail_port(office) as port:
        ledger.dispatch(office.engine, {quarter!r}, port, "doomed")
else:
    send_letters(office, now, "doomed")
"""


def write_and_die(post: PostOffice, dies: str, now: datetime, how: str = "") -> None:
    """Correspond in a process of its own that is killed at a moment."""
    settings = post.office.settings
    variables = {
        "CPSA_HOME": str(settings.home),
        "CPSA_DATABASE_URL": post.office.engine.url.render_as_string(hide_password=False),
        "CPSA_SMTP_URL": settings.smtp_url,
    }
    paths = [str(INCLUDE), str(ROOT)]
    program = DOOMED.format(
        paths=paths, dies=dies, variables=variables, now=now.isoformat(), how=how, quarter=Q
    )
    ended = subprocess.run([sys.executable, "-c", program], env=os.environ, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


MOMENTS = ("inserted", "replaced", "planned", "before_in_data", "in_data", "after_reply")


@pytest.mark.nightly
@pytest.mark.parametrize("with_receipt", [True, False], ids=["receipt waits", "none yet"])
@pytest.mark.parametrize("dies", MOMENTS)
def test_killed_anywhere_the_agency_gets_one_letter(
    post: PostOffice, dies: str, with_receipt: bool
) -> None:
    """The result is written and sent by a process killed at this moment; another one goes on."""
    if with_receipt:
        post.write(NOW)
    post.clerk.check(Q)
    write_and_die(post, dies, NOW + timedelta(minutes=1))
    let_leases_run_out(post.office.engine)
    post.write(NOW + WAIT)
    post.write(NOW + timedelta(hours=1))
    about = {slot: state for (to, slot), state in post.states(Q).items() if to == A}
    if dies in ("in_data", "after_reply"):  # perhaps sent: a person settles it, nobody sends again
        assert about["accepted-v1"] == "uncertain"
        assert sent(post) == (["ACCEPTED-V1"] if dies == "after_reply" else [])
    else:
        assert sent(post) == ["ACCEPTED-V1"]
    assert about.get("receipt-v1", "superseded") == "superseded"


@pytest.mark.nightly
@pytest.mark.parametrize("dies", ["inserted", "planned", "before_in_data", "in_data"])
def test_killed_over_the_receipt_alone_it_is_sent_once(post: PostOffice, dies: str) -> None:
    """No check comes: the receipt is written, or sent after its time, by a process that is killed."""
    if dies in ("before_in_data", "in_data"):
        post.write(NOW)
        write_and_die(post, dies, NOW + WAIT)
    else:
        write_and_die(post, dies, NOW)
    let_leases_run_out(post.office.engine)
    post.write(NOW + WAIT)
    post.write(NOW + 2 * WAIT)
    if dies == "in_data":
        assert post.states(Q)[A, "receipt-v1"] == "uncertain"
        assert sent(post) == []
    else:
        assert sent(post) == ["RECEIPT-V1"]


def test_a_receipt_of_an_earlier_version_of_the_program_has_no_time_to_wait_for(
    post: PostOffice,
) -> None:
    """It waited in the ledger when the program was upgraded: it is sent as it would have been."""
    post.write(NOW)
    with post.office.engine.begin() as connection:
        connection.execute(dispatch.update().values(not_before=None))
        slots = select(dispatch.c.slot).where(dispatch.c.state == "pending")
        assert list(connection.execute(slots).scalars()) == ["receipt-v1"]
    post.write(NOW)
    assert sent(post) == ["RECEIPT-V1"]
