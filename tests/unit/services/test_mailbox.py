"""Updates come by mail, from a real mailbox server: each file once, whatever was sent by whom."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text
from tests import mailserver
from tests.factories import RegistryFolder, day_after_quarter, update
from tests.mailserver import MailServer
from tests.unit.intake.channels.mails import mail, part

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.collection import mailbox_channel
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.import_update import list_unchecked_quarters
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_arrivals import list_arrivals
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.workbooks.build_template import build_template
from cpsa.settings import MailTrust

pytestmark = pytest.mark.slow

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
NOW = day_after_quarter(Q2, days=10)
AT = datetime(2025, 10, 9, 4, 30, 15, tzinfo=UTC)
A, B, SEVERAL = "Ia-A@Example.org", "Agency B <fc-b@example.org>", "hq@example.org"


@pytest.fixture(autouse=True)
def registry(office: AppContext, tmp_path: Path) -> Path:
    agencies = {"IA-A": Q1, "FC-B": Q1, "IA-C1": Q1, "IA-C2": Q1}
    folder = RegistryFolder(agencies=agencies).write(tmp_path / "registry")
    told = (folder / "agencies.csv").read_text("utf-8")
    for code in ("ia-c1", "ia-c2"):
        told = told.replace(f"{code}@example.org", SEVERAL)
    (folder / "agencies.csv").write_text(told, "utf-8")
    load_registry(office, folder, day_after_quarter(Q1))
    return folder


@pytest.fixture
def mailed(office: AppContext, mail_server: MailServer) -> AppContext:
    return with_mailbox(office, mail_server.url())


def with_mailbox(office: AppContext, url: str | None) -> AppContext:
    # Who sent a mail is another test's matter (test_arrivals_awaiting).
    settings = replace(office.settings, imap_url=url, mail_trust=MailTrust.OPEN)
    return replace(office, settings=settings)


def csv_part(content: bytes, name: str, kind: str = "text/csv") -> bytes:
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    encoding = "Content-Transfer-Encoding: base64"
    return part(encoded, f'filename="{name}"', kind, "attachment", encoding)


def workbook_part(content: bytes, name: str) -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return csv_part(content, name, kind)


def a_mail(number: int = 1, **made: str) -> bytes:
    """A mail of agency A with an update of its own, the more new the higher the number."""
    content = update("IA-A", Q2, {"A1": number})
    said = {"sender": A, "message_id": f"<{number}@office.example.org>"} | made
    return mail(csv_part(content, f"IA-A_{Q2}.csv"), **said)


def outcomes(collected) -> list[tuple[str, str, str, int]]:
    return [
        (one.outcome, one.agency, one.quarter, one.version)
        for one in collected.items
        if one.outcome != "aside"
    ]


def reasons(collected) -> list[str]:
    return [one.reason for one in collected.items if one.reason]


def submissions(office: AppContext) -> list[tuple]:
    with office.engine.connect() as connection:
        query = "SELECT agency, quarter, version FROM submission ORDER BY agency, quarter, version"
        return [tuple(row) for row in connection.execute(text(query))]


def lies_in(server: MailServer) -> dict[str, int]:
    folders = (
        "INBOX",
        mailbox_channel.DONE,
        mailbox_channel.REFUSED,
        mailbox_channel.BOUNCES,
        mailbox_channel.AUTOMATIC,
    )
    counts = {name: server.count(name) for name in folders}
    return {name: count for name, count in counts.items() if count}


def test_a_mailed_update_is_taken_in_as_received_by_the_server(mailed, mail_server) -> None:
    mail_server.put(a_mail(), at=AT)
    collected = collect_mailbox(mailed, NOW)
    assert outcomes(collected) == [("new", "IA-A", Q2, 1)]
    assert collected.quarters == (Q2,)
    assert lies_in(mail_server) == {mailbox_channel.DONE: 1}
    with mailed.engine.connect() as connection:
        query = "SELECT file_name, channel, received_at, sha256 FROM submission"
        name, channel, received_at, sha256 = connection.execute(text(query)).one()
    assert (name, channel) == (f"IA-A_{Q2}.csv", "mail")
    assert received_at == "2025-10-09T04:30:15.000000Z", "not the Date that the sender wrote"
    assert mailed.read_received_bytes(sha256) == update("IA-A", Q2, {"A1": 1})
    assert check_updates(mailed, NOW).count("accepted") == 1


def test_nobody_else_sees_that_a_mail_was_looked_at(mailed, mail_server) -> None:
    mail_server.put(a_mail(), at=AT)
    collect_mailbox(mailed, NOW)
    assert "Seen" not in "".join(mail_server.flags(mailbox_channel.DONE))


def test_a_mail_that_comes_again_adds_nothing(mailed, mail_server) -> None:
    mail_server.put(a_mail(), a_mail(), at=AT)
    assert [one[0] for one in outcomes(collect_mailbox(mailed, NOW))] == ["new", "repeat"]
    mail_server.put(a_mail(), at=AT)
    mail_server.put(a_mail(message_id="<other@example.org>"), at=AT)
    again = collect_mailbox(mailed, NOW)
    assert outcomes(again) == [("repeat", "IA-A", Q2, 1)] * 2
    assert again.quarters == ()
    assert submissions(mailed) == [("IA-A", Q2, 1)]
    assert lies_in(mail_server) == {mailbox_channel.DONE: 4}
    assert list(list_arrivals(mailed)["outcome"]) == ["new", "repeat"], "one for each Message-ID"


def test_a_mail_without_message_id_is_known_by_its_bytes(mailed, mail_server) -> None:
    for _ in range(2):
        mail_server.put(a_mail(message_id=""), at=AT)
        collect_mailbox(mailed, NOW)
    (key,) = list_arrivals(mailed)["key"]
    assert key.startswith("sha256:")
    assert submissions(mailed) == [("IA-A", Q2, 1)]


def test_the_same_message_id_with_other_bytes_is_not_lost(mailed, mail_server) -> None:
    one, two = (
        a_mail(1, message_id="<same@x.example.org>"),
        a_mail(2, message_id="<same@x.example.org>"),
    )
    mail_server.put(one, two, at=AT)
    assert outcomes(collect_mailbox(mailed, NOW)) == [
        ("new", "IA-A", Q2, 1),
        ("new", "IA-A", Q2, 2),
    ]


def test_all_files_of_a_mail_are_taken_in_and_pictures_left(mailed, mail_server) -> None:
    entries = (
        "agency,quarter,kind,theme,department,text,request,urgency,scheme,amount,people\n"
        f"IA-A,{Q2},success,,,It went well.,,,,,\nFC-B,{Q2},success,,,Not mine.,,,,,\n"
    )
    mail_server.put(
        mail(
            csv_part(update("IA-A", Q1), f"IA-A_{Q1}.csv"),
            csv_part(update("IA-A", Q2), f"IA-A_{Q2}.csv"),
            csv_part(entries.encode(), f"IA-A_{Q2}.entries.csv"),
            part(b"\x89PNG", "filename=sig.png", "image/png", "inline"),
            part(b"BEGIN:VCARD", "filename=me.vcf", "text/vcard"),
            sender=A,
        ),
        at=AT,
    )
    collected = collect_mailbox(mailed, NOW)
    assert [(one.outcome, one.quarter) for one in collected.items] == [
        ("new", Q1),
        ("new", Q2),
        ("entries", ""),
        ("aside", ""),
        ("aside", ""),
    ]
    assert collected.put_aside == {"channels.other_file": 2}
    assert reasons(collected)[0] == "channels.entries_of_another"
    with mailed.engine.connect() as connection:
        said = connection.execute(text("SELECT agency, text FROM entry")).all()
    assert said == [("IA-A", "It went well.")]
    assert lies_in(mail_server) == {mailbox_channel.DONE: 1}


def test_a_sealed_workbook_says_whose_it_is_and_for_when(mailed, mail_server) -> None:
    """Whatever its name is, and though another quarter's window is open."""
    for agency in ("IA-C2", "IA-C1"):
        content = build_template(mailed, agency, Quarter.parse(Q1))
        one = workbook_part(content, "रिपोर्ट.xlsx")
        mail_server.put(
            mail(one, sender=SEVERAL, subject=f"{Q2} IA-C2", message_id=f"<{agency}@x>"), at=AT
        )
    assert [one[:3] for one in outcomes(collect_mailbox(mailed, NOW))] == [
        ("new", "IA-C2", Q1),
        ("new", "IA-C1", Q1),
    ]


