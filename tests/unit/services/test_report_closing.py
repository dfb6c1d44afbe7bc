"""Ops hear once that a closing waits for a channel, and once that it was done without one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch import mail_outbox
from cpsa.services.quarter.report_closing import report_closing
from cpsa.services.service_results import CloseQuarterResult

QUARTER = Quarter.parse("2026-27-Q2")
NOW = QUARTER.closes_at
READ = CloseQuarterResult(QUARTER.key, 1, True, 20, 18)
WAITS = CloseQuarterResult.postponed(QUARTER.key, channels=("mailbox",))
WITHOUT = CloseQuarterResult(QUARTER.key, 1, True, 20, 18, unread=("mailbox",))


def slots(office: AppContext) -> list[str]:
    return sorted(line.slot for line in mail_outbox.list_mails(office, f"{QUARTER.key}-notice"))


@pytest.mark.parametrize(
    ("closed", "expected"),
    [(READ, []), (WAITS, ["closing waits"]), (WITHOUT, ["closing without"])],
)
def test_each_is_reported_once(
    office: AppContext, closed: CloseQuarterResult, expected: list[str]
) -> None:
    for hours in (0, 1):
        report_closing(office, closed, "/cpsa", NOW + timedelta(hours=hours), "w")
    assert slots(office) == expected
