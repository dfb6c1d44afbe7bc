"""Logs and archives as evidence, and what may be concluded from not finding a mail in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from tests.unit.delivery.rig import Relay
from tests.unit.delivery.test_ledger import plan, send, states

from cpsa.delivery import delivery_log, ledger
from cpsa.delivery.delivery_log import Evidence, ResolvedMails
from cpsa.errors import RequestError
from cpsa.store.queries import dispatch_queries
from cpsa.store.tables.dispatch_tables import MailState, dispatch

READ_AT = datetime(2026, 11, 15, 6, 0, tzinfo=UTC)
AGES_AGO = datetime(2020, 1, 1, tzinfo=UTC)
AGES_ON = datetime(2120, 1, 1, tzinfo=UTC)

FIRST_LINE = datetime(2026, 11, 15, 4, 30, 5, tzinfo=UTC)
LOG = """\
Nov 15 04:30:05 relay postfix/smtpd[812]: connect from unknown[10.0.0.9]
Nov 15 04:30:05 relay postfix/smtpd[812]: 4XyZ1a2Bc3: client=unknown[10.0.0.9], sasl_method=PLAIN
Nov 15 04:30:05 relay postfix/cleanup[815]: 4XyZ1a2Bc3: message-id=<one@cpsa.example.org>
Nov 15 04:30:06 relay postfix/qmgr[701]: 4XyZ1a2Bc3: from=<cpsa@example.org>, size=401, nrcpt=1 (queue active)
Nov 15 04:30:07 relay postfix/cleanup[815]: 4XyZ1d4Ef5: message-id=<two@cpsa.example.org>
Nov 15 04:30:07 relay postfix/smtpd[812]: lost connection after DATA (301 bytes) from unknown[10.0.0.9]
Nov 15 04:30:09 relay postfix/smtp[820]: 4XyZ1a2Bc3: to=<a@example.org>, relay=mx.example.org[192.0.2.7]:25, dsn=2.0.0, status=sent (250 ok)
Nov 15 04:30:09 relay postfix/qmgr[701]: 4XyZ1a2Bc3: removed
Nov 15 04:31:00 relay postfix/cleanup[815]: 4XyZ1a2Bc3: message-id=<three@cpsa.example.org>
Nov 15 04:31:02 relay postfix/qmgr[701]: 4XyZ1d4Ef5: removed
""".splitlines()


def test_a_log_proves_only_what_the_queue_manager_has():
    read = delivery_log.parse_relay_log(LOG, READ_AT)
    assert list(read.arrived) == ["<one@cpsa.example.org>"]
    assert "status=sent" in read.arrived["<one@cpsa.example.org>"]
    assert read.since == FIRST_LINE
    assert read.read_at == READ_AT


def test_stamps_may_name_year_and_zone():
    lines = [line.replace("Nov 15 04:", "2026-11-15T10:") for line in LOG]
    lines = [line.replace(" relay ", ".125000+05:30 relay ", 1) for line in lines]
    read = delivery_log.parse_relay_log(lines, READ_AT)
    assert list(read.arrived) == ["<one@cpsa.example.org>"]
    assert read.since == datetime(2026, 11, 15, 5, 0, 5, 125000, tzinfo=UTC)


def test_stamps_without_a_year_are_of_the_last_such_day():
    just_after = datetime(2027, 1, 2, tzinfo=UTC)
    assert delivery_log.parse_relay_log(LOG, just_after).since == FIRST_LINE
    the_day_before = FIRST_LINE - timedelta(days=1)  # a clock that is behind
    assert delivery_log.parse_relay_log(LOG, the_day_before).since == FIRST_LINE
    earlier = delivery_log.parse_relay_log(LOG, the_day_before - timedelta(seconds=1))
    assert earlier.since == FIRST_LINE.replace(year=2025)


@pytest.mark.parametrize("lines", [[], ["no log", "at all"], ["Xyz 99 99:99:99 relay x"]])
@pytest.mark.parametrize("language", ["en", "hi"])
def test_what_is_no_log_is_told(lines, language):
    with pytest.raises(RequestError) as told:
        delivery_log.parse_relay_log(lines, READ_AT)
    assert "Postfix" in told.value.text(language)


def test_an_archive_folder_is_read_by_message_id(tmp_path):
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026" / "a.eml").write_bytes(b"Message-ID: <a@b>\r\nTo: x\r\n\r\n\xff")
    (tmp_path / "b.eml").write_bytes(b"Subject: none\r\n\r\n")
    (tmp_path / "c.txt").write_bytes(b"Message-ID: <c@b>\r\n\r\n")
    read = delivery_log.load_archive_folder(tmp_path, AGES_AGO, READ_AT)
    assert dict(read.arrived) == {"<a@b>": "archive: 2026/a.eml"}
    with pytest.raises(RequestError):
        delivery_log.load_archive_folder(tmp_path / "none", AGES_AGO, READ_AT)


def test_a_log_and_the_one_before_it_are_read_as_one():
    read = delivery_log.parse_relay_log(LOG, READ_AT)
    again = [line.replace("one@", "again@") for line in LOG]  # its queue's number is used again
    both = delivery_log.parse_relay_log([*LOG, *again], READ_AT)
    assert list(both.arrived) == ["<one@cpsa.example.org>", "<again@cpsa.example.org>"]
    assert both.since == read.since


def archive_of(message_ids, since=AGES_AGO, read_at=AGES_ON) -> Evidence:
    return Evidence(dict.fromkeys(message_ids, "in the archive"), since, read_at)


# What is settled by it.


@pytest.fixture
def two_uncertain(engine, relay, port, message):
    """One that arrived and one that did not; the ledger knows neither."""
    relay.on_data = [Relay.STORE_AND_DROP]
    plan(engine, message())
    send(engine, port)
    relay.on_data = [Relay.DROP]
    plan(engine, message("DOIC:to:1"))
    send(engine, port)
    assert states(engine) == [MailState.UNCERTAIN] * 2
    return message().make_message_id(0), message("DOIC:to:1").make_message_id(0)


def let_the_quarantine_end(engine) -> None:
    with engine.begin() as connection:
        an_hour_ago = datetime.now(UTC) - timedelta(hours=2)
        connection.execute(update(dispatch).values(changed_at=an_hour_ago))


def test_found_is_arrived_at_once_and_not_found_waits_for_the_quarantine(
    engine, relay, two_uncertain
):
    arrived, lost = two_uncertain
    archive = archive_of(relay.ids)
    assert delivery_log.resolve_uncertain_mails(engine, archive, "ops") == ResolvedMails(
        (arrived,), quarantined=(lost,)
    )
    assert states(engine) == [MailState.ACCEPTED, MailState.UNCERTAIN]


def test_not_found_after_the_quarantine_is_sent_again_and_found_is_not(
    engine, relay, port, two_uncertain
):
    arrived, lost = two_uncertain
    let_the_quarantine_end(engine)
    archive = archive_of(relay.ids)
    assert delivery_log.resolve_uncertain_mails(engine, archive, "ops") == ResolvedMails(
        (arrived,), (lost,)
    )
    assert send(engine, port).is_complete
    assert sorted(relay.ids) == sorted([arrived, lost])
    assert delivery_log.resolve_uncertain_mails(engine, archive, "ops") == ResolvedMails()
    first, second = ledger.list_outbox(engine)
    assert "in the archive" in [event for event in details(engine) if event]
    assert (first.state, second.state) == (MailState.ACCEPTED, MailState.ACCEPTED)


def details(engine) -> list[str | None]:
    with engine.connect() as connection:
        return [row.detail for row in connection.exec_driver_sql("SELECT * FROM dispatch_event")]


def test_what_was_read_before_the_quarantine_ended_proves_no_loss(engine, two_uncertain):
    arrived, lost = two_uncertain
    let_the_quarantine_end(engine)
    too_early = datetime.now(UTC) - timedelta(hours=1, minutes=30)
    read = archive_of([], AGES_AGO, too_early)
    assert delivery_log.resolve_uncertain_mails(engine, read, "ops") == ResolvedMails(
        quarantined=(arrived, lost)
    )


def test_a_log_that_begins_too_late_proves_no_loss(engine, two_uncertain):
    arrived, lost = two_uncertain
    let_the_quarantine_end(engine)
    read = archive_of([arrived], datetime.now(UTC) + timedelta(hours=1), AGES_ON)
    assert delivery_log.resolve_uncertain_mails(engine, read, "ops") == ResolvedMails(
        (arrived,), not_covered=(lost,)
    )
    assert states(engine) == [MailState.ACCEPTED, MailState.UNCERTAIN]


def test_evidence_from_the_instant_of_the_handover_covers_it_and_a_microsecond_later_does_not(
    engine, two_uncertain
):
    _, lost = two_uncertain
    let_the_quarantine_end(engine)
    with engine.connect() as connection:
        (row,) = [
            row
            for row in dispatch_queries.list_uncertain_dispatches(connection)
            if row.message_id == lost
        ]
        handed_over_at = [
            event.at
            for event in dispatch_queries.load_events(connection, row.id)
            if event.state == MailState.IN_DATA
        ][-1]
    later = archive_of([], handed_over_at + timedelta(microseconds=1), AGES_ON)
    assert lost in delivery_log.resolve_uncertain_mails(engine, later, "ops").not_covered
    exactly = archive_of([], handed_over_at, AGES_ON)
    assert lost in delivery_log.resolve_uncertain_mails(engine, exactly, "ops").lost
