"""Letters to agencies and departments: what each says, in its reader's language, ready to plan.

What belongs here: the kinds of letters, their content and wording, and when reminders are due. Pure:
data in, ``deliver.message.Message`` out. What must not: the store, the clock, deciding to whom a
letter is owed (``cycle.letters``), and sending (``deliver``).
"""

from cpsa.letters.closing import Result, closing, closing_withdrawn
from cpsa.letters.decisions import Told, with_decisions
from cpsa.letters.department import (
    DepartmentHead,
    RecordedDecision,
    SentFile,
    UnrecordedRow,
    department_message,
    form_not_read,
    form_receipt,
    reply_received,
)
from cpsa.letters.head import Addressee, Head, Link, ReceivedFile
from cpsa.letters.kinds import Kind
from cpsa.letters.layout import Body
from cpsa.letters.policy import Deadlines, Policy, Step
from cpsa.letters.receipt import receipt
from cpsa.letters.reminder import reminder
from cpsa.letters.request import request
from cpsa.letters.unusable import unusable
from cpsa.letters.verdict import accepted, held, query, returned
from cpsa.letters.writing import message

__all__ = [
    "Addressee",
    "Body",
    "Deadlines",
    "DepartmentHead",
    "Head",
    "Kind",
    "Link",
    "Policy",
    "ReceivedFile",
    "RecordedDecision",
    "Result",
    "SentFile",
    "Step",
    "Told",
    "UnrecordedRow",
    "accepted",
    "closing",
    "closing_withdrawn",
    "department_message",
    "form_not_read",
    "form_receipt",
    "held",
    "message",
    "query",
    "receipt",
    "reminder",
    "reply_received",
    "request",
    "returned",
    "unusable",
    "with_decisions",
]
