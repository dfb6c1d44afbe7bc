"""The daily digest: what waits, by mail to ops, once a day and only if anything does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.delivery.rig import Relay
from tests.unit.web.board import waiting_parts as parts
from tests.unit.web.board.waiting_parts import NOW

from cpsa.services.app_context import AppContext
from cpsa.services.notify_ops import TaskFailure, notify_of_failure
from cpsa.store.database import write_transaction
from cpsa.store.queries import question_queries
from cpsa.web.board.daily_digest import list_recent_failures, send_daily_digest
from cpsa.web.board.known_items import list_known_items
from cpsa.web.board.work_items import WorkItem, WorkItemKind

BOARD = "https://airflow.example.org/cpsa"
DAY = timedelta(days=1)


@pytest.fixture
def ours(office: AppContext, relay: Relay, tmp_path: Path) -> AppContext:
    """Nothing needs attention; mail goes to a real server of this machine."""
    parts.base(office, tmp_path)
    smtp = f"smtp://127.0.0.1:{relay.port}"
    settings = replace(office.settings, smtp_url=smtp, ops_mail="ops@example.org")
    return AppContext(settings, office.engine)


def digest(office: AppContext, at=NOW, *items: WorkItem):
    return send_daily_digest(office, items, BOARD, at, "test")


def text(relay: Relay) -> str:
    return relay.mails[-1].get_body(("plain",)).get_content()


def test_nothing_is_written_where_nothing_waits(ours: AppContext, relay: Relay) -> None:
    assert digest(ours) is None
    assert relay.mails == []


def test_ops_get_the_list_once_a_day(ours: AppContext, relay: Relay, tmp_path: Path) -> None:
    parts.refused(ours, tmp_path)
    run = "https://airflow.example.org/dags/collect_updates/runs/1"
    named = {"run": "collect_updates run 1"}
    failed = WorkItem(WorkItemKind.RUN_FAILED, NOW - 3 * DAY, 1, run, named)
    assert digest(ours, NOW, failed).accepted == 1
    assert digest(ours, NOW, failed).accepted == 0
    (mail,) = relay.mails
    assert mail["To"].addresses[0].addr_spec == "ops@example.org"
    assert mail["Subject"] == "Needs attention: 2"
    lines = text(relay).split("\n\n")
    assert lines[1] == f"collect_updates run 1 failed (since 30-07-2026 12:00): {run}"
    assert lines[2].startswith("2 mails were refused, or all attempts to send them failed (since ")
    assert lines[2].rstrip().endswith(f"): {BOARD}/mail")
    html = mail.get_body(("html",)).get_content()
    assert f'<a href="{BOARD}/mail"' in html
    assert digest(ours, NOW + DAY, failed).accepted == 1
    assert len(relay.mails) == 2


def test_in_hindi(ours: AppContext, relay: Relay, tmp_path: Path) -> None:
    parts.refused(ours, tmp_path)
    hindi = AppContext(replace(ours.settings, language="hi"), ours.engine)
    assert digest(hindi).accepted == 1
    assert relay.mails[0]["Subject"] == "निर्णय या कार्रवाई शेष: 1"
    assert "2 ई-मेल अस्वीकृत हुए, या उन्हें भेजने के सभी प्रयास विफल रहे" in text(relay)


def test_open_questions_come_from_the_store(ours: AppContext, relay: Relay) -> None:
    with write_transaction(ours.engine) as connection:
        for kind, half in (("dispatch", parts.HALF.key), ("backfill", "")):
            row = {"kind": kind, "half": half, "edition": "", "documents": []}
            question_queries.add_question(connection, **row, asked_at=NOW - DAY, asked_by_run="run")
    assert [item.text("en") for item in list_known_items(ours, NOW)] == [
        "backfill_quarters: a question waits for an answer",
        f"dispatch_half_year {parts.HALF.key}: a question waits for an answer",
    ]
    assert digest(ours).accepted == 1


def test_failed_runs_of_the_last_day_are_known_by_their_notices(ours: AppContext) -> None:
    failure = TaskFailure(
        *("collect_updates", "import_folder", "manual__2026-08-02T06:00:00+00:00", 5),
        *("RuntimeError", BOARD, f"{BOARD}/log"),
        batch="IA-A to IA-B",
    )
    notify_of_failure(ours, failure, NOW - DAY / 2, "test")
    notify_of_failure(ours, replace(failure, step="another"), NOW - DAY / 3, "test")
    (found,) = list_recent_failures(ours, NOW)
    assert (found.dag, found.run) == ("collect_updates", "manual__2026-08-02T06:00:00+00:00")
    assert found.since == NOW - DAY / 2
    assert list_recent_failures(ours, NOW + DAY) == []


def test_a_server_that_is_away_keeps_the_digest_for_later(ours: AppContext, tmp_path: Path) -> None:
    parts.refused(ours, tmp_path)
    away = AppContext(replace(ours.settings, smtp_url="smtp://127.0.0.1:9"), ours.engine)
    assert digest(away).pending == 1
    kinds = {item.kind for item in list_known_items(away, NOW)}
    assert kinds == {WorkItemKind.MAIL_FAILED, WorkItemKind.MAIL_PENDING}
