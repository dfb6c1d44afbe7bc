"""A receipt and the letter with the result of the check: whichever of the two an agency gets.

A receipt waits for two minutes. The result, written by then, takes its place; either alone is sent
where the other does not come (``deliver.provisional``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from cpsa.cycle.letters.due import VERDICTS, Key, Owed
from cpsa.deliver.provisional import Provisional
from cpsa.letters import Kind
from cpsa.store.tables.dispatch import State

WAIT = timedelta(minutes=2)
_RESULTS = frozenset(VERDICTS.values())
_OF_VERSION = re.compile(rf"(?:{'|'.join(sorted({Kind.RECEIPT, *_RESULTS}))})-v(\d+)")


def provisionals(slots: Iterable[str]) -> Mapping[str, Provisional]:
    """How the receipts wait that have to do with these slots of receipts and results."""
    versions = {int(match[1]) for slot in slots if (match := _OF_VERSION.fullmatch(slot))}
    return {
        Kind.RECEIPT.slot(version): Provisional(WAIT, _results(version)) for version in versions
    }


def is_replaced(receipt: Owed, written: Mapping[Key, Any], due: Collection[Key]) -> bool:
    """Whether the result of the check was sent in place of a receipt, or waits to be.

    ``written``: rows of the ledger by key. ``due``: the letters that are called for; a result that
    waits and is not among them is going to be withdrawn.
    """
    for slot in _results(receipt.version):
        key = receipt.quarter.key, slot, receipt.agency
        row = written.get(key)
        if row is None or row.state == State.SUPERSEDED:
            continue
        if row.state != State.PENDING or key in due:
            return True
    return False


def is_result_due(receipt: Owed, written: Mapping[Key, Any], due: Collection[Key]) -> bool:
    """Whether the result of the check is called for and not written yet: the receipt need not be."""
    keys = ((receipt.quarter.key, slot, receipt.agency) for slot in _results(receipt.version))
    return any(key in due and key not in written for key in keys)


def _results(version: int) -> frozenset[str]:
    return frozenset(kind.slot(version) for kind in _RESULTS)
