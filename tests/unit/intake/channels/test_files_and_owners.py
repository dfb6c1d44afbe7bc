"""What a mailed file is taken for, whose it is, and for which quarter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import INCLUDE, update

from cpsa.calendar import IST, Quarter
from cpsa.errors import RequestError
from cpsa.framework.loader import load_framework
from cpsa.intake.channels.classify_attachment import MailFileUse, classify_attachment
from cpsa.intake.channels.incoming_mail import IncomingAttachment
from cpsa.intake.channels.sender import SealCheck, Sender, find_owner
from cpsa.intake.quarter_names import find_quarter_key
from cpsa.registry.active_quarters import ActiveQuarters

Q1, Q2 = "2026-27-Q1", "2026-27-Q2"
IN_WINDOW = Quarter.parse(Q2).opens_at + timedelta(days=3)
FIRST_DAY, SECOND = datetime(2026, 10, 1, tzinfo=IST), timedelta(seconds=1)
BETWEEN = Quarter.parse(Q2).latest_due_by + timedelta(days=5)
ENTRIES = b"agency,quarter,kind,theme,department,text,request,urgency,scheme,amount,people\r\n"
ZIP = b"PK\x03\x04"
TRUST = SealCheck(
    b"key", lambda quarter: load_framework(quarter, INCLUDE / "programme" / "framework")
)


@pytest.mark.parametrize(
    ("name", "kind", "content", "sort", "called"),
    [
        ("IA-A.csv", "text/csv", b"", MailFileUse.UPDATE, "IA-A.csv"),
        ("IA-A.XLSX", "application/octet-stream", b"", MailFileUse.UPDATE, "IA-A.XLSX"),
        ("IA-A.xls", "image/png", b"", MailFileUse.UPDATE, "IA-A.xls"),
        ("IA-A.xlsm", "application/octet-stream", b"", MailFileUse.UPDATE, "IA-A.xlsm"),
        ("a.entries.csv", "text/csv", b"", MailFileUse.ENTRIES, "a.entries.csv"),
        ("a.ENTRIES.CSV", "text/plain", b"", MailFileUse.ENTRIES, "a.ENTRIES.CSV"),
        ("what we need.csv", "text/csv", ENTRIES, MailFileUse.ENTRIES, "what we need.csv"),
        ("bom.csv", "text/csv", b"\xef\xbb\xbf" + ENTRIES, MailFileUse.ENTRIES, "bom.csv"),
        ("", "text/csv", b"x", MailFileUse.UPDATE, "attachment.csv"),
        ("रिपोर्ट", "text/csv", b"x", MailFileUse.UPDATE, "रिपोर्ट.csv"),
        (
            "report 2026.27",
            "application/vnd.ms-excel",
            b"x",
            MailFileUse.UPDATE,
            "report 2026.27.xls",
        ),
        ("", "application/vnd.ms-excel", update("IA-A", Q2), MailFileUse.UPDATE, "attachment.csv"),
        ("", "text/plain", update("IA-A", Q2), MailFileUse.UPDATE, "attachment.csv"),
        ("", "application/octet-stream", ZIP + b"..xl/", MailFileUse.UPDATE, "attachment.xlsx"),
        (
            "",
            "application/octet-stream",
            ZIP + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            MailFileUse.UPDATE,
            "attachment.ods",
        ),
        (
            "",
            "application/octet-stream",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            MailFileUse.UPDATE,
            "attachment.xls",
        ),
        ("", "application/octet-stream", ZIP + b"photo.jpg", MailFileUse.OTHER, "attachment"),
        ("", "text/plain", b"Dear Sir,", MailFileUse.OTHER, "attachment"),
        ("logo.png", "image/png", b"\x89PNG", MailFileUse.OTHER, "logo.png"),
        ("logo.png", "text/csv", b"\x89PNG", MailFileUse.OTHER, "logo.png"),
        ("card.vcf", "text/vcard", b"", MailFileUse.OTHER, "card.vcf"),
        ("scan.pdf", "application/pdf", b"%PDF", MailFileUse.OTHER, "scan.pdf"),
        ("all.zip", "application/zip", ZIP + b"xl/", MailFileUse.OTHER, "all.zip"),
        ("winmail.dat", "application/ms-tnef", b"", MailFileUse.OTHER, "winmail.dat"),
    ],
)
def test_what_a_file_is_taken_for(name, kind, content, sort, called) -> None:
    found = classify_attachment(IncomingAttachment(name, kind, content))
    assert (found.use, found.name, found.content) == (sort, called, content)


@pytest.mark.parametrize(
    ("text", "quarter"),
    [
        ("IA-INDPH_2026-27-Q2", Q2),
        ("2026-27-Q2", Q2),
        ("2026-27 Q2", Q2),
        ("2026–27_q2 final (3)", Q2),
        ("2026-2027-Q2", Q2),
        ("Q2 2026-27", Q2),
        ("Re: FWD: Q-2, FY 2026-27 report", Q2),
        ("Quarter 2 2026-27", Q2),
        ("२०२६-२७ तिमाही २", Q2),
        ("तिमाही 2 (2026-27)", Q2),
        ("2026-27-Q2 and again 2026-27.Q2", Q2),
        ("2026-27-Q1 and 2026-27-Q2", ""),
        ("2026-28-Q2", ""),
        ("2026-27-Q5", ""),
        ("2026-27-Q22", ""),
        ("12026-27-Q2", ""),
        ("Q2", ""),
        ("2026-27", ""),
        ("", ""),
    ],
)
def test_a_quarter_is_found_however_it_is_written(text: str, quarter: str) -> None:
    assert find_quarter_key(text) == quarter


def who(
    *agencies: str, subject: str = "", at: datetime = BETWEEN, since: str = "2024-25-Q1"
) -> Sender:
    return Sender(dict.fromkeys(agencies, ActiveQuarters(since)), subject, at)


def csv(agency: str = "", quarter: str = "") -> bytes:
    return f"agency,quarter,indicator,dimension,value,note\n{agency},{quarter},A1,,1,\n".encode()


@pytest.mark.parametrize(
    ("content", "name", "sender", "owned"),
    [
        # Each place is asked only where those before it say nothing.
        (csv("IA-A", Q1), f"IA-A_{Q2}.csv", who("IA-A", subject=Q1), ("IA-A", Q2)),
        (csv("IA-A", Q1), "update.csv", who("IA-A", subject=f"Re: {Q2}"), ("IA-A", Q2)),
        (csv("IA-A", Q1), "update.csv", who("IA-A", at=IN_WINDOW), ("IA-A", Q1)),
        (csv(), "update.csv", who("IA-A", at=IN_WINDOW), ("IA-A", Q2)),
        (b"no csv", "update.csv", who("IA-A", at=IN_WINDOW), ("IA-A", Q2)),
        (b"no workbook", "update.xlsx", who("IA-A", at=IN_WINDOW), ("IA-A", Q2)),
        # A sender of one agency cannot speak for another: rule S06 will say what is wrong.
        (csv("FC-B", Q1), f"FC-B_{Q1}.csv", who("IA-A"), ("IA-A", Q1)),
        # A sender of several says for which.
        (csv("FC-B", Q1), f"ia_a {Q1}.csv", who("IA-A", "FC-B"), ("IA-A", Q1)),
        (csv("FC-B", Q1), "x.csv", who("IA-A", "FC-B", subject="from IA-A:"), ("IA-A", Q1)),
        (csv("fc-b", Q1), "x.csv", who("IA-A", "FC-B"), ("FC-B", Q1)),
        (csv("", Q1), "IA-A-2.csv", who("IA-A", "IA-A-2"), ("IA-A-2", Q1)),
        # What had not begun when the mail came was a slip of the pen.
        (csv("IA-A", Q2), "2027-28-Q1.csv", who("IA-A"), ("IA-A", Q2)),
        (csv(), "2027-28-Q1.csv", who("IA-A", at=IN_WINDOW), ("IA-A", Q2)),
        # On its first day a quarter has begun, by the Indian date.
        (csv("IA-A", "2026-27-Q3"), "x.csv", who("IA-A", at=FIRST_DAY), ("IA-A", "2026-27-Q3")),
    ],
)
def test_whose_it_is_and_for_when(content, name, sender, owned) -> None:
    assert find_owner(content, name, sender, TRUST) == owned


@pytest.mark.parametrize(
    ("content", "name", "sender", "key"),
    [
        (csv(), "x.csv", who("IA-A"), "channels.which_quarter"),
        (csv("IA-A", "soon"), "x.csv", who("IA-A"), "channels.which_quarter"),
        (
            csv("IA-A", "2026-27-Q3"),
            "x.csv",
            who("IA-A", at=FIRST_DAY - SECOND),
            "channels.which_quarter",
        ),
        (csv(), "2027-28-Q1.csv", who("IA-A"), "channels.which_quarter"),
        (csv(), "x.csv", who("IA-A", at=IN_WINDOW, since="2026-27-Q3"), "channels.which_quarter"),
        (csv("", Q1), "x.csv", who("IA-A", "FC-B"), "channels.which_agency"),
        (csv("IA-C", Q1), f"IA-C {Q1}.csv", who("IA-A", "FC-B"), "channels.which_agency"),
        (csv("", Q1), "IA-A FC-B.csv", who("IA-A", "FC-B"), "channels.which_agency"),
        (csv("", Q1), "IA-AB.csv", who("IA-A", "FC-B"), "channels.which_agency"),
    ],
)
def test_what_cannot_be_told_is_refused(content, name, sender, key) -> None:
    with pytest.raises(RequestError) as refused:
        find_owner(content, name, sender, TRUST)
    assert refused.value.key == key
    assert name in refused.value.text("hi")


@pytest.mark.parametrize(
    ("at", "quarter"),
    [
        (datetime(2026, 10, 1, 6, 0, tzinfo=IST), Q2),
        (datetime(2026, 10, 1, 0, 30, tzinfo=UTC), Q2),
        (datetime(2026, 10, 31, 23, 59, tzinfo=IST), Q2),
        (datetime(2026, 10, 1, 5, 59, tzinfo=IST), ""),
        # Own due dates are at most 14 days after the window's end.
        (datetime(2026, 11, 14, 23, 59, tzinfo=IST), Q2),
        (datetime(2026, 11, 15, 0, 0, tzinfo=IST), ""),
    ],
)
def test_the_open_window_says_the_quarter_last(at: datetime, quarter: str) -> None:
    sender = who("IA-A", at=at)
    if quarter:
        assert find_owner(csv(), "x.csv", sender, TRUST) == ("IA-A", quarter)
    else:
        with pytest.raises(RequestError):
            find_owner(csv(), "x.csv", sender, TRUST)
