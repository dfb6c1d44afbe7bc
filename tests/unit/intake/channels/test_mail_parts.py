"""Mails as they really come: broken, in any encoding, made by any program, or made to do harm."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.channels.mails import mail, part

from cpsa.errors import RequestError
from cpsa.intake.channels import mail_limits
from cpsa.intake.channels.incoming_mail import MailKind, read_attachments, read_mail_head
from cpsa.intake.channels.mail_limits import BOUNDARIES, MAILS_WITHIN, PARTS, WRAPPERS

CSV = b"agency,quarter,indicator,dimension,value,note\r\n"
HINDI = "त्रैमासिक रिपोर्ट.csv"


def names(content: bytes) -> list[str]:
    return [one.name for one in read_attachments(content)]


def word(text: str, charset: str = "utf-8") -> str:
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def cut_in_letters(text: str) -> str:
    """Encoded words that end in the middle of a letter, as some programs write them."""
    raw = text.encode()
    halves = raw[:7], raw[7:]
    return "\r\n ".join(f"=?UTF-8?B?{base64.b64encode(one).decode()}?=" for one in halves)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('filename="IA-A.csv"', "IA-A.csv"),
        ("filename=IA-A.csv", "IA-A.csv"),
        (f'filename="{word(HINDI)}"', HINDI),
        (f'filename="{cut_in_letters(HINDI)}"', HINDI),
        (
            "filename*=UTF-8''%E0%A4%A4%E0%A5%8D%E0%A4%B0.csv",
            "त्र.csv",
        ),
        (
            "filename*0*=UTF-8''%E0%A4%A4%E0%A5%8D;\r\n filename*1*=%E0%A4%B0;\r\n filename*2=.csv",
            "त्र.csv",
        ),
        (f'filename="{HINDI}"', HINDI),  # raw UTF-8, which no standard allows
        ('filename="r\udce9sum\udce9.csv"', "résumé.csv"),  # raw Latin-1
        ('filename="=?x-unknown?Q?caf=E9.csv?="', "caf\ufffd.csv"),
        ('filename="=?utf-8?B?!!!?=.csv"', ".csv"),
        (r'filename="C:\\Users\\ops\\IA-A.csv"', "IA-A.csv"),
        ('filename="../../etc/passwd.csv"', "passwd.csv"),
        ('filename="IA-A\u202evsc.exe.csv"', "IA-Avsc.exe.csv"),
        ("filename*=x''%ZZ.csv", "%ZZ.csv"),
        ("filename*=utf-8'%41.csv", "utf-8'A.csv"),
        (f'filename="{"x" * 400}.csv"', "x" * 146 + ".csv"),
        ("", ""),
    ],
)
def test_names_are_read_however_they_are_written(said: str, name: str) -> None:
    assert [found.strip(".") for found in names(mail(part(CSV, said)))] == [name.strip(".")]


def test_a_name_may_stand_with_the_type_alone() -> None:
    one = part(CSV, kind=f'text/csv; name="{word(HINDI)}"', disposition="")
    assert names(mail(one)) == [HINDI]


def test_what_is_a_file_and_what_is_the_letter() -> None:
    content = mail(
        part(b"<p>hello</p>", kind="text/html", disposition=""),
        part(b"BEGIN:VCALENDAR", kind="text/calendar", disposition=""),
        part(b"\x89PNG", kind="image/png", disposition="inline"),
        part(CSV, kind="text/csv", disposition=""),
        part(b"PK", kind="application/octet-stream", disposition=""),
        part(CSV, kind="text/plain"),
        part(CSV, kind='text/plain; name="IA-A.csv"', disposition="inline"),
    )
    assert [(one.name, one.type) for one in read_attachments(content)] == [
        ("", "image/png"),
        ("", "text/csv"),
        ("", "application/octet-stream"),
        ("", "text/plain"),
        ("IA-A.csv", "text/plain"),
    ]


@pytest.mark.parametrize(
    ("encoding", "sent", "content"),
    [
        ("base64", base64.encodebytes(CSV * 30), CSV * 30),
        ("base64", base64.b64encode(CSV).rstrip(b"="), CSV),
        ("BASE64", b"  " + base64.b64encode(CSV) + b"\r\n\r\n-- \r\nfooter", None),
        ("quoted-printable", b"agency=2Cquarter=\r\n,x=zz", b"agency,quarter,x=zz"),
        ("x-uuencode", b"no begin at all", None),
        ("8bit", "\u0939,\u0902".encode(), "\u0939,\u0902".encode()),
        ("7bit", b"caf\xe9", b"caf\xe9"),
        ("nonsense", CSV[:-2], CSV[:-2]),
    ],
)
def test_contents_are_given_as_they_were_sent(encoding: str, sent: bytes, content) -> None:
    one = part(sent, 'filename="a.csv"', "text/csv", "attachment", *_encoding(encoding))
    (found,) = read_attachments(mail(one))
    assert isinstance(found.content, bytes)
    if content is not None:
        assert found.content == content


def _encoding(name: str) -> list[str]:
    return [f"Content-Transfer-Encoding: {name}"]


def test_a_mail_may_be_the_file_itself() -> None:
    content = b"From: a@example.org\r\nContent-Type: text/csv; name=IA-A.csv\r\n\r\n" + CSV
    assert [(one.name, one.content) for one in read_attachments(content)] == [("IA-A.csv", CSV)]


def test_a_forwarded_mail_is_opened() -> None:
    inner = mail(part(CSV, "filename=IA-A.csv"), sender="clerk@example.org", boundary="b1")
    for kind in ("message/rfc822", "message/rfc822; name=fwd.eml"):
        assert names(mail(part(inner, kind=kind))) == ["IA-A.csv"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"\xff\xfe\x00",
        b"From",
        b"no header at all",
        mail(part(CSV, "filename=a.csv"))[:-30],
        mail(part(CSV, "filename=a.csv")).replace(b"\r\n", b"\n"),
        mail(part(CSV, "filename=a.csv")).replace(b"\r\n", b"\r"),
        mail(headers=["Content-Type: multipart/mixed"]),
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n\r\nx\r\n----",
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\neA==",
        b"Content-Type: text/csv; charset=x-none; name*9999=a\r\n\r\nx",
        b"Content-Type: ;;;=\r\nContent-Disposition: ;;=;\r\n\r\nx",
    ],
)
def test_a_broken_mail_harms_nobody(content: bytes) -> None:
    assert isinstance(read_attachments(content), tuple)
    assert read_mail_head(content).kind in MailKind


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    read_attachments(content)
    read_mail_head(content)


GOOD = mail(
    part(CSV, f'filename="{word(HINDI)}"'),
    part(mail(part(CSV, "filename*=utf-8''a.csv"), boundary="b1"), kind="message/rfc822"),
    headers=["Auto-Submitted: no", "Return-Path: <a@example.org>"],
)


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=3)), max_size=12))
def test_no_spoilt_mail_makes_it_raise(spoilt: list[tuple[int, bytes]]) -> None:
    content = GOOD
    for at, bytes_ in spoilt:
        content = content[:at] + bytes_ + content[at + 2 :]
    for one in read_attachments(content):
        assert one.name == one.name.strip()
        assert not any(sign in one.name for sign in "/\\\r\n\0")
    read_mail_head(content)


def nested(depth: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one)
        for one in range(depth)
    )
    return opened + b"Content-Type: text/csv\r\n\r\nx\r\n"


@pytest.mark.parametrize(
    "content",
    [
        mail(*[part(b"x", "filename=a.csv")] * (PARTS + 1)),
        mail(*[b"\r\nx"] * (BOUNDARIES + 1)),
        mail(*[b"\r\rx"] * (BOUNDARIES + 1)).replace(b"\r\n", b"\r"),
        nested(WRAPPERS + 1),
        nested(5_000),
        b"Content-Type: multipart/mixed; boundary*0=b; boundary*1=0\r\n\r\n" + b"--b0\n\n" * 3_000,
        b"Content-Type: text/csv\r\n\r\n" + b"\n" * 1_000_000,
        b"Content-Type: message/rfc822\r\n\r\n" * (MAILS_WITHIN + 1) + b"x",
        b"Content-Type:\r\n MESSAGE/rfc822\r\n\r\n" * 5_000 + b"x",
        b'Content-Type: text/csv; name="' + b";" * 100_000 + b"\r\n\r\nx",
        b'Content-Type: text/csv; name="' + b";;;;\r\n " * 20_000 + b"\r\n\r\nx",
    ],
    ids=[
        *("parts", "boundaries", "returns", "deep", "deeper", "2231", "lines"),
        *("mails", "mails deeper", "header", "folded"),
    ],
)
def test_what_no_office_writes_is_refused_before_it_is_parsed(content: bytes) -> None:
    with pytest.raises(RequestError) as refused:
        read_attachments(content)
    assert refused.value.key == "channels.too_many_parts"
    read_mail_head(content)


@pytest.mark.parametrize(
    ("said", "sender"),
    [
        ("IA-A@Example.org", "ia-a@example.org"),
        ("A <ia-a@example.org>", "ia-a@example.org"),
        (f"{word('एजेंसी')} <ia-a@example.org>", "ia-a@example.org"),
        ('"ia-a@example.org" <thief@example.org>', "thief@example.org"),
        ("एजेंसी <ia-a@example.org>", "ia-a@example.org"),
        ("caf\udce9 <ia-a@example.org>", "ia-a@example.org"),
        ("ia-a@example.org, thief@example.org", ""),
        ("A <ia-a@example.org>\r\nFrom: thief@example.org", ""),
        ("nobody", "nobody"),
        ("<>", ""),
        ("", ""),
    ],
)
def test_a_mail_is_from_exactly_one_address(said: str, sender: str) -> None:
    assert read_mail_head(mail(sender=said)).sender == sender


HOSTILE_SENDERS = {
    "open": "(" * 500,
    "open, many": "(" * 50_000,
    "comments": "(" * 990 + "x" + ")" * 990 + " ia-a@example.org",
    "comments in a row": "(x) " * 990 + "ia-a@example.org",
    "groups": "a:" * 5_000,
    "groups, closed": "a:" * 300 + "ia-a@example.org" + ";" * 300,
    "brackets": "<" * 5_000,
    "literals": "a@[" * 1_000,
    "quotes": '"' * 4_999,
    "escapes": "\\(" * 2_000,
    "a second name far behind": "ia-a@example.org" + " " * 5_000 + ", thief@example.org",
    "folded": "(\r\n " * 20_000,
}


@pytest.mark.parametrize("said", HOSTILE_SENDERS.values(), ids=HOSTILE_SENDERS)
def test_a_sender_made_to_exhaust_the_parser_is_nobody(said: str) -> None:
    found = read_mail_head(mail(sender=said))
    assert found.sender in ("", "@")
    assert found.message_id in ("", "<1@office.example.org>")


def test_as_deep_as_is_let_in_can_be_read() -> None:
    at_most = mail_limits.ADDRESS_NESTING // 2
    for said in ("(" * at_most + "x" + ")" * at_most, "a:" * at_most):
        assert read_mail_head(mail(sender=f"{said} <ia-a@example.org>")).sender in (
            "",
            "ia-a@example.org",
        )
    within = b"Content-Type: message/rfc822\r\n\r\n" * MAILS_WITHIN
    assert [one.name for one in read_attachments(within + mail(part(CSV, "filename=a.csv")))] == [
        "a.csv"
    ]


PIECES = st.sampled_from(
    [
        *("(", ")", "<", ">", "[", "]", ":", ";", ",", '"', "\\", "@", ".", " ", "\r\n ", "\r\n"),
        *(
            "a",
            "ia-a@example.org",
            "=?utf-8?B?",
            "?=",
            "=?x?Q?=28?=",
            "\0",
            "\udcff",
            "ए",
            "group:",
        ),
    ]
)
REPEATED = st.tuples(PIECES, st.sampled_from([1, 1, 1, 2, 30, 500, 5_000]))
HEADERS = st.sampled_from(
    [
        *("From", "Subject", "Message-ID", "Return-Path", "Content-Type", "Auto-Submitted"),
        *("Precedence", "X-Auto-Response-Suppress", "Content-Disposition", "Date", "References"),
    ]
)


@given(st.lists(st.tuples(HEADERS, st.lists(REPEATED, max_size=6)), max_size=6))
def test_no_head_makes_it_raise(made: list) -> None:
    lines = [f"{name}: {''.join(sign * times for sign, times in pieces)}" for name, pieces in made]
    content = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\nx"
    found = read_mail_head(content)
    assert max(map(len, (found.sender, found.message_id))) <= mail_limits.ADDRESS_LENGTH
    assert len(found.subject) <= mail_limits.HEADER_LENGTH
    with suppress(RequestError):
        assert len(read_attachments(content)) <= mail_limits.PARTS


def test_the_groups_of_a_report_are_one_part_however_many() -> None:
    """The parser of the standard library makes a message of each."""
    groups = b"Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\n\r\n" * 60_000
    status = part(groups, kind="message/delivery-status", disposition="")
    parsed = mail_limits.parse_mail(mail(status, kind="multipart/report"))
    assert sum(1 for _ in parsed.walk()) == 3
    assert read_attachments(mail(status, kind="multipart/report")) == ()


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ([], MailKind.WRITTEN),
        (["X-Auto-Response-Suppress: All"], MailKind.WRITTEN),  # it may bring a file
        (["Auto-Submitted: no"], MailKind.WRITTEN),
        (["Precedence: bulk", "List-Id: <office.example.org>"], MailKind.WRITTEN),
        (["Auto-Submitted: auto-replied (vacation)"], MailKind.AUTOMATIC),
        (["auto-submitted: Auto-Generated"], MailKind.AUTOMATIC),
        (["X-Autoreply: yes"], MailKind.AUTOMATIC),
        (["Precedence: auto_reply"], MailKind.AUTOMATIC),
        (["Return-Path: <>"], MailKind.BOUNCE),
        (["Return-Path: <ia-a@example.org>"], MailKind.WRITTEN),
    ],
)
def test_who_wrote_it(headers: list[str], kind: MailKind) -> None:
    assert read_mail_head(mail(headers=headers)).kind is kind


@pytest.mark.parametrize("made_as", ["multipart/alternative", "multipart/related"])
def test_an_absence_notice_may_say_no_more_than_that_it_wants_no_answer(made_as: str) -> None:
    for asked, kind in (
        ("All", MailKind.AUTOMATIC),
        ("DR, OOF, AutoReply", MailKind.AUTOMATIC),
        ("None", MailKind.WRITTEN),
    ):
        said = [f"X-Auto-Response-Suppress: {asked}"]
        assert read_mail_head(mail(headers=said, kind=made_as)).kind is kind


def test_reports_of_servers_are_known_by_their_type() -> None:
    for report, kind in (
        ("delivery-status", MailKind.BOUNCE),
        ("disposition-notification", MailKind.AUTOMATIC),
    ):
        content = mail(kind=f"multipart/report; report-type={report}")
        assert read_mail_head(content).kind is kind
    assert (
        read_mail_head(mail(sender="Mail Delivery <MAILER-DAEMON@mx.example.org>")).kind
        is MailKind.BOUNCE
    )


def test_subjects_and_message_ids_are_read_as_a_person_would() -> None:
    said = read_mail_head(
        mail(subject=cut_in_letters("तिमाही रिपोर्ट"), message_id="\r\n <1@\r\n x.example.org>")
    )
    assert (said.subject, said.message_id) == ("तिमाही रिपोर्ट", "<1@x.example.org>")
    assert read_mail_head(mail(message_id="", subject="")).message_id == ""


def test_a_head_alone_says_the_same() -> None:
    content = mail(part(b"x" * 200_000, "filename=a.csv"))
    assert read_mail_head(content[:300]) == read_mail_head(content)