def test_a_broken_seal_says_nothing(mailed, mail_server) -> None:
    book = openpyxl.load_workbook(io.BytesIO(build_template(mailed, "IA-A", Quarter.parse(Q1))))
    (seal,) = [sheet for sheet in book if sheet.sheet_state == "veryHidden"]
    for row in seal.iter_rows():
        for cell in row:
            if cell.value == Q1:
                cell.value = "2024-25-Q4"
    sent = io.BytesIO()
    book.save(sent)
    mail_server.put(mail(workbook_part(sent.getvalue(), "update.xlsx"), sender=A), at=AT)
    assert outcomes(collect_mailbox(mailed, NOW)) == [("new", "IA-A", Q2, 1)]
    assert check_updates(mailed, NOW).count("rejected") == 1
    assert list(list_findings(mailed)["rule"]) == ["S07"]


@pytest.mark.parametrize("sealed", [True, False])
def test_nobody_speaks_for_another_agency(mailed, mail_server, sealed: bool) -> None:
    """The file is taken for the sender's own, so the sender is told, and the other is untouched."""
    if sealed:
        content = build_template(mailed, "FC-B", Quarter.parse(Q2))
        one = workbook_part(content, f"FC-B_{Q2}.xlsx")
    else:
        one = csv_part(update("FC-B", Q2), f"FC-B_{Q2}.csv")
    mail_server.put(mail(one, sender=A, subject=f"FC-B {Q2}"), at=AT)
    assert outcomes(collect_mailbox(mailed, NOW)) == [("new", "IA-A", Q2, 1)]
    assert check_updates(mailed, NOW).count("rejected") == 1
    (finding,) = list_findings(mailed).itertuples()
    assert (finding.rule, finding.agency) == ("S06", "IA-A")


