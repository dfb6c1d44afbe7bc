"""When a quarter can be opened, closed and opened again; what closing imports and waits for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from tests.factories import Clerk, RegistryFolder, put, update

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.import_new_files import import_new_files
from cpsa.services.publication.publish_quarter import publish_quarter
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.check_updates import check_quarter, check_updates
from cpsa.services.quarter.close_quarter import close_quarter, is_quarter_closed
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.quarter.undo_closing import undo_closing
from cpsa.services.reports.list_audit_entries import list_audit_entries
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import closing_queries, quarter_queries
from cpsa.store.tables.dispatch_tables import MailState, dispatch
from cpsa.store.tables.document_tables import document

pytestmark = pytest.mark.slow

Q1, Q2, Q3 = (Quarter.parse(f"2026-27-Q{number}") for number in (1, 2, 3))
A, B = "IA-A", "FC-B"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHO, WHY = "asha", "as agreed"


@pytest.fixture
def office(office: AppContext, tmp_path: Path) -> Iterator[AppContext]:
    """Two agencies from 2026-27-Q1 on, nothing opened."""
    registry = RegistryFolder(agencies={A: Q1.key, B: Q1.key})
    registry.load(office, tmp_path / "registry", Q1.opens_at)
    return office


@pytest.fixture
def clerk(office: AppContext, tmp_path: Path) -> Clerk:
    return Clerk(office, tmp_path / "sent")


def refused(key: str):
    return pytest.raises(RequestError, check=lambda error: error.key == key)


def requested(office: AppContext, quarter: Quarter, at: datetime, *agencies: str) -> None:
    """As if the mail server had accepted these agencies' requests then."""
    with write_transaction(office.engine) as connection:
        for agency in agencies or (A, B):
            assert quarter_queries.record_request(connection, quarter.key, agency, at, "test")


def audited(office: AppContext) -> list[tuple[str, str, str, str]]:
    columns = ["who", "verb", "subject", "reason"]
    return list(list_audit_entries(office)[columns].itertuples(index=False, name=None))


def versions(office: AppContext, quarter: Quarter) -> tuple[str, int]:
    with read_transaction(office.engine) as connection:
        newest = closing_queries.find_newest_version(connection, quarter.key)
    assert newest is not None
    return newest["kind"], newest["version"]


def rates(office: AppContext, quarter: Quarter, form: str = "IA") -> tuple:
    row = list_reporting(office, quarter).set_index("form").loc[form]
    return tuple(row[["expected", "received", "on_time", "on_time_rate", "not_requested"]])


# Refusals


def test_a_quarter_that_has_not_ended_is_neither_opened_nor_closed(office: AppContext) -> None:
    now = Q2.starts_at + DAY
    with refused("window.not_ended_to_open"):
        open_quarter(office, Q2, now, WHO)
    for who in ("", WHO):
        with refused("window.not_ended"):
            close_quarter(office, Q2, now, who)
    with refused("window.not_ended"):
        close_quarter(office, Q2, now, WHO, WHY, early=True)
    assert audited(office) == []


def test_nothing_is_opened_before_the_first_quarter_was_opened_by_a_person(
    office: AppContext,
) -> None:
    assert not open_quarter(office, Q1, Q1.opens_at).is_open
    assert open_quarter(office, Q2, Q2.opens_at, WHO).new == 2
    with refused("window.before_first"):
        open_quarter(office, Q1, Q2.opens_at, WHO)
    assert open_quarter(office, Q3, Q3.opens_at).new == 2, "from then on by its schedule"


def test_the_first_quarter_is_the_oldest_in_the_store(office: AppContext, clerk: Clerk) -> None:
    clerk.send(A, Q1.key)
    clerk.close(Q1.key)
    open_quarter(office, Q2, Q2.opens_at, WHO)
    with read_transaction(office.engine) as connection:
        assert quarter_queries.find_setting(connection, quarter_queries.FIRST_QUARTER) == Q1.key


def test_a_quarter_nobody_opened_is_not_closed_by_its_schedule(office: AppContext) -> None:
    closed = close_quarter(office, Q2, Q2.closes_at)
    assert (closed.is_closed, closed.expected) == (False, 0)
    assert list_reporting(office, Q2).empty


