"""The small form of the trial of many mails: a tenth hostile, what reads them killed every twenty."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.mailserver import MailServer
from tests.soak.mails.mail_trial import run_mail_trial

pytestmark = pytest.mark.nightly


def test_each_mail_ends_as_its_kind_must_while_its_readers_die(
    mail_server: MailServer, database_url: str, tmp_path: Path
) -> None:
    tried = run_mail_trial(tmp_path / "trial", database_url, mail_server, 120, 20, 15)
    assert tried.faults == ()
    assert (tried.mails, tried.hostile, tried.kills) == (120, 12, 12)
    assert tried.accepted > 100
