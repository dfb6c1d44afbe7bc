"""One letter to a department of every kind and turn, in either language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from tests.unit.letters.samples import FILE, LINK, TEMPLATE, TEMPLATES

from cpsa.actions.decision import Decision
from cpsa.calendar import HalfYear
from cpsa.delivery.mail_message import MailMessage
from cpsa.letters.letter_context import (
    LetterContext,
    LetterFile,
    RecordedDecision,
    UnrecordedRow,
)
from cpsa.letters.letter_message import build_message

SENT = LetterFile("form.xlsx", FILE.received_at)
DONE = RecordedDecision("PA-2026-27-Q1-004", Decision.DONE, date(2026, 10, 3), None)
PROMISED = RecordedDecision("PA-2026-27-Q1-005", Decision.ACCEPTED, DONE.day, date(2027, 1, 31))
ROW = UnrecordedRow("E7: 12.13.2026", "12.12.2026")


def all_department_letters(language: str) -> Iterator[MailMessage]:
    for link in (LINK, None):
        head: dict[str, Any] = {
            "cycle": "2026-27-H1",
            "slot": "reply-1",
            "recipient": "DOIC:to:1",
            "name": "R. Verma",
            "email": "doic@example.org",
            "language": language,
            "department": "DOIC",
            "half": HalfYear.parse("2026-27-H1"),
            "file": SENT,
            "reference": "CPSA/2026-27-H1/DOIC/REPLY-1",
            "link": link,
            "reply_to": "cpsa@example.org",
        }
        for recorded, unchanged, unrecorded, marked in (
            ([DONE, PROMISED], 1, [], False),
            ([DONE], 2, [ROW], True),
            ([DONE] * 101, 0, [ROW] * 2, False),
            ([], 0, [ROW], True),
            ([], 2, [], False),
            ([], 0, [], False),
        ):
            receipt = LetterContext(
                **head,
                template="reply_form",
                recorded=recorded,
                unchanged=unchanged,
                unrecorded=unrecorded,
                attachments=TEMPLATE if marked else (),
            )
            yield build_message(TEMPLATES, receipt)
        for template, matter in (
            ("reply_not_read", {"problem": "PA-…"}),
            ("reply_by_hand", {"numbers": ["PA-2026-27-Q1-004"]}),
            ("reply_by_hand", {}),
        ):
            yield build_message(TEMPLATES, LetterContext(**head, template=template, **matter))