def test_before_the_window_ends_only_early_with_everything_accepted(
    office: AppContext, clerk: Clerk
) -> None:
    open_quarter(office, Q1, Q1.opens_at, WHO)
    clerk.send(A, Q1.key)
    now = Q1.opens_at + 10 * DAY
    for who in ("", WHO):
        with refused("window.window_open"):
            close_quarter(office, Q1, now, who)
    with refused("cycle.no_reason"):
        close_quarter(office, Q1, now, WHO, early=True)
    with refused("window.not_all_accepted"):
        close_quarter(office, Q1, now, WHO, WHY, early=True)
    clerk.send(B, Q1.key)
    assert close_quarter(office, Q1, now, WHO, WHY, early=True).accepted == 2
    assert audited(office)[-1] == (WHO, "close", Q1.key, WHY)


def test_while_the_clock_is_behind_nothing_is_closed(office: AppContext, clerk: Clerk) -> None:
    newest = Q1.closes_at + DAY
    clerk.send(A, Q1.key, at=newest)
    with refused("window.clock"):
        close_quarter(office, Q1, newest - timedelta(minutes=5, seconds=1), WHO)
    assert close_quarter(office, Q1, newest - timedelta(minutes=5), WHO).is_closed


def test_every_closing_by_hand_is_kept_with_who_and_why(office: AppContext, clerk: Clerk) -> None:
    clerk.send(A, Q1.key)
    clerk.send(A, Q2.key)
    close_quarter(office, Q2, Q2.closes_at, WHO, WHY)
    kept = [(WHO, "close", quarter.key, WHY) for quarter in (Q1, Q2)]
    assert audited(office)[-2:] == kept, "an older one that was closed with it too"


# Undoing


def opened_and_closed(office: AppContext, clerk: Clerk) -> None:
    open_quarter(office, Q1, Q1.opens_at, WHO)
    clerk.send(A, Q1.key)
    close_quarter(office, Q1, Q1.closes_at)


def test_undoing_opens_the_quarter_and_checks_what_was_locked_out(
    office: AppContext, clerk: Clerk
) -> None:
    opened_and_closed(office, clerk)
    clerk.send(B, Q1.key, at=Q1.closes_at + HOUR)
    check_quarter(office, Q1, Q1.closes_at + HOUR)
    now = Q1.closes_at + DAY
    undone = undo_closing(office, Q1, now, WHO, WHY)
    assert (undone.checked, undone.not_ended) == (1, False)
    assert versions(office, Q1) == ("withdrawn", 2)
    assert not is_quarter_closed(office, Q1)
    states = pd.DataFrame(list_obligations(office, Q1)).set_index("agency")["state"]
    assert dict(states) == {A: "accepted", B: "accepted"}
    assert audited(office)[-1] == (WHO, "undo close", Q1.key, WHY)
    with refused("window.undone"):
        close_quarter(office, Q1, now + DAY)
    again = close_quarter(office, Q1, now + DAY, WHO)
    assert (again.version, again.accepted) == (3, 2)


def test_only_the_newest_closed_quarter_can_be_undone_with_who_and_why(
    office: AppContext, clerk: Clerk
) -> None:
    opened_and_closed(office, clerk)
    clerk.send(A, Q2.key)
    close_quarter(office, Q2, Q2.closes_at, WHO)
    now = Q2.closes_at + DAY
    with refused("window.not_newest"):
        undo_closing(office, Q1, now, WHO, WHY)
    with refused("window.not_closed"):
        undo_closing(office, Q3, now, WHO, WHY)
    with refused("cycle.no_reason"):
        undo_closing(office, Q2, now, WHO, " ")
    with refused("window.who"):
        undo_closing(office, Q2, now, "", WHY)


@pytest.mark.parametrize(
    ("state", "slot", "period", "undone"),
    [
        (MailState.ACCEPTED, "pack", "2026-27-H1", False),
        (MailState.UNCERTAIN, "pack", "2026-27-Q1", False),
        (MailState.BOUNCED, "pack", "2026-27", False),
        (MailState.PENDING, "pack", "2026-27-H1", True),
        (MailState.ACCEPTED, "pack", "2025-26-H2", True),
        (MailState.ACCEPTED, "closing", "2026-27-H1", True),
    ],
)
def test_undoing_is_refused_once_a_pack_with_its_documents_was_handed_over(
    office: AppContext, clerk: Clerk, state: MailState, slot: str, period: str, undone: bool
) -> None:
    opened_and_closed(office, clerk)
    now = Q1.closes_at + DAY
    with write_transaction(office.engine) as connection:
        connection.execute(document.insert().values(**_document(period, now)))
        connection.execute(dispatch.insert().values(**_dispatch(state, slot, now)))
    if undone:
        assert undo_closing(office, Q1, now, WHO, WHY).version == 2
        return
    with refused("window.documents_sent"):
        undo_closing(office, Q1, now, WHO, WHY)


