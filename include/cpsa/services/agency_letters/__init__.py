"""Letters to agencies: which are due by the store, written, and sent by the ledger.

``due_letters`` says which letters are due, ``letter_review`` compares that with the ledger,
``letter_builder`` makes the messages, ``send_letters`` sends. There is no queue: what is due is
derived at every call, and the ledger alone knows what was written.
"""

from cpsa.cycle.letters.due import DueLetter
from cpsa.cycle.letters.looking import list_unwritten_letters, tabulate_letters
from cpsa.cycle.letters.sending import (
    ANSWER_KINDS,
    REMINDER_KINDS,
    LetterSummary,
    remind_agencies,
    send_letters,
)

__all__ = [
    "ANSWER_KINDS",
    "REMINDER_KINDS",
    "DueLetter",
    "LetterSummary",
    "list_unwritten_letters",
    "remind_agencies",
    "send_letters",
    "tabulate_letters",
]