def refused_mails() -> dict[str, tuple[bytes, str, bool]]:
    """Mails, why each is refused, and whether the whole mail is kept or the one file of it."""
    csv = csv_part(update("IA-A", Q2), f"IA-A_{Q2}.csv")
    old = csv_part(update("IA-A", Q2), "IA-A_2010-11-Q1.csv")
    picture = part(b"\x89PNG", "filename=scan.png", "image/png")
    return {
        "stranger": (mail(csv, sender="thief@example.org"), "channels.unknown_sender", True),
        "two senders": (mail(csv, sender=f"{A}, {B}"), "channels.unknown_sender", True),
        "no sender": (mail(csv, sender=""), "channels.unknown_sender", True),
        "no file": (mail(sender=A), "channels.nothing_usable", True),
        "a picture": (mail(picture, sender=A), "channels.nothing_usable", True),
        "many parts": (mail(*[csv] * 400, sender=A), "channels.too_many_parts", True),
        "no agency": (mail(csv, sender=SEVERAL), "channels.which_agency", False),
        "no framework": (mail(old, sender=A), "framework.none_holds", False),
    }


@pytest.mark.parametrize("name", refused_mails())
def test_what_is_refused_is_kept_with_its_reason(mailed, mail_server, name: str) -> None:
    content, reason, whole = refused_mails()[name]
    mail_server.put(content, a_mail(7), at=AT)
    collected = collect_mailbox(mailed, NOW)
    assert outcomes(collected)[1:] == [("new", "IA-A", Q2, 1)], "the others are not held up"
    (row,) = list_arrivals(mailed, outcome="refused").itertuples()
    assert row.reason == reason
    assert row.problem_en != row.problem_hi
    assert "@" not in str(collected.as_json()) + row.problem_en, "no one's address is told"
    assert mailed.read_received_bytes(row.sha256) == (content if whole else update("IA-A", Q2))
    assert lies_in(mail_server) == {mailbox_channel.DONE: 1, mailbox_channel.REFUSED: 1}


def test_no_window_is_open_and_nothing_else_says_the_quarter(mailed, mail_server) -> None:
    blank = b"agency,quarter,indicator,dimension,value,note\n"
    mail_server.put(mail(csv_part(blank, "update.csv"), sender=A), at=AT + timedelta(days=40))
    collected = collect_mailbox(mailed, NOW + timedelta(days=60))
    assert reasons(collected) == ["channels.which_quarter"]


