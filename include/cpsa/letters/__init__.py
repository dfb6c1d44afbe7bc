"""Letters to agencies and departments: what each says, in its reader's language, ready to plan.

What belongs here: the kinds of letters, their content and wording, and when reminders are due. Pure:
data in, ``delivery.mail_message.MailMessage`` out. What must not: the store, the clock, deciding to whom a
letter is due (``services.agency_letters``), and sending (``delivery``).
"""

from cpsa.letters.closing import ClosingResult, build_closing_notice, build_closing_withdrawal
from cpsa.letters.decisions import DecisionRow, append_decisions
from cpsa.letters.department import (
    DepartmentLetterHead,
    RecordedDecision,
    SentFile,
    UnrecordedRow,
    build_department_message,
    build_form_receipt,
    build_reply_receipt,
    build_unread_form_letter,
)
from cpsa.letters.head import AgencyAddressee, LetterHead, PageLink, ReceivedFile
from cpsa.letters.kinds import LetterKind
from cpsa.letters.layout import LetterBody
from cpsa.letters.policy import Deadlines, LetterPolicy, ReminderStep
from cpsa.letters.receipt import build_receipt
from cpsa.letters.reminder import build_reminder
from cpsa.letters.request import build_request
from cpsa.letters.unusable import build_unusable_mail_letter
from cpsa.letters.verdict import (
    build_accepted_letter,
    build_locked_out_letter,
    build_query_letter,
    build_returned_letter,
)
from cpsa.letters.writing import build_message

__all__ = [
    "AgencyAddressee",
    "ClosingResult",
    "Deadlines",
    "DecisionRow",
    "DepartmentLetterHead",
    "LetterBody",
    "LetterHead",
    "LetterKind",
    "LetterPolicy",
    "PageLink",
    "ReceivedFile",
    "RecordedDecision",
    "ReminderStep",
    "SentFile",
    "UnrecordedRow",
    "append_decisions",
    "build_accepted_letter",
    "build_closing_notice",
    "build_closing_withdrawal",
    "build_department_message",
    "build_form_receipt",
    "build_locked_out_letter",
    "build_message",
    "build_query_letter",
    "build_receipt",
    "build_reminder",
    "build_reply_receipt",
    "build_request",
    "build_returned_letter",
    "build_unread_form_letter",
    "build_unusable_mail_letter",
]