def _document(period: str, now: datetime) -> dict[str, object]:
    return {
        "kind": "policy_actions",
        "period": period,
        "subject": "MSME",
        "language": "en",
        "format": "pdf",
        "reference": "1",
        "sha256": "5" * 64,
        "size": 1,
        "inputs": "i",
        "mark": {},
        "path": "a.pdf",
        "built_at": now,
    }


def _dispatch(state: MailState, slot: str, now: datetime) -> dict[str, object]:
    file = {"path": "a.pdf", "name": "a.pdf", "sha256": "5" * 64}
    return {
        "cycle": "2026-27-H1",
        "slot": slot,
        "recipient": "MSME:to:1",
        "revision": 0,
        "digest": "d",
        "message_id": "<1@example.org>",
        "planned_at": now,
        "to_name": "n",
        "to_email": "a@example.org",
        "language": "en",
        "subject": "s",
        "html": "",
        "text": "",
        "attachments": [file],
        "state": state,
        "attempts": 1,
        "fence": 1,
        "changed_at": now,
    }


def test_the_public_edition_goes_back_to_the_quarter_before(
    office: AppContext, clerk: Clerk
) -> None:
    opened_and_closed(office, clerk)
    clerk.send(A, Q2.key)
    close_quarter(office, Q2, Q2.closes_at, WHO)
    assert publish_quarter(office, Q2.closes_at).quarter == Q2.key
    assert undo_closing(office, Q2, Q2.closes_at + DAY, WHO, WHY).shown == Q1.key
    assert Q1.key in office.settings.public.resolve().name


def test_a_quarter_that_an_earlier_version_closed_before_its_end_is_undone_whole(
    office: AppContext, clerk: Clerk, monkeypatch
) -> None:
    opened_and_closed(office, clerk)
    now = Q1.closes_at + DAY
    with monkeypatch.context() as allowing:
        for name in ("require_closable", "require_ended"):
            allowing.setattr(f"cpsa.services.quarter.closing_conditions.{name}", lambda *_: None)
        allowing.setattr("cpsa.services.quarter.close_quarter.require_closable", lambda *_: None)
        close_quarter(office, Q3, now, WHO)
    assert undo_closing(office, Q3, now, WHO, WHY).not_ended
    with read_transaction(office.engine) as connection:
        assert quarter_queries.load_requests(connection, Q3.key) == {}
        assert quarter_queries.find_opening(connection, Q3.key) is None
    assert open_quarter(office, Q3, Q3.opens_at).new == 2
    requested(office, Q3, Q3.opens_at)
    assert close_quarter(office, Q3, Q3.closes_at).is_closed, "its schedule closes it in its time"


# Importing first, and channels that cannot be read


def in_inbox(office: AppContext, agency: str, quarter: Quarter, at: datetime) -> Path:
    content = update(agency, quarter.key)
    file = put(Path(office.settings.inbox), agency, quarter.key, content)
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file


def test_closing_first_imports_what_lies_in_the_inbox(office: AppContext) -> None:
    open_quarter(office, Q1, Q1.opens_at, WHO)
    requested(office, Q1, Q1.opens_at)
    in_inbox(office, A, Q1, Q1.due_by - HOUR)
    in_inbox(office, B, Q1, Q1.due_by + HOUR)
    assert close_quarter(office, Q1, Q1.closes_at + 2 * DAY).accepted == 2
    assert rates(office, Q1) == (1, 1, 1, "1.0000", 0)
    assert rates(office, Q1, "FC") == (1, 1, 0, "0.0000", 0), "late by arrival, not by import"


@pytest.fixture
def unreachable(office: AppContext, monkeypatch) -> AppContext:
    """A mailbox whose server does not answer."""
    settings = replace(office.settings, imap_url="imaps://cpsa:secret@127.0.0.1:1/INBOX")
    return AppContext(settings, office.engine)


def test_closing_waits_a_day_for_a_channel_and_then_says_so(unreachable: AppContext) -> None:
    open_quarter(unreachable, Q1, Q1.opens_at, WHO)
    waiting = close_quarter(unreachable, Q1, Q1.closes_at)
    assert (waiting.is_closed, waiting.waits_for) == (False, ("mail",))
    with refused("window.channel_unread"):
        close_quarter(unreachable, Q1, Q1.closes_at + HOUR, WHO)
    waiting = close_quarter(unreachable, Q1, Q1.closes_at + 23 * HOUR)
    assert not waiting.is_closed
    closed = close_quarter(unreachable, Q1, Q1.closes_at + 24 * HOUR)
    assert (closed.is_closed, closed.unread) == (True, ("mail",))
    with read_transaction(unreachable.engine) as connection:
        newest = closing_queries.find_newest_version(connection, Q1.key)
    assert newest is not None
    assert newest["unread"] == "mail"


