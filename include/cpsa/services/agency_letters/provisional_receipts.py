"""A receipt and the letter with the result of the check: which of the two an agency gets.

A receipt waits for two minutes. The result, written by then, takes its place; either alone is sent
where the other does not come (``delivery.provisional_mails``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from cpsa.delivery.provisional_mails import ProvisionalSlot
from cpsa.letters.letter_kinds import LetterKind
from cpsa.services.agency_letters.due_letters import CHECK_RESULT_KINDS, DueLetter, LetterKey
from cpsa.store.tables.dispatch_tables import MailState

RECEIPT_DELAY = timedelta(minutes=2)
_RESULT_KINDS = frozenset(CHECK_RESULT_KINDS.values())
_VERSION_SLOT = re.compile(rf"(?:{'|'.join(sorted({LetterKind.RECEIPT, *_RESULT_KINDS}))})-v(\d+)")


def map_provisional_receipts(slots: Iterable[str]) -> Mapping[str, ProvisionalSlot]:
    """The delays of the receipts that belong to these slots of receipts and results."""
    versions = {int(match[1]) for slot in slots if (match := _VERSION_SLOT.fullmatch(slot))}
    return {
        LetterKind.RECEIPT.make_slot(version): ProvisionalSlot(
            RECEIPT_DELAY, _list_result_slots(version)
        )
        for version in versions
    }


def is_replaced(
    receipt: DueLetter, ledger_rows: Mapping[LetterKey, Any], due: Collection[LetterKey]
) -> bool:
    """Whether the result of the check was sent in place of a receipt, or waits to be.

    ``ledger_rows``: by key. ``due``: the letters that are called for; a result that
    waits and is not among them is going to be withdrawn.
    """
    for slot in _list_result_slots(receipt.version):
        key = receipt.quarter.key, slot, receipt.agency
        row = ledger_rows.get(key)
        if row is None or row.state == MailState.SUPERSEDED:
            continue
        if row.state != MailState.PENDING or key in due:
            return True
    return False


def is_result_due(
    receipt: DueLetter, ledger_rows: Mapping[LetterKey, Any], due: Collection[LetterKey]
) -> bool:
    """Whether the result of the check is called for and not written yet: the receipt need not be."""
    keys = (
        (receipt.quarter.key, slot, receipt.agency) for slot in _list_result_slots(receipt.version)
    )
    return any(key in due and key not in ledger_rows for key in keys)


def _list_result_slots(version: int) -> frozenset[str]:
    return frozenset(kind.make_slot(version) for kind in _RESULT_KINDS)
