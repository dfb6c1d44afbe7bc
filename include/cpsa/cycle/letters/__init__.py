"""Letters to agencies: told from the store who is owed one, written, and sent by the ledger.

``due`` says which letters the store calls for, ``looking`` holds that against the ledger,
``writing`` makes the messages, ``sending`` plans and sends. There is no queue: what is owed is
derived at every call, and the ledger alone knows what was written.
"""

from cpsa.cycle.letters.due import Owed
from cpsa.cycle.letters.looking import listed, owed
from cpsa.cycle.letters.sending import ANSWERS, REMINDERS, Corresponded, correspond, remind

__all__ = [
    "ANSWERS",
    "REMINDERS",
    "Corresponded",
    "Owed",
    "correspond",
    "listed",
    "owed",
    "remind",
]
