"""Mail that came back lies in a real mailbox; the ledger is told once, and the address waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.factories import RegistryFolder
from tests.mailserver import MailServer
from tests.unit.delivery.rig import Relay, port_to, serving

from cpsa.delivery import bounce_reports, ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_bounces import collect_bounces
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.dispatch import mail_outbox
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_arrivals import list_arrivals
from cpsa.store.tables.dispatch_tables import MailState

REPORTS = Path(__file__).parents[1] / "delivery" / "returned"
TOLD_OF = b"<0123456789abcdef0123456789abcdef01234567@cpsa.example.org>"
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
CYCLE = "2026-27-H1"


def letter(seat: str = "DOIC:to:1", to: str = "nodal.dic@example.org", slot: str = "pack"):
    return MailMessage(
        CYCLE, slot, seat, "Nodal officer", to, "en", "s", "<p>h</p>", f"{slot} {seat}"
    )


@pytest.fixture
def mailed(office: AppContext, mail_server: MailServer, tmp_path: Path) -> AppContext:
    """One mail was accepted; the mailbox is empty."""
    registry = RegistryFolder(agencies={"IA-A": "2026-27-Q1"}).write(tmp_path / "registry")
    load_registry(office, registry, NOW)
    with serving(Relay()) as relay, port_to(relay) as port:
        ledger.plan_mails(office.engine, [letter()], NOW)
        assert ledger.dispatch(office.engine, CYCLE, port, "test").accepted == 1
    return replace(office, settings=replace(office.settings, imap_url=mail_server.url()))


@pytest.fixture
def report(mailed: AppContext) -> Callable[..., bytes]:
    """A report as a server writes it, about the mail that was sent."""
    (line,) = ledger.list_outbox(mailed.engine)

    def about(name: str = "postfix", message_id: str = line.message_id) -> bytes:
        return (REPORTS / f"{name}.eml").read_bytes().replace(TOLD_OF, message_id.encode())

    return about


def test_a_report_goes_from_the_inbox_to_the_ledger(
    mailed: AppContext, mail_server: MailServer, report
):
    """The collector puts it aside unread; then it is read, told, and moved."""
    mail_server.put(report(), at=NOW)
    collect_mailbox(mailed, NOW)
    found = collect_bounces(mailed, NOW)
    assert [(one.status, one.address_dead) for one in found.bounced] == [("5.1.1", True)]
    (line,) = mail_outbox.list_mails(mailed)
    assert (line.state, line.code) == (MailState.BOUNCED, 550)
    assert "User unknown" in line.why("en")
    assert mail_server.count("Bounces") == 0
    assert mail_server.count("Done") == 1
    assert "example.org" not in str({**found.as_json(), "bounced": []})


def test_met_again_it_tells_nothing_new(mailed: AppContext, mail_server: MailServer, report):
    for _ in range(2):
        mail_server.put(report(), at=NOW)
        collect_mailbox(mailed, NOW)
    found = collect_bounces(mailed, NOW)
    assert (len(found.bounced), found.known) == (1, 1)
    assert collect_bounces(mailed, NOW) == type(found)()
    (counted,) = mail_outbox.count_mails(mail_outbox.list_mails(mailed), "en")
    assert (counted.planned, counted.bounced, counted.unresolved) == (1, 1, 1)


def test_what_died_before_the_move_is_read_again_without_harm(
    mailed: AppContext, mail_server: MailServer, report, monkeypatch: pytest.MonkeyPatch
):
    from cpsa.intake.channels.mailbox import Mailbox

    mail_server.put(report(), at=NOW)
    collect_mailbox(mailed, NOW)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Mailbox, "move", dies)
        with pytest.raises(KeyboardInterrupt):
            collect_bounces(mailed, NOW)
    assert [line.state for line in mail_outbox.list_mails(mailed)] == [MailState.BOUNCED], (
        "told before moved"
    )
    assert mail_server.count("Bounces") == 1
    assert collect_bounces(mailed, NOW).known == 1
    assert mail_server.count("Bounces") == 0


def test_the_next_mail_to_a_dead_address_waits_and_says_why(
    mailed: AppContext, mail_server: MailServer, report, relay: Relay
):
    mail_server.put(report(), at=NOW)
    collect_mailbox(mailed, NOW)
    collect_bounces(mailed, NOW)
    ledger.plan_mails(mailed.engine, [letter(slot="reminder")], NOW)
    with port_to(relay) as port:
        assert ledger.dispatch(mailed.engine, CYCLE, port, "test").accepted == 0
    (waits,) = mail_outbox.list_mails(mailed, state="pending")
    assert "waits for a corrected address" in waits.why("en")
    corrected = letter(slot="reminder", to="corrected@example.org")
    ledger.plan_mails(mailed.engine, [corrected], NOW)
    with port_to(relay) as port:
        assert ledger.dispatch(mailed.engine, CYCLE, port, "test").accepted == 1


def test_delays_and_reports_of_other_mail_change_nothing(
    mailed: AppContext, mail_server: MailServer, report
):
    other = report("gmail", "<somebody.elses@example.org>")
    mail_server.put(report("postfix_delayed"), other, at=NOW)
    collect_mailbox(mailed, NOW)
    found = collect_bounces(mailed, NOW)
    assert (found.bounced, found.delays, found.foreign) == ((), 1, 1)
    assert [line.state for line in mail_outbox.list_mails(mailed)] == [MailState.ACCEPTED]


def test_reports_may_come_to_a_mailbox_of_their_own(
    mailed: AppContext, mail_server: MailServer, report
):
    settings = replace(mailed.settings, imap_url=None, bounces_url=mail_server.url(user="other"))
    apart = replace(mailed, settings=settings)
    mail_server.empty("other")
    mail_server.put(report("exchange"), at=NOW, user="other")
    found = collect_bounces(apart, NOW)
    assert len(found.bounced) == 1
    assert mail_server.count(user="other") == 0


HOSTILE = {
    "deep": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one)
        for one in range(3_000)
    ),
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "recipients": b"X-Failed-Recipients: " + b"a@example.org," * 300 + b"\r\n\r\nno such user\r\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_report_that_cannot_be_read_is_recorded_and_stops_no_other(
    mailed: AppContext, mail_server: MailServer, report, content: bytes
):
    """Anybody can send one: what comes from nobody is read here."""
    mail_server.put(b"Return-Path: <>\r\n" + content, report(), at=NOW)
    collect_mailbox(mailed, NOW)
    found = collect_bounces(mailed, NOW)
    assert (len(found.bounced), found.kept) == (1, 1)
    assert [mail_server.count(name) for name in ("INBOX", "Bounces", "Refused", "Done")] == [
        0,
        0,
        1,
        1,
    ]
    (refused,) = list_arrivals(mailed, outcome="refused").to_dict("records")
    assert refused["channel"] == "bounces"
    assert refused["reason"] in ("channels.too_many_parts", "channels.too_many_recipients")
    assert "Refused" in refused["problem_en"]


def test_a_defect_of_reading_is_recorded_and_stops_no_other(
    mailed: AppContext, mail_server: MailServer, report, monkeypatch: pytest.MonkeyPatch
):
    mail_server.put(report("exim"), report("postfix"), at=NOW)
    collect_mailbox(mailed, NOW)
    read = bounce_reports.read_bounce_reports

    def fails_once(content: bytes):
        monkeypatch.setattr(bounce_reports, "read_bounce_reports", read)
        raise ZeroDivisionError

    monkeypatch.setattr(bounce_reports, "read_bounce_reports", fails_once)
    found = collect_bounces(mailed, NOW)
    assert (len(found.bounced), found.kept) == (1, 1)
    (refused,) = list_arrivals(mailed, outcome="refused").to_dict("records")
    assert refused["reason"] == "channels.defect"
    (report_of_it,) = (mailed.settings.home / "defects").iterdir()
    assert "ZeroDivisionError" in report_of_it.read_text("utf-8")


@pytest.mark.parametrize("old_style", [False, True], ids=["report", "old style"])
def test_a_report_about_another_recipient_puts_nothing_on_hold(
    mailed: AppContext, mail_server: MailServer, report, relay: Relay, old_style: bool
):
    """An office forwards to a private mailbox that is gone, or somebody wrote the report."""
    other = report("exim_old" if old_style else "gmail").replace(
        b"nodal.dic@example.org", b"private@elsewhere.example.org"
    )
    mail_server.put(other, other, at=NOW)
    collect_mailbox(mailed, NOW)
    found = collect_bounces(mailed, NOW)
    assert (found.bounced, found.further_on, found.known) == ((), 1, 1)
    (line,) = mail_outbox.list_mails(mailed)
    assert (line.state, line.reason) == (MailState.ACCEPTED, "refused_further_on")
    for language in ("en", "hi"):
        assert "550" in line.why(language)
    ledger.plan_mails(mailed.engine, [letter(slot="reminder")], NOW)
    with port_to(relay) as port:
        assert ledger.dispatch(mailed.engine, CYCLE, port, "test").accepted == 1


def test_a_request_refused_further_on_was_requested_when_it_was_accepted(
    mailed: AppContext, mail_server: MailServer, report
):
    """What is noted of it later moves no due date."""
    (before,) = mail_outbox.list_mails(mailed)
    mail_server.put(report("gmail").replace(b"nodal.dic@", b"somebody.else@"), at=NOW)
    collect_mailbox(mailed, NOW)
    collect_bounces(mailed, NOW)
    (line,) = mail_outbox.list_mails(mailed)
    assert line.changed_at == before.changed_at


def test_without_a_mailbox_it_says_which_setting_is_missing(office: AppContext):
    with pytest.raises(RequestError, match="CPSA_IMAP_URL"):
        collect_bounces(office, NOW)


def test_where_nothing_has_come_back_there_is_nothing(mailed: AppContext):
    assert collect_bounces(mailed, NOW).bounced == ()


def test_a_state_or_a_cycle_that_is_none_is_told(office: AppContext):
    with pytest.raises(RequestError, match="uncertain"):
        mail_outbox.list_mails(office, state="lost")
    with pytest.raises(RequestError, match="not a period"):
        mail_outbox.list_mails(office, "2026")
    assert mail_outbox.list_mails(office, "2026-27-H1-test") == ()
