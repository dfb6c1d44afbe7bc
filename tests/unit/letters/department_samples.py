"""One letter to a department of every kind and turn, in either language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tests.unit.letters.samples import FILE, LINK, TEMPLATES

from cpsa.actions.decision import Decision
from cpsa.delivery.mail_message import MailMessage
from cpsa.letters.department_answer_letter import (
    DepartmentLetterHead,
    RecordedDecision,
    SentFile,
    UnrecordedRow,
    build_department_message,
    build_form_receipt,
    build_reply_receipt,
    build_unread_form_letter,
)

SENT = SentFile("form.xlsx", FILE.received_at)
DONE = RecordedDecision("PA-2026-27-Q1-004", Decision.DONE, date(2026, 10, 3), None)
PROMISED = RecordedDecision("PA-2026-27-Q1-005", Decision.ACCEPTED, DONE.day, date(2027, 1, 31))
ROW = UnrecordedRow("E7: 12.13.2026", "12.12.2026")


def all_department_letters(language: str) -> Iterator[MailMessage]:
    for link in (LINK, None):
        head = DepartmentLetterHead(
            *("2026-27-H1", "reply-1", "DOIC:to:1", "R. Verma", "doic@example.org", language),
            *("DOIC", "2026-27-H1", "CPSA/2026-27-H1/DOIC/REPLY-1", "cpsa@example.org", link),
        )
        for decisions, unchanged, rows, marked in (
            ([DONE, PROMISED], 1, [], False),
            ([DONE], 2, [ROW], True),
            ([DONE] * 101, 0, [ROW] * 2, False),
            ([], 0, [ROW], True),
            ([], 2, [], False),
            ([], 0, [], False),
        ):
            body = build_form_receipt(head, SENT, decisions, unchanged, rows, marked=marked)
            yield build_department_message(TEMPLATES, head, body)
        for body in (
            build_unread_form_letter(head, SENT, "PA-…"),
            build_reply_receipt(head, SENT, ["PA-2026-27-Q1-004"]),
            build_reply_receipt(head, SENT, []),
        ):
            yield build_department_message(TEMPLATES, head, body)
