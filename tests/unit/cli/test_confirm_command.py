"""``cpsa confirm`` and ``cpsa arrivals --awaiting``."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.factories import put, update
from tests.unit.cli import test_letter_commands
from tests.unit.cli.test_letter_commands import OPEN, Q

from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import IncomingFile
from cpsa.intake.channels.mail_authentication import Proof, UnprovenSender
from cpsa.services.app_context import AppContext
from cpsa.services.collection.mail_trust import await_sender_confirmation
from cpsa.settings import from_environment

cpsa = test_letter_commands.cpsa  # its fixture


def unproven(cpsa, tmp_path: Path, *values: int) -> None:
    """An accepted update, and files of mails that would replace it."""
    assert cpsa("collect", str(put(tmp_path, "IA-A", Q, update("IA-A", Q)))).exit_code == 0
    office = AppContext.from_settings(from_environment(os.environ))
    for number, value in enumerate(values):
        content = update("IA-A", Q, {"A1": value})
        arrival = Arrival("mail", f"<{number}@x>", "u.csv", content, "IA-A", Q, OPEN)
        sender = UnprovenSender("ia-a@example.org", Proof.FAILED)
        assert await_sender_confirmation(office, IncomingFile(arrival), sender, OPEN) is not None
    office.engine.dispose()


def test_what_awaits_is_listed_confirmed_or_refused(cpsa, tmp_path: Path) -> None:
    unproven(cpsa, tmp_path, 1, 2)
    rows = json.loads(cpsa("arrivals", "--awaiting", "--format", "json").stdout)
    assert [(row["number"], row["party"], row["reason"]) for row in rows] == [
        (1, "IA-A", "replaces_update"),
        (2, "IA-A", "replaces_update"),
    ]
    assert "would replace an accepted update" in cpsa("arrivals", "--awaiting").stdout
    assert len(json.loads(cpsa("arrivals", "--format", "json").stdout)) == 1, "counts nowhere"
    refused = cpsa("confirm", "1", "--refuse", "--reason", "The office did not send it")
    assert (refused.exit_code, "refused" in refused.stdout) == (0, True)
    confirmed = cpsa("confirm", "2", "--reason", "telephone")
    assert (confirmed.exit_code, "Arrival 2 is confirmed" in confirmed.stdout) == (0, True)
    assert json.loads(cpsa("arrivals", "--awaiting", "--format", "json").stdout) == []
    listed = json.loads(cpsa("arrivals", "--format", "json").stdout)
    assert [row["outcome"] for row in listed] == ["new", "refused", "new"]
    audit = cpsa("audit").stdout
    assert "confirmed a file received by mail" in audit
    assert "refused a file received by mail" in audit
