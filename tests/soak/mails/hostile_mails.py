"""Mails that no office writes, or that no person wrote, each with what must become of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.factories import ROOT

AUTOMATIC, DONE, REFUSED = "Automatic", "Done", "Refused"
STRANGER = b"stranger@elsewhere.example.org"
REPORT = ROOT / "tests" / "unit" / "delivery" / "returned" / "postfix.eml"


@dataclass(frozen=True)
class Expected:
    """What must become of a mail: the folder it ends in, and of what it brings.

    ``outcome`` and ``reason`` of its one arrival, blank where it has none; ``state`` of its one
    submission, blank where it is none.
    """

    folder: str
    outcome: str = ""
    reason: str = ""
    state: str = ""


REFUSED_SENDER = Expected(REFUSED, "refused", "channels.unknown_sender")
REFUSED_PARTS = Expected(REFUSED, "refused", "channels.too_many_parts")
# Read by the reader of status reports, so it has its record there and not as an update.
REFUSED_REPORT = Expected(REFUSED, "refused", "channels.too_many_parts")
REFUSED_RECIPIENTS = Expected(REFUSED, "refused", "channels.too_many_recipients")
NO_REPORT = Expected(REFUSED)
AWAY = Expected(AUTOMATIC, "automatic", "channels.automatic_mail")
UNREADABLE = Expected(DONE, "new", state="unreadable")
REJECTED = Expected(DONE, "new", state="rejected")


def _nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one)
        for one in range(depth)
    )


def _parts(part: bytes, number: int = 1) -> bytes:
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=soak\r\n\r\n"
    return head + (b"--soak\r\n" + part + b"\r\n") * number + b"--soak--\r\n"


def _file(name: bytes, content: bytes) -> bytes:
    return _parts(
        b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="
        + name
        + b"\r\n\r\n"
        + content
    )


def hostile_mail(
    sender: bytes, agency: str, quarter: str, chance: Random
) -> tuple[bytes, Expected]:
    """One hostile mail without its Message-ID; ``sender`` is the address of ``agency``."""
    times = chance.randrange(500, 5_000)
    name = f"{agency}_{quarter}".encode()
    words = b"Content-Type: text/plain\r\n\r\nI am away until Monday.\r\n"
    made = {
        "brackets": (b"From: " + b"(" * times + b"\r\n" + words, REFUSED_SENDER),
        "groups": (b"From: " + b"a:" * times + b"\r\n" + words, REFUSED_SENDER),
        "comments": (
            b"From: " + b"(" * 990 + b"x" + b")" * 990 + b" " + sender + b"\r\n" + words,
            REFUSED_SENDER,
        ),
        "folded": (b"From: " + b"(\r\n " * times + b"\r\n" + words, REFUSED_SENDER),
        "two senders": (
            b"From: " + sender + b"\r\nFrom: " + STRANGER + b"\r\n" + words,
            REFUSED_SENDER,
        ),
        "stranger": (b"From: " + STRANGER + b"\r\n" + words, REFUSED_SENDER),
        "long head": (
            b"From: " + STRANGER + b"\r\n" + b"X-Filler: x\r\n" * 20_000 + words,
            REFUSED_SENDER,
        ),
        "deep": (b"From: " + sender + b"\r\n" + _nested(times), REFUSED_PARTS),
        "mails in mails": (
            b"From: " + sender + b"\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * times,
            REFUSED_PARTS,
        ),
        "parts": (
            b"From: " + sender + b"\r\n" + _parts(b"\r\nx", times),
            REFUSED_PARTS,
        ),
        "away": (
            b"From: " + sender + b"\r\nAuto-Submitted: auto-replied\r\n" + words,
            AWAY,
        ),
        "away, silent": (
            b"From: " + sender + b"\r\nX-Auto-Response-Suppress: All\r\n" + words,
            AWAY,
        ),
        "report, deep": (b"Return-Path: <>\r\n" + _nested(times), REFUSED_REPORT),
        "report, commas": (
            b"Return-Path: <>\r\nX-Failed-Recipients: " + b"a@example.org," * 200 + b"\r\n" + words,
            REFUSED_RECIPIENTS,
        ),
        "report, groups": (
            b"Return-Path: <>\r\nContent-Type: multipart/report; boundary=soak\r\n\r\n"
            + b"--soak\r\nContent-Type: message/delivery-status\r\n\r\n"
            + b"Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\n\r\n" * times
            + b"--soak--\r\n",
            REFUSED_RECIPIENTS,
        ),
        "report, of nothing": (b"Return-Path: <>\r\n" + words, NO_REPORT),
        "report, of other mail": (
            b"Return-Path: <>\r\n" + _without_return_path(REPORT),
            Expected(DONE),
        ),
        "broken workbook": (
            b"From: " + sender + b"\r\n" + _file(name + b".xlsx", b"PK\3\4 %d" % times),
            UNREADABLE,
        ),
        "no columns": (
            b"From: " + sender + b"\r\n" + _file(name + b".csv", b"a,b,%d\r\n1,2,3" % times),
            UNREADABLE,
        ),
        "another's": (
            b"From: "
            + sender
            + b"\r\n"
            + _file(
                name + b".csv",
                b"agency,quarter,indicator,dimension,value,note\r\n"
                + b"IA-OTHER,%s,OP1,,%d,\r\n" % (quarter.encode(), times),
            ),
            REJECTED,
        ),
    }
    return made[chance.choice(sorted(made))]


def _without_return_path(file: Path) -> bytes:
    lines = file.read_bytes().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.lower().startswith(b"return-path"))
