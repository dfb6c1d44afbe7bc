"""A department's reply without our form, from a real mailbox: kept, attributed, listed, answered."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from tests.factories import Clerk
from tests.mailserver import MailServer
from tests.unit.intake.channels.mails import mail, part
from tests.unit.intake.readers.workbook.samples import blank as template
from tests.unit.services.department_rig import (
    BANKS,
    DOIC,
    FIRST,
    HALF,
    NOW,
    SECOND,
    THIRD,
    DepartmentRig,
    department_rig,
)

from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.decisions.department_replies import read_reply_file
from cpsa.services.decisions.list_replies import list_replies
from cpsa.services.decisions.settle_reply import settle_reply
from cpsa.services.reports.list_arrivals import list_arrivals
from cpsa.settings import MailTrust
from cpsa.web.board.work_items import WorkItemKind, list_work_items

COLLEAGUE = "Colleague <colleague@dic.example.org>"


@pytest.fixture
def rig(clerk: Clerk, mail_server: MailServer, tmp_path: Path) -> Iterator[DepartmentRig]:
    with department_rig(clerk, tmp_path) as made:
        url, trust = mail_server.url(), MailTrust.OPEN
        settings = replace(made.office.settings, imap_url=url, mail_trust=trust)
        made.office = AppContext(settings, made.office.engine)
        yield made


def words(text: str, kind: str = "text/plain") -> bytes:
    encoded = base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")
    encoding = "Content-Transfer-Encoding: base64"
    return part(encoded, "", f"{kind}; charset=utf-8", "", encoding)


def scan(
    name: str = "reply.pdf", content: bytes = b"%PDF-1.4 scan", kind="application/pdf"
) -> bytes:
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    encoding = "Content-Transfer-Encoding: base64"
    return part(encoded, f'filename="{name}"', kind, "attachment", encoding)


def collected(rig: DepartmentRig):
    return collect_mailbox(rig.office, NOW).items


def listed(rig: DepartmentRig, only_open: bool = True) -> list[dict]:
    return list_replies(rig.office, only_open=only_open).to_dict("records")


def test_a_reply_in_words_is_kept_listed_and_answered_once(
    rig: DepartmentRig, mail_server: MailServer
) -> None:
    said = words(f"{FIRST} is done, {SECOND} will be taken up.\n\n> {THIRD}: Limits lapse")
    sent = mail(said, sender=f"Officer <{DOIC}>", subject="Our reply")
    mail_server.put(sent, at=NOW)
    (item,) = collected(rig)
    assert (item.outcome, item.problem) == ("reply", "")
    assert mail_server.count("Done") == 1
    (row,) = listed(rig)
    assert (row["kind"], row["department"], row["half"]) == ("by_hand", "DOIC", "")
    assert row["numbers"] == f"{FIRST}, {SECOND}", "what is quoted is not named"
    assert (row["subject"], row["received_at"]) == ("Our reply", NOW)
    assert read_reply_file(rig.office, row["id"]) == sent
    assert set(rig.decided().values()) == {"reply_awaited"}, "a person decides what it says"
    for hours in range(2):
        rig.answer(NOW + timedelta(hours=hours))
    (letter,) = rig.mails()
    assert letter["To"].addresses[0].addr_spec == DOIC
    assert letter["Subject"].startswith("Your reply was received")
    assert f"Actions named in it: {FIRST}, {SECOND}" in rig.text()
    assert "recorded at once if you use the action taken report form" in rig.text()
    mail_server.put(sent, at=NOW)
    assert [item.outcome for item in collected(rig)] == ["repeat"]
    assert len(listed(rig)) == 1
    rig.answer(NOW + timedelta(hours=3))
    assert len(rig.mails()) == 1


def test_a_scan_is_a_reply_by_hand_in_hindi(rig: DepartmentRig, mail_server: MailServer) -> None:
    sent = mail(scan(f"{THIRD}.pdf"), sender=BANKS, subject="उत्तर")
    mail_server.put(sent, at=NOW)
    assert [item.outcome for item in collected(rig)] == ["reply"]
    (row,) = listed(rig)
    assert (row["department"], row["numbers"]) == ("BANKS", THIRD)
    rig.answer()
    (letter,) = rig.mails()
    assert letter["To"].addresses[0].addr_spec == BANKS
    assert letter["Subject"].startswith("आपका उत्तर प्राप्त हुआ")


def test_a_colleague_who_answers_our_mail_is_known_by_it(
    rig: DepartmentRig, mail_server: MailServer
) -> None:
    """Their address is not registered: the department is that of the mail, and so is who is told."""
    reference = rig.pack_sent()
    form = rig.form(first={"decision": "Done"})
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    mail_server.put(
        mail(
            scan("form.xlsx", form, kind),
            sender=COLLEAGUE,
            message_id="<2@dic.example.org>",
            headers=[
                f"References: <other@example.org> {reference}",
                "In-Reply-To: <x@example.org>",
            ],
        ),
        at=NOW,
    )
    assert [item.outcome for item in collected(rig)] == ["reply"]
    (row,) = listed(rig)
    assert (row["department"], row["half"]) == ("DOIC", HALF.key)
    assert rig.decided()[FIRST] == "reply_awaited", "nobody can answer for others by a form alone"
    rig.answer()
    (letter,) = rig.mails()
    assert letter["To"].addresses[0].addr_spec == DOIC


def test_a_stranger_is_refused_as_before(rig: DepartmentRig, mail_server: MailServer) -> None:
    mail_server.put(mail(words(FIRST), sender="stranger@example.org"), at=NOW)
    (item,) = collected(rig)
    assert (item.outcome, item.reason) == ("refused", "channels.unknown_sender")
    assert listed(rig) == []
    assert rig.answer().written == 0


def own_table() -> bytes:
    book = Workbook()
    book.active.append([FIRST, "Done"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "outcome"),
    [
        ("own.xlsx", own_table(), "reply"),
        ("update.xlsx", template(), "reply"),
        ("reply.csv", b"number,decision\n", "reply"),
        ("reply.docx", b"PK words", "reply"),
        ("form.xlsx", b"PK broken", "refused"),
    ],
    ids=["a table of its own", "an agency's template", "csv", "docx", "a form that is broken"],
)
def test_what_is_no_form_is_entered_by_hand_and_a_broken_one_is_answered(
    rig: DepartmentRig, mail_server: MailServer, name: str, content: bytes, outcome: str
) -> None:
    mail_server.put(mail(scan(name, content, "application/octet-stream"), sender=DOIC), at=NOW)
    assert [item.outcome for item in collected(rig)] == [outcome]
    assert len(listed(rig)) == (outcome == "reply")
    rig.answer()
    (letter,) = rig.mails()
    assert letter["To"].addresses[0].addr_spec == DOIC
    assert ("could not be used" in letter["Subject"]) == (outcome == "refused")


def test_a_form_with_words_beside_it_is_recorded(
    rig: DepartmentRig, mail_server: MailServer
) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    form = scan("our reply.xlsx", rig.form(first={"decision": "Done"}), kind)
    mail_server.put(mail(words("See the form"), form, scan(), sender=DOIC), at=NOW)
    assert [item.outcome for item in collected(rig)] == ["report", "aside"]
    assert rig.decided()[FIRST] == "done"
    assert listed(rig) == []


def test_it_waits_on_the_board_until_a_person_has_entered_it(
    rig: DepartmentRig, mail_server: MailServer
) -> None:
    mail_server.put(mail(words(FIRST), sender=DOIC), at=NOW)
    collected(rig)
    (item,) = (
        one for one in list_work_items(rig.office, NOW) if one.kind is WorkItemKind.REPLIES_BY_HAND
    )
    assert (item.count, item.since, item.address, item.command) == (
        1,
        NOW,
        "arrivals#replies",
        "cpsa replies",
    )
    assert item.text("en") == "1 reply of a department must be entered by hand"
    (row,) = listed(rig)
    with pytest.raises(RequestError):
        settle_reply(rig.office, row["id"], " ", "asha", NOW)
    settle_reply(rig.office, row["id"], "entered with cpsa decide", "asha", NOW)
    assert listed(rig) == []
    assert listed(rig, only_open=False)[0]["settled_by"] == "asha"
    with pytest.raises(RequestError, match="No reply"):
        settle_reply(rig.office, row["id"], "again", "asha", NOW)
    assert not any(
        one.kind is WorkItemKind.REPLIES_BY_HAND for one in list_work_items(rig.office, NOW)
    )


def test_an_arrival_says_that_it_is_a_reply(rig: DepartmentRig, mail_server: MailServer) -> None:
    mail_server.put(mail(words(FIRST), sender=DOIC), at=NOW)
    collected(rig)
    assert list(list_arrivals(rig.office)["outcome"])[-1] == "reply"