def test_a_refused_mail_may_be_put_back(mailed, mail_server, registry) -> None:
    """The registry gets the address, ops move the mail back, and it is imported."""
    stranger = a_mail(1, sender="new@example.org")
    mail_server.put(stranger, at=AT)
    assert reasons(collect_mailbox(mailed, NOW)) == ["channels.unknown_sender"]
    told = (registry / "agencies.csv").read_text("utf-8").replace("ia-a@", "new@")
    (registry / "agencies.csv").write_text(told, "utf-8")
    load_registry(mailed, registry, NOW)
    mail_server.put(stranger, at=AT)
    assert outcomes(collect_mailbox(mailed, NOW)) == [("new", "IA-A", Q2, 1)]
    assert list(list_arrivals(mailed)["outcome"]) == ["refused", "new"]


def test_what_is_half_refused_may_be_put_back_as_well(mailed, mail_server) -> None:
    """A file whose agency cannot be found is tried again; what was imported is a repeat."""
    two = mail(
        csv_part(update("IA-C1", Q2), "a.csv"), csv_part(b"x,y\n1,2\n", "b.csv"), sender=SEVERAL
    )
    mail_server.put(two, at=AT)
    first = collect_mailbox(mailed, NOW)
    assert [one[0] for one in outcomes(first)] == ["new", "refused"]
    assert lies_in(mail_server) == {mailbox_channel.REFUSED: 1}
    mail_server.put(two, at=AT)
    again = collect_mailbox(mailed, NOW)
    assert [one[0] for one in outcomes(again)] == ["repeat", "refused"]
    assert len(list_arrivals(mailed)) == 2


def test_a_refused_file_is_taken_in_when_its_cause_is_gone(mailed, mail_server, registry) -> None:
    """The registry says no longer that its sender writes for two; both looks stay on record."""
    one = mail(csv_part(b"x,y\n1,2\n", f"{Q2}.csv"), sender=SEVERAL)
    mail_server.put(one, at=AT)
    assert reasons(collect_mailbox(mailed, NOW)) == ["channels.which_agency"]
    told = (registry / "agencies.csv").read_text("utf-8").replace(SEVERAL, "c1@example.org", 1)
    (registry / "agencies.csv").write_text(told, "utf-8")
    load_registry(mailed, registry, NOW)
    for outcome in ("new", "repeat"):
        mail_server.put(one, at=AT)
        assert outcomes(collect_mailbox(mailed, NOW)) == [(outcome, "IA-C2", Q2, 1)]
    assert list(list_arrivals(mailed)["outcome"]) == ["refused", "new"]


def test_bounces_and_automatic_answers_are_put_aside_whole(mailed, mail_server) -> None:
    original = a_mail()
    bounce = mail(
        part(b"Reporting-MTA: dns; mx", kind="message/delivery-status", disposition=""),
        part(original, kind="message/rfc822", disposition=""),
        sender="MAILER-DAEMON@mx.example.org",
        kind="multipart/report; report-type=delivery-status",
    )
    vacation = a_mail(2, message_id="<away@x>").replace(
        b"MIME-Version", b"Auto-Submitted: auto-replied\r\nMIME-Version"
    )
    mail_server.put(bounce, vacation, at=AT)
    collected = collect_mailbox(mailed, NOW)
    assert collected.put_aside == {"channels.automatic": 1, "channels.bounce": 1}
    assert mail_server.mails(mailbox_channel.BOUNCES) == [bounce]
    assert mail_server.mails(mailbox_channel.AUTOMATIC) == [vacation]
    assert submissions(mailed) == []
    (row,) = list_arrivals(mailed).to_dict("records")
    assert (row["outcome"], row["reason"]) == ("automatic", "channels.automatic_mail")
    assert mailed.read_received_bytes(row["sha256"]) == vacation


def test_an_absence_notice_of_an_agency_is_recorded_as_one_and_never_answered(
    mailed, mail_server
) -> None:
    """It says no more of itself than that no program is to answer it."""
    away = f"From: {A}\r\nMessage-ID: <away@x>\r\nX-Auto-Response-Suppress: All\r\n\r\nAway.\r\n".encode()
    for _ in range(2):
        mail_server.put(away, at=AT)
        collect_mailbox(mailed, NOW)
    (row,) = list_arrivals(mailed).to_dict("records")
    assert (row["outcome"], row["agency"]) == ("automatic", "IA-A")
    assert lies_in(mail_server) == {mailbox_channel.AUTOMATIC: 2}
    assert len(list_arrivals(mailed, outcome="refused")) == 0, "nobody has to look at it"