def test_an_admin_closes_without_a_channel_with_a_reason(unreachable: AppContext) -> None:
    open_quarter(unreachable, Q1, Q1.opens_at, WHO)
    with refused("cycle.no_reason"):
        close_quarter(unreachable, Q1, Q1.closes_at, WHO, without=["mail"])
    with refused("window.no_channel"):
        close_quarter(unreachable, Q1, Q1.closes_at, WHO, WHY, without=["post"])
    closed = close_quarter(unreachable, Q1, Q1.closes_at, WHO, WHY, without=["mail"])
    assert (closed.is_closed, closed.unread) == (True, ("mail",))


def test_a_file_found_later_that_had_arrived_in_time_restates_without_a_lock_exception(
    office: AppContext,
) -> None:
    open_quarter(office, Q1, Q1.opens_at, WHO)
    requested(office, Q1, Q1.opens_at)
    close_quarter(office, Q1, Q1.closes_at, WHO, WHY, without=["folder"])
    assert rates(office, Q1) == (1, 0, 0, "0.0000", 0)
    in_inbox(office, A, Q1, Q1.due_by - HOUR)
    in_inbox(office, B, Q1, Q1.closes_at + HOUR)
    now = Q1.closes_at + DAY
    collect_inbox(office, now)
    checked = check_updates(office, now)
    found = {row.agency: row.state for row in checked.judgements}
    assert found == {A: "accepted", B: "held"}
    assert rates(office, Q1) == (1, 1, 1, "1.0000", 0), "the rates follow"
    assert versions(office, Q1) == ("closed", 2)


def test_a_bad_channel_does_not_stop_the_others(unreachable: AppContext) -> None:
    in_inbox(unreachable, A, Q1, Q1.opens_at + HOUR)
    imported = import_new_files(unreachable, Q1.opens_at + DAY, "test")
    assert imported.collected["folder"].count("new") == 1
    assert set(imported.unread) == {"mail"}


# Arrival


def arrived(office: AppContext, agency: str, quarter: Quarter) -> datetime:
    account = load_agency_quarter(office, agency, quarter)
    assert account.newest is not None
    return account.newest.received_at


def test_a_date_set_back_does_not_pass_the_last_scan_that_did_not_show_the_file(
    office: AppContext,
) -> None:
    first, second = Q1.due_by + DAY, Q1.due_by + 2 * DAY
    collect_inbox(office, first)
    in_inbox(office, A, Q1, Q1.due_by - 5 * DAY)
    collect_inbox(office, second)
    assert arrived(office, A, Q1) == first


def test_without_a_scan_before_it_a_file_keeps_its_own_time_but_not_after_now(
    office: AppContext,
) -> None:
    now = Q1.due_by + DAY
    in_inbox(office, A, Q1, Q1.due_by - DAY)
    in_inbox(office, B, Q1, now + DAY)
    collect_inbox(office, now)
    assert arrived(office, A, Q1) == Q1.due_by - DAY
    assert arrived(office, B, Q1) == now


def test_a_scan_that_broke_off_proves_nothing(office: AppContext, monkeypatch) -> None:
    from cpsa.intake.channels.folder import InboxFolder

    def away(self):
        raise RequestError("channels.folder_unreachable", path="/inbox", detail="timed out")

    with monkeypatch.context() as broken, refused("channels.folder_unreachable"):
        broken.setattr(InboxFolder, "list_files", away)
        collect_inbox(office, Q1.due_by + DAY)
    in_inbox(office, A, Q1, Q1.due_by - DAY)
    collect_inbox(office, Q1.due_by + 2 * DAY)
    assert arrived(office, A, Q1) == Q1.due_by - DAY


def test_by_hand_a_file_arrived_when_it_is_said_or_written_else_now(
    office: AppContext, tmp_path: Path
) -> None:
    now, stated = Q1.due_by + DAY, Q1.due_by - 3 * DAY
    for place, (options, expected) in enumerate(
        [
            ({}, now),
            ({"received_at": stated}, stated),
            ({"received_at": now + DAY}, now),
            ({"file_time": True}, Q1.due_by - DAY),
        ]
    ):
        content = update(A, Q1.key, {"A1": place, "A2": place})
        file = put(tmp_path / str(place), A, Q1.key, content)
        at = (Q1.due_by - DAY).timestamp()
        os.utime(file, (at, at))
        collect_updates(office, file, now, **options)
        assert arrived(office, A, Q1) == expected
