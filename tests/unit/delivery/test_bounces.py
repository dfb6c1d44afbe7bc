"""Status reports as servers write them, and what the ledger makes of a mail that came back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.delivery.rig import CYCLE, Relay
from tests.unit.delivery.test_ledger import journal, plan, send, states

from cpsa.delivery import bounce_reports, ledger
from cpsa.delivery.mail_message import one_line
from cpsa.errors import RequestError
from cpsa.intake.channels.mail_limits import HEADER_LENGTH, RECIPIENTS
from cpsa.store.tables.dispatch_tables import MailState

REPORTS = Path(__file__).with_name("returned")
ORIGINAL = "<0123456789abcdef0123456789abcdef01234567@cpsa.example.org>"
NOBODY = "nodal.dic@example.org"


def read(name: str) -> tuple[bounce_reports.BounceReport, ...]:
    return bounce_reports.read_bounce_reports((REPORTS / f"{name}.eml").read_bytes())


@pytest.mark.parametrize("name", ["postfix", "exim", "gmail"])
def test_what_servers_say_of_an_unknown_user_reads_the_same(name):
    (told,) = read(name)
    assert (told.message_id, told.recipient) == (ORIGINAL, NOBODY)
    assert (told.action, told.status, told.code) == ("failed", "5.1.1", 550)
    assert told.is_permanent
    assert told.is_address_dead
    assert "\n" not in told.diagnostic
    assert told.diagnostic.startswith("550")


def test_exchange_says_it_of_each_recipient(name="exchange"):
    unknown, full = read(name)
    assert (unknown.message_id, unknown.recipient) == (ORIGINAL, NOBODY)
    assert (unknown.status, unknown.is_address_dead) == ("5.1.10", True)
    assert (full.status, full.is_permanent, full.is_address_dead) == ("5.2.2", True, False)


def test_a_report_of_old_without_a_status_part(name="exim_old"):
    (told,) = read(name)
    assert (told.message_id, told.recipient) == (ORIGINAL, NOBODY)
    assert (told.action, told.status, told.code) == ("failed", "5.0.0", 550)
    assert told.is_address_dead


def test_a_delay_is_no_bounce():
    (told,) = read("postfix_delayed")
    assert (told.message_id, told.action, told.status) == (ORIGINAL, "delayed", "4.4.1")
    assert not told.is_permanent
    assert not told.is_address_dead


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "dead"),
    [
        ("failed", "5.1.1", "550 5.1.1 unknown", True),
        ("failed", "5.2.1", "550 disabled", True),
        ("failed", "5.4.1", "550 5.4.1 Recipient address rejected: Access denied", True),
        ("failed", "5.4.4", "Host not found", True),
        ("failed", "5.4.310", "DNS domain does not exist", True),
        ("failed", "5.0.0", "550 no", True),
        ("failed", "5.1.8", "550 sender's domain unknown", False),
        ("failed", "5.7.1", "550 5.7.1 looks like spam", False),
        ("failed", "5.3.4", "552 5.3.4 too big", False),
        ("failed", "5.0.0", "554 refused", False),
        ("failed", "4.4.7", "queue expired", False),
        ("delivered", "2.0.0", "250 ok", False),
    ],
)
def test_only_a_fault_of_the_address_makes_it_dead(action, status, diagnostic, dead):
    told = bounce_reports.BounceReport(ORIGINAL, NOBODY, action, status, diagnostic)
    assert told.is_address_dead is dead


def test_what_is_no_report_says_nothing():
    ordinary = b"From: a@example.org\r\nSubject: Undelivered\r\nIn-Reply-To: <x@y>\r\n\r\n550 5.1.1"
    assert bounce_reports.read_bounce_reports(ordinary) == ()
    assert bounce_reports.read_bounce_reports(b"") == ()


@given(st.data())
def test_however_a_report_is_mangled_reading_it_breaks_nothing(data):
    name = data.draw(st.sampled_from(sorted(file.stem for file in REPORTS.glob("*.eml"))))
    content = (REPORTS / f"{name}.eml").read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 400)))
    mangled = content[:start] + data.draw(st.binary(max_size=40)) + content[end:]
    for told in bounce_reports.read_bounce_reports(mangled):
        assert all("\n" not in text and len(text) <= 998 for text in vars(told).values())


def test_an_original_recipient_is_compared_as_it_was_written():
    told = bounce_reports.BounceReport(
        ORIGINAL, "x@elsewhere.example.org", "failed", "5.1.1", "", "A+2BB@Example.org"
    )
    assert told.is_about("a+b@example.org")
    assert not told.is_about("a@example.org")
    assert not bounce_reports.BounceReport(ORIGINAL, "", "failed", "5.1.1", "").is_about("")


def status(groups: bytes) -> bytes:
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    return (
        head + b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + groups + b"\r\n--b--\r\n"
    )


GROUP = b"Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
FAILED = b"X-Failed-Recipients: "


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (status(GROUP * 60_000), "channels.too_many_recipients"),
        (
            FAILED + b"a@example.org," * 300 + b"\r\n\r\n" + b"no\r\n" * 20,
            "channels.too_many_recipients",
        ),
        (b"Content-Type: message/rfc822\r\n\r\n" * 3_000, "channels.too_many_parts"),
    ],
    ids=["groups", "commas", "nested"],
)
def test_what_no_server_writes_is_refused(content, key):
    with pytest.raises(RequestError) as refused:
        bounce_reports.read_bounce_reports(content)
    assert refused.value.key == key


def test_work_is_bounded_however_much_is_said(monkeypatch):
    """Thirty thousand commas and a long letter took minutes: the letter was read for each."""
    read = []
    monkeypatch.setattr(
        bounce_reports, "one_line", lambda text: read.append(len(text)) or one_line(text)
    )
    content = FAILED + b"," * 30_000 + b"\r\n\r\n" + b"no such user " * 20_000
    assert bounce_reports.read_bounce_reports(content) == ()
    content = FAILED + b"a@b.c, " * 90 + b"\r\n\r\n" + b"no such user " * 20_000
    assert len(bounce_reports.read_bounce_reports(content)) == 90
    assert max(read) <= HEADER_LENGTH


PIECES = st.sampled_from(
    [
        *(
            b"X-Failed-Recipients: ",
            b"a@example.org",
            b",",
            b"<",
            b">",
            b";",
            b"(",
            b"\r\n",
            b"\r\n\r\n",
        ),
        *(
            b"Final-Recipient: rfc822;",
            b"Action: failed",
            b"Status: 5.1.1",
            b"Diagnostic-Code: smtp;",
        ),
        *(
            b"Content-Type: message/delivery-status\r\n\r\n",
            b"Content-Type: message/rfc822\r\n\r\n",
        ),
        *(
            b"Content-Type: multipart/report; boundary=b\r\n\r\n",
            b"--b\r\n",
            b"--b--",
            b"\xff",
            b"\0",
        ),
        *(
            b"References: ",
            b"<x@example.org> ",
            b"Message-ID: ",
            b"------ This is a copy of",
            b"550 ",
        ),
        b"Content-Transfer-Encoding: base64\r\n",
    ]
)


@given(st.lists(st.tuples(PIECES, st.sampled_from([1, 1, 1, 2, 50, 3_000])), max_size=14))
def test_no_report_makes_it_raise_anything_else(made):
    try:
        told = bounce_reports.read_bounce_reports(b"".join(piece * times for piece, times in made))
    except RequestError:
        return
    assert len(told) <= RECIPIENTS
    assert all(len(text) <= HEADER_LENGTH for one in told for text in vars(one).values())


# What follows.


def bounce(engine, message, **options) -> bool:
    told = {"address_dead": True, "code": 550, **options}
    return ledger.record_bounce(engine, message.make_message_id(0), "550 5.1.1 unknown", **told)


def test_accepted_becomes_bounced_with_the_reason(engine, relay, port, message):
    plan(engine, message())
    assert send(engine, port).is_complete
    assert bounce(engine, message())
    (row,) = ledger.list_outbox(engine)
    assert (row.state, row.code) == (MailState.BOUNCED, 550)
    for language in ("en", "hi"):
        assert "550 5.1.1 unknown" in row.why(language)
    assert journal(engine, message())[-2:] == ["accepted", "bounced"]
    result = send(engine, port)
    assert (result.failed, result.is_complete) == (1, False)
    assert not bounce(engine, message()), "known already"
    assert not ledger.record_bounce(engine, "<nobody@example.org>", "", address_dead=True)
    assert len(relay.raw) == 1


def test_a_bounce_proves_that_an_uncertain_mail_was_taken(engine, relay, port, message):
    relay.on_data = [Relay.STORE_AND_DROP]
    plan(engine, message())
    assert send(engine, port).uncertain == 1
    assert bounce(engine, message(), address_dead=False)
    assert states(engine) == [MailState.BOUNCED]


def test_what_never_left_cannot_have_come_back(engine, message):
    plan(engine, message())
    assert not bounce(engine, message())
    assert states(engine) == [MailState.PENDING]


def test_the_next_mail_to_a_dead_address_waits_for_a_corrected_one(engine, relay, port, message):
    plan(engine, message())
    send(engine, port)
    bounce(engine, message())
    second = message(slot="letter", to_email="Banks.to.1@EXAMPLE.org")
    plan(engine, second, message("DOIC:to:1"))
    waiting = [row for row in ledger.list_outbox(engine) if row.slot == "letter"]
    assert [row.reason for row in waiting] == ["address_bounced"]
    assert waiting[0].why("hi") != waiting[0].why("en") != ""
    result = send(engine, port)
    assert (result.accepted, result.pending) == (1, 1)
    ledger.retry_now(engine, CYCLE)
    assert send(engine, port).accepted == 0, "nor does a person's hurry send it"
    corrected = "new@example.org"
    mended = message(to_email=corrected), message(slot="letter", to_email=corrected)
    assert plan(engine, *mended).readdressed == 2
    result = send(engine, port)
    assert (result.accepted, result.is_complete) == (2, True)
    assert len(set(relay.ids)) == len(relay.ids) == 4
    assert message().make_message_id(1) in relay.ids, "under a Message-ID of its own"


def test_what_came_back_is_planned_anew_once(engine, port, message):
    plan(engine, message())
    send(engine, port)
    bounce(engine, message())
    corrected = message(to_email="new@example.org")
    assert plan(engine, corrected).readdressed == 1
    assert plan(engine, corrected) == ledger.PlanResult(known=1)
    assert plan(engine, message()).readdressed == 1, "and back again, where it waits"
    send(engine, port)
    assert states(engine) == [MailState.BOUNCED, MailState.PENDING]


def test_a_mail_that_came_back_for_itself_holds_up_no_other(engine, port, message):
    plan(engine, message())
    send(engine, port)
    bounce(engine, message(), address_dead=False)
    plan(engine, message(slot="letter"))
    assert send(engine, port).accepted == 1


def test_an_address_found_to_work_is_used_again(engine, port, message):
    plan(engine, message())
    send(engine, port)
    bounce(engine, message())
    plan(engine, message(slot="letter"))
    assert send(engine, port).accepted == 0
    freed = ledger.release_address(engine, "BANKS.to.1@example.org", "they rang", by="ops")
    assert freed == 1
    assert send(engine, port).accepted == 1
    assert states(engine) == [MailState.BOUNCED, MailState.ACCEPTED]