def test_a_reply_from_a_departments_former_address_says_whose_it_was(
    mailed, mail_server, registry
) -> None:
    """Its address was changed in the registry: nothing is recorded, nobody is answered."""
    recipients = registry / "recipients.csv"
    former, department = "former@example.org", "BANKS"
    for address in (former, "corrected@example.org"):
        recipients.write_text(
            f"department,name,email,language,kind\n{department},Nodal officer,{address},en,to\n",
            "utf-8",
        )
        load_registry(mailed, registry, NOW)
    mail_server.put(mail(csv_part(b"x", "reply.csv"), sender=former.upper()), at=AT)
    assert reasons(collect_mailbox(mailed, NOW)) == ["channels.former_address"]
    (row,) = list_arrivals(mailed, outcome="refused").to_dict("records")
    assert department in row["problem_en"]
    assert department in row["problem_hi"]
    assert lies_in(mail_server) == {mailbox_channel.REFUSED: 1}


def test_a_mail_too_large_is_refused_without_being_fetched(
    mailed, mail_server, monkeypatch
) -> None:
    monkeypatch.setattr(mailbox_channel, "MAIL_BYTES", 50_000)
    fetched: list[str] = []
    content = mailbox_channel.Mailbox.fetch_content
    monkeypatch.setattr(
        mailbox_channel.Mailbox,
        "fetch_content",
        lambda box, one: fetched.append(one.uid) or content(box, one),
    )
    large = mail(part(b"x" * 60_000, "filename=IA-A.csv"), sender=A, message_id="<large@x>")
    mail_server.put(large, a_mail(), at=AT)
    collected = collect_mailbox(mailed, NOW)
    assert reasons(collected) == ["channels.too_large"]
    assert [one[0] for one in outcomes(collected)] == ["refused", "new"]
    assert len(fetched) == 1
    assert lies_in(mail_server) == {mailbox_channel.DONE: 1, mailbox_channel.REFUSED: 1}
    assert list_arrivals(mailed, outcome="refused")["key"].tolist() == ["<large@x>"]


def test_what_people_marked_as_deleted_is_left(mailed, mail_server) -> None:
    mail_server.put(a_mail(), at=AT)
    with mail_server.session() as client:
        client.select("INBOX")
        client.store("1", "+FLAGS", "(\\Deleted)")
    assert collect_mailbox(mailed, NOW).items == ()
    assert lies_in(mail_server) == {"INBOX": 1}


def test_whoever_dies_before_the_move_finds_it_done(mailed, mail_server, monkeypatch) -> None:
    class KilledError(BaseException):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    mail_server.put(a_mail(), at=AT)
    with monkeypatch.context() as doomed:
        doomed.setattr(mailbox_channel.Mailbox, "move", killed)
        with pytest.raises(KilledError):
            collect_mailbox(mailed, NOW)
    assert (lies_in(mail_server), list_unchecked_quarters(mailed)) == ({"INBOX": 1}, (Q2,))
    assert outcomes(collect_mailbox(mailed, NOW)) == [("repeat", "IA-A", Q2, 1)]
    assert (submissions(mailed), lies_in(mail_server)) == (
        [("IA-A", Q2, 1)],
        {mailbox_channel.DONE: 1},
    )


