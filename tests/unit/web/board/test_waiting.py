"""What needs attention: each kind alone and in pairs, as it is shown, and nothing once settled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from tests.unit.web.board import waiting_parts as parts
from tests.unit.web.board.waiting_parts import NOW, PARTS, Part

from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment
from cpsa.web.board.work_items import (
    MISSED_SCANS,
    SCAN_INTERVAL,
    WorkItem,
    WorkItemKind,
    list_work_items,
)

FROM_AIRFLOW = {
    *(WorkItemKind.SCHEDULER_DOWN, WorkItemKind.RUN_FAILED),
    *(WorkItemKind.RUN_STUCK, WorkItemKind.QUESTION),
}
# Settled by time alone.
FADES = {WorkItemKind.REFUSED: timedelta(days=31)}
CANNOT_BE_TOGETHER = (
    # Closing the quarter is what makes the other's letters due.
    {WorkItemKind.QUARTER_OVERDUE, WorkItemKind.LETTERS_ON_HOLD},
    # A quarter is not closed while an older one is open.
    {WorkItemKind.QUARTER_OVERDUE, WorkItemKind.QUARTER_UNDONE},
    # What is admitted to a closed quarter computes the later ones again; this one has no figures.
    {WorkItemKind.QUARTER_UNDONE, WorkItemKind.LOCKED_OUT},
)


@pytest.fixture(scope="module")
def prepared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which nothing waits, made once and copied for each pair."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copy(sqlite_template, folder / "cpsa.db")
    office = opened(folder)
    parts.base(office, folder)
    with office.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    office.engine.dispose()
    return folder


def opened(folder: Path) -> AppContext:
    variables = {
        "CPSA_HOME": str(folder / "home"),
        "CPSA_DATABASE_URL": f"sqlite:///{folder / 'cpsa.db'}",
    }
    return AppContext.from_settings(from_environment(variables))


@pytest.fixture
def copied(prepared: Path, tmp_path: Path) -> Iterator[AppContext]:
    shutil.copytree(prepared, tmp_path / "copy")
    office = opened(tmp_path / "copy")
    yield office
    office.engine.dispose()


def listed(office: AppContext, part: Part, now=NOW) -> list[WorkItem]:
    return list_work_items(part.office(office), now)


def test_every_kind_is_tried() -> None:
    assert {part.kind for part in PARTS} | FROM_AIRFLOW == set(WorkItemKind)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.kind)
def test_alone_it_is_shown_and_gone_once_settled(
    office: AppContext, tmp_path: Path, part: Part
) -> None:
    parts.base(office, tmp_path)
    assert list_work_items(office, NOW) == []
    part.make(office, tmp_path)
    (item,) = listed(office, part)
    assert (item.kind, item.count) == (part.kind, part.count)
    words = {"next": parts.next_try(office)}
    assert item.text("en") == part.english.format(**words)
    assert item.text("hi") == part.hindi.format(**words)
    assert item.address
    assert not item.address.startswith("/")
    part.settle(office, tmp_path)
    assert listed(office, part, NOW + FADES.get(part.kind, timedelta())) == []


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(*pair, id="+".join(part.kind for part in pair))
        for pair in combinations(PARTS, 2)
        if {part.kind for part in pair} not in CANNOT_BE_TOGETHER
    ],
)
def test_in_pairs_both_are_shown_until_each_is_settled(
    copied: AppContext, tmp_path: Path, first: Part, second: Part
) -> None:
    office = AppContext(
        replace(copied.settings, **first.settings, **second.settings), copied.engine
    )
    for part in (first, second):
        part.make(office, tmp_path)
    items = list_work_items(office, NOW)
    assert {item.kind for item in items} == {first.kind, second.kind}
    assert [item.since for item in items] == sorted(item.since for item in items)
    first.settle(office, tmp_path)
    left = {item.kind for item in list_work_items(office, NOW) if item.kind not in FADES}
    assert left == {second.kind} - set(FADES)
    second.settle(office, tmp_path)
    if first.kind is WorkItemKind.LETTERS_ON_HOLD:
        first.settle(office, tmp_path)  # what settles the second may be a letter's reason
    assert {item.kind for item in list_work_items(office, NOW)} <= set(FADES)


def test_a_channel_that_nobody_has_read_for_three_rounds(copied: AppContext) -> None:
    parts.scan(copied, 46)
    (item,) = list_work_items(copied, NOW)
    assert (item.kind, item.since) == (WorkItemKind.CHANNEL_UNREAD, NOW - timedelta(minutes=46))
    assert list_work_items(copied, NOW - timedelta(minutes=46) + MISSED_SCANS * SCAN_INTERVAL) == []


@pytest.mark.parametrize(
    ("channel", "setting", "text"),
    [
        ("mail", "imap_url", "Cannot be read: the mailbox"),
        ("bounces", "bounces_url", "Cannot be read: the mailbox of undelivered mail"),
    ],
)
def test_each_channel_counts_while_it_is_configured(
    copied: AppContext, channel: str, setting: str, text: str
) -> None:
    parts.scan(copied, 5, "channels.unreachable", channel)
    assert list_work_items(copied, NOW) == []
    settings = replace(copied.settings, **{setting: "imaps://user:secret@mail.example.org"})
    (item,) = list_work_items(AppContext(settings, copied.engine), NOW)
    assert item.text("en") == text


def test_a_planned_mail_that_nobody_tried(copied: AppContext) -> None:
    from cpsa.delivery import ledger

    ledger.plan_mails(copied.engine, [parts.mail(parts.Q4, "closing", "IA-A")], NOW)
    assert list_work_items(copied, NOW + timedelta(minutes=59)) == []
    (item,) = list_work_items(copied, NOW + timedelta(minutes=61))
    assert item.text("en") == "1 mail is waiting; next attempt with the next run: no attempt yet"
    assert item.since == NOW


def test_what_a_server_said_of_a_person_is_not_shown(copied: AppContext) -> None:
    from cpsa.web.board.board_lists import load_mail_list

    parts.refused(copied, Path())
    lines = load_mail_list(copied, NOW)
    assert [line.recipient for line in lines] == ["FC-A", "IA-A"]
    assert {line.why("en") for line in lines} == {"The server refused it: 550 no <…@…>"}


def test_a_half_year_of_old_quarters_was_never_to_be_sent(copied: AppContext) -> None:
    """Quarters that were opened after their windows are replayed: nobody waits for their mail."""
    from cpsa.calendar import Quarter
    from cpsa.services.quarter.close_quarter import close_quarter
    from cpsa.services.quarter.open_quarter import open_quarter

    quarter = Quarter.parse(parts.Q2)
    open_quarter(copied, quarter, NOW - timedelta(days=1), "ops")
    close_quarter(copied, quarter, NOW)
    assert list_work_items(copied, NOW) == []
