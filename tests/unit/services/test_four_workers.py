"""Four processes send one half-year at the same time, on PostgreSQL: one mail to each seat."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.factories import INCLUDE
from tests.stores import empty_postgresql
from tests.unit.delivery.rig import Relay
from tests.unit.services.leaving import HALF, built_office

from cpsa.services.dispatch import mail_outbox
from cpsa.services.dispatch.plan_dispatch import plan_dispatch

pytestmark = pytest.mark.slow

PROGRAM = """
import sys
from datetime import datetime
from cpsa.calendar import HalfYear
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
from cpsa.settings import from_environment
import os
office = AppContext.from_settings(from_environment(os.environ))
half = HalfYear.parse(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(dispatch_half_year(office, half, half.dispatch_at, sys.argv[2], at_once=True).accepted)
"""


@pytest.fixture
def empty_store(postgresql_store: str) -> str:
    empty_postgresql(postgresql_store)
    return postgresql_store


def test_four_at_once_send_one_mail_to_each(empty_store: str, tmp_path: Path, relay: Relay):
    office = built_office(tmp_path / "home", empty_store)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CPSA_")},
        "PYTHONPATH": str(INCLUDE),
        "CPSA_HOME": str(tmp_path / "home"),
        "CPSA_DATABASE_URL": empty_store,
        "CPSA_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
    }
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, HALF.key, f"worker {number}"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    accepted = [int(worker.communicate(timeout=300)[0]) for worker in workers]
    assert sum(accepted) == 13
    received = Counter(mail["To"].addresses[0].addr_spec for mail in relay.mails)
    assert len(received) == 13
    assert set(received.values()) == {1}
    assert {line.state for line in mail_outbox.list_mails(office, HALF.key)} == {"accepted"}
    assert plan_dispatch(office, HALF, HALF.dispatch_at).messages == ()
    office.engine.dispose()