def test_a_mail_that_another_process_took_away_is_no_fault(mailed, mail_server, monkeypatch):
    mail_server.put(a_mail(1), a_mail(2), at=AT)
    waiting = mailbox_channel.Mailbox.list_mails

    def seen_too_late(box) -> list:
        found = waiting(box)
        with mail_server.session() as other:
            other.select("INBOX")
            other.uid("MOVE", found[0].uid, "Elsewhere") if other.create("Elsewhere") else None
        return found

    monkeypatch.setattr(mailbox_channel.Mailbox, "list_mails", seen_too_late)
    collected = collect_mailbox(mailed, NOW)
    assert [one.outcome for one in collected.items if one.outcome != "refused"] == ["new"]
    assert lies_in(mail_server) == {mailbox_channel.DONE: 1}


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls", "imap"])
@pytest.mark.parametrize("user", list(mailserver.PASSWORDS))
def test_every_way_in_and_every_password(office, mail_server, scheme: str, user: str) -> None:
    mail_server.empty(user)
    mail_server.put(a_mail(), at=AT, user=user)
    there = with_mailbox(office, mail_server.url(scheme, user, host="localhost"))
    assert outcomes(collect_mailbox(there, NOW)) == [("new", "IA-A", Q2, 1)]
    assert mail_server.count(mailbox_channel.DONE, user) == 1


def test_another_folder_may_be_the_inbox(office: AppContext, mail_server: MailServer) -> None:
    with mail_server.session() as client:
        client.create("Updates")
    mail_server.put(a_mail(), at=AT, folder="Updates")
    there = with_mailbox(office, mail_server.url(folder="Updates"))
    assert outcomes(collect_mailbox(there, NOW)) == [("new", "IA-A", Q2, 1)]


@pytest.mark.parametrize("capability", [mailserver.WITHOUT_MOVE, mailserver.BARE])
def test_a_server_that_cannot_move_is_served_as_well(office, monkeypatch, capability) -> None:
    with _another_server(monkeypatch, capability=capability) as server:
        server.put(a_mail(1), a_mail(2), at=AT)
        with server.session() as client:  # somebody's own, which no EXPUNGE of ours may take
            client.append("INBOX", "(\\Deleted)", AT, b"Subject: mine\r\n\r\nx")
        there = with_mailbox(office, server.url())
        for expected in ("new", "repeat"):
            if expected == "repeat":
                server.put(a_mail(1), at=AT)
            assert outcomes(collect_mailbox(there, NOW))[0][0] == expected
        assert server.count(mailbox_channel.DONE) == 3
        assert b"Subject: mine\r\n\r\nx" in server.mails()
        left = 1 if capability == mailserver.WITHOUT_MOVE else 4
        assert server.count() == left, "without UIDPLUS the copied ones stay marked as deleted"
        assert submissions(there) == [("IA-A", Q2, 1), ("IA-A", Q2, 2)]


@contextmanager
def _another_server(monkeypatch, **told: str):
    if mailserver.PROGRAM is None:
        pytest.skip("dovecot is not installed (Debian: dovecot-imapd)")
    with mailserver.running(**told) as server, monkeypatch.context() as trusting:
        trusting.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


def _nobody_listens(url: str) -> str:
    head, _, _ = url.rpartition(":")
    return f"{head}:1/INBOX"


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (lambda server: server.url(password="SECRET"), "channels.login"),
        (lambda server: server.url(user="SECRET", password="SECRET"), "channels.login"),
        (lambda server: server.url(password="गुप्त SECRET"), "channels.login"),
        (lambda server: server.url(password='SECRET"\r\nA LOGOUT'), "channels.login"),
        (lambda server: server.url(folder="None"), "channels.no_folder"),
        (lambda server: _nobody_listens(server.url()), "channels.unreachable"),
        (lambda server: server.url("imaps", host="no.such.host.invalid"), "channels.unreachable"),
        (lambda server: "imaps://u:SECRET@", "channels.mailbox_address"),
        (lambda server: None, "channels.no_mailbox"),
    ],
)
def test_what_is_wrong_with_the_mailbox_is_one_clear_line(
    office: AppContext, mail_server: MailServer, spoil: Callable, key: str
) -> None:
    there = with_mailbox(office, spoil(mail_server))
    with pytest.raises(RequestError) as refused:
        collect_mailbox(there, NOW)
    assert refused.value.key == key
    for language in ("en", "hi"):
        said = refused.value.text(language)
        assert "\n" not in said
        assert "SECRET" not in said
        assert mailserver.PASSWORDS[mailserver.USER] not in said


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    office, mail_server, monkeypatch, scheme: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    mail_server.put(a_mail(), at=AT)
    with pytest.raises(RequestError) as refused:
        collect_mailbox(with_mailbox(office, mail_server.url(scheme)), NOW)
    assert refused.value.key == "channels.untrusted"
    assert submissions(office) == []
