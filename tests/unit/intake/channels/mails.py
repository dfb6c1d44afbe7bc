"""Mails made for tests, as programs of offices write them and as they should not."""

from __future__ import annotations

from collections.abc import Sequence

AGENCY = "Agency A <IA-A@Example.org>"


def part(
    content: bytes,
    name: str = "",
    kind: str = "text/csv",
    disposition: str = "attachment",
    *headers: str,
) -> bytes:
    """One part of a mail as it stands between boundaries; ``name`` is written as it is given."""
    lines = [f"Content-Type: {kind}", *headers]
    if disposition:
        lines.append(f"Content-Disposition: {disposition}" + (f"; {name}" if name else ""))
    head = "\r\n".join(lines)
    return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + content


def mail(
    *parts: bytes,
    sender: str = AGENCY,
    subject: str = "Update",
    message_id: str = "<1@office.example.org>",
    headers: Sequence[str] = (),
    boundary: str = "b0",
    kind: str = "multipart/mixed",
) -> bytes:
    """A mail of these parts after a short letter; a blank header is left out."""
    lines = [
        *([f"From: {sender}"] if sender else []),
        *([f"Subject: {subject}"] if subject else []),
        *([f"Message-ID: {message_id}"] if message_id else []),
        "Date: Thu, 01 Jan 1970 00:00:00 +0000",
        "MIME-Version: 1.0",
        *headers,
        f'Content-Type: {kind}; boundary="{boundary}"',
    ]
    letter = b"Content-Type: text/plain; charset=utf-8\r\n\r\nPlease find attached."
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + one + b"\r\n" for one in (letter, *parts))
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
    return head + b"\r\n\r\n" + body + b"--" + boundary.encode() + b"--\r\n"
