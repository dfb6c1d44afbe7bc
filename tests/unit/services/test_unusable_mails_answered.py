"""A mail of a known agency that brings no workbook is answered by one letter, through a real mailbox."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import update
from tests.mailserver import MailServer
from tests.unit.delivery.rig import Relay, serving
from tests.unit.intake.channels.mails import mail, part
from tests.unit.intake.file_guard.hostile import ole
from tests.unit.intake.readers.workbook.samples import packed
from tests.unit.services.post_office import PostOffice

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.reports.list_arrivals import list_arrivals

pytestmark = pytest.mark.slow

Q = "2026-27-Q2"
QUARTER = Quarter.parse(Q)
AT = QUARTER.opens_at + timedelta(days=3)
NOW = AT + timedelta(hours=1)
A, B = "IA-A", "FC-B"


@pytest.fixture
def post(office: AppContext, mail_server: MailServer, tmp_path: Path) -> Iterator[PostOffice]:
    """Two agencies, the second Hindi-speaking, in an open quarter, with a mailbox."""
    with serving(Relay()) as relay:
        settings = replace(office.settings, imap_url=mail_server.url())
        opened = PostOffice.opened(replace(office, settings=settings), relay, tmp_path)
        opened.register({A: Q, B: Q}, QUARTER.opens_at, hindi=(B,))
        opened.open(Q)
        opened.write(QUARTER.opens_at)
        yield opened


def attached(content: bytes, name: str, kind: str = "application/octet-stream") -> bytes:
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    transfer = "Content-Transfer-Encoding: base64"
    return part(encoded, f'filename="{name}"', kind, "attachment", transfer)


CSV = update(A, Q)
LETTER = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
KINDS = {
    "archive": attached(packed({"a.csv": CSV, "b.csv": CSV}), "both.zip", "application/zip"),
    "winmail": attached(b"\x78\x9f\x3e\x22" + b"\0" * 9, "winmail.dat", "application/ms-tnef"),
    "message": attached(ole("Root Entry", "__properties_version1.0"), "Update.msg"),
    "sealed": attached(b"0\x82", "smime.p7m", "application/pkcs7-mime"),
    "link": LETTER + b"https://drive.google.com/file/d/1/view",
    "scan": attached(b"%PDF-1.4", "scan.pdf", "application/pdf"),
    "document": attached(b"PK\x03\x04", "letter.docx"),
}


def letters_about(post: PostOffice) -> list[tuple[str, str]]:
    return sorted(one for one in post.owed(NOW) if one[1].startswith("unusable"))


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_refused_with_its_own_reason_and_answered_once(post, mail_server, kind) -> None:
    mail_server.put(mail(KINDS[kind], sender="ia-a@example.org"), at=AT)
    collect_mailbox(post.office, NOW)
    (row,) = list_arrivals(post.office, QUARTER, "refused").itertuples()
    assert (row.agency, row.quarter, row.reason) == (A, Q, f"channels.unusable.{kind}")
    ((agency, _),) = letters_about(post)
    assert agency == A
    assert post.write(NOW).written == 1
    letter = post.relay.mails[-1]
    words = letter.get_body(("plain",)).get_content()
    assert letter["To"].addresses[0].addr_spec == "ia-a@example.org"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "found no workbook in it that we can read" in words
    assert "https://updates.example.org/u/" in words
    assert post.write(NOW + timedelta(days=1)).written == 0
    # The same mail again, as a server that doubles it gives it, is the same arrival.
    mail_server.put(mail(KINDS[kind], sender="ia-a@example.org"), at=AT)
    collect_mailbox(post.office, NOW)
    assert letters_about(post) == []


def test_a_hindi_agency_reads_it_in_hindi(post, mail_server) -> None:
    mail_server.put(mail(KINDS["winmail"], sender="fc-b@example.org"), at=AT)
    collect_mailbox(post.office, NOW)
    post.write(NOW)
    words = post.relay.mails[-1].get_body(("plain",)).get_content()
    assert "आपका ई-मेल मिला" in words
    assert "winmail.dat" in words


@pytest.mark.parametrize(
    "made",
    [
        mail(KINDS["scan"], sender="stranger@example.org"),
        mail(KINDS["scan"], sender="ia-a@example.org", headers=["Auto-Submitted: auto-replied"]),
        mail(sender="ia-a@example.org", subject="When is it due?"),
    ],
    ids=["stranger", "program", "words alone"],
)
def test_strangers_programs_and_words_alone_are_not_answered(post, mail_server, made) -> None:
    mail_server.put(made, at=AT)
    collect_mailbox(post.office, NOW)
    assert letters_about(post) == []


def test_what_came_long_ago_is_not_answered(post, mail_server) -> None:
    mail_server.put(mail(KINDS["scan"], sender="ia-a@example.org"), at=AT)
    collect_mailbox(post.office, NOW)
    later = NOW + timedelta(days=60)
    assert not [one for one in post.owed(later) if one[1].startswith("unusable")]


def test_a_replayed_quarter_is_silent(office, mail_server, tmp_path) -> None:
    settings = replace(office.settings, imap_url=mail_server.url())
    ours = replace(office, settings=settings)
    with serving(Relay()) as relay:
        post = PostOffice.opened(ours, relay, tmp_path)
        post.register({A: Q}, QUARTER.opens_at)
        mail_server.put(mail(KINDS["scan"], sender="ia-a@example.org"), at=AT)
        collect_mailbox(post.office, NOW)
        after = QUARTER.window_ends + timedelta(days=2)
        open_quarter(post.office, QUARTER, after, "ops")
        assert not [one for one in post.owed(after) if one[1].startswith("unusable")]


def test_a_program_that_answers_every_letter_is_answered_ten_times_at_most(
    post, mail_server
) -> None:
    for number in range(12):
        one = mail(KINDS["scan"], sender="ia-a@example.org", message_id=f"<{number}@example.org>")
        mail_server.put(one, at=AT)
    collect_mailbox(post.office, NOW)
    assert len(letters_about(post)) == 10


def test_a_zip_with_one_file_is_received_by_mail_and_no_letter_of_this_kind_goes(
    post, mail_server
) -> None:
    zipped = attached(packed({"update.csv": CSV}), "update.zip", "application/zip")
    mail_server.put(mail(zipped, sender="ia-a@example.org"), at=AT)
    (item,) = collect_mailbox(post.office, NOW).items
    assert (item.outcome, item.agency, item.quarter) == ("new", A, Q)
    assert check_updates(post.office, NOW).count("accepted") == 1
    assert letters_about(post) == []
