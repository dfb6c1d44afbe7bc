"""Finds damage in the store: files, references, journals, and what can be computed again.

What belongs here: the order of the checks and their result. What must not: what is compared (a module
for each kind of check), and repairing anything: that is for a person (docs/runbooks/damage-found.md).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.i18n.catalogue import text
from cpsa.services.app_context import AppContext
from cpsa.services.run_log import log_progress, log_use_case
from cpsa.services.verify_store.check_closings import check_closings
from cpsa.services.verify_store.check_documents import check_documents
from cpsa.services.verify_store.check_examinations import check_examinations
from cpsa.services.verify_store.check_files import check_files
from cpsa.services.verify_store.check_ledger import check_ledger
from cpsa.services.verify_store.check_numbering import check_numbering
from cpsa.services.verify_store.check_packed_figures import check_packed_figures
from cpsa.services.verify_store.check_references import check_references
from cpsa.services.verify_store.check_rows import check_rows
from cpsa.services.verify_store.check_states import check_states
from cpsa.services.verify_store.last_verification import write_last_verification
from cpsa.services.verify_store.store_fault import FaultKind, StoreFault
from cpsa.services.verify_store.verification import Verification
from cpsa.store.database import StoreUnreachableError, read_transaction

_log = logging.getLogger(__name__)
# Each yields what it finds; the cheap ones first.
Check = Callable[[Verification], Iterator[StoreFault]]
_CHECKS: Sequence[Check] = (
    check_rows,
    check_references,
    check_numbering,
    check_ledger,
    check_states,
    check_files,
    check_packed_figures,
    check_examinations,
    check_closings,
    check_documents,
)


@dataclass(frozen=True)
class VerificationResult:
    """What was found. ``counts``: what was compared, and what is not comparable, by name."""

    verified_at: datetime
    faults: tuple[StoreFault, ...]
    compared: Mapping[str, int]

    def text(self, language: str) -> str:
        """Whether damage was found, and what was compared, in one line."""
        compared = ", ".join(f"{name} {number}" for name, number in self.compared.items())
        key = "verify.damaged" if self.faults else "verify.whole"
        return text(key, language, number=len(self.faults), compared=compared)

    @property
    def counts(self) -> dict[str, int]:
        """For the log."""
        return {**self.compared, "faults": len(self.faults)}


@log_use_case
def verify_store(
    context: AppContext, now: datetime, *, everything: bool = False
) -> VerificationResult:
    """Compare the store with itself and with its files; nothing in it is changed.

    ``everything``: compute all again, not only samples.
    """
    with read_transaction(context.engine) as connection:
        verification = Verification(context, connection, now, everything)
        faults = list(_check_database(connection))
        if not faults:  # else no statement can be trusted, and some fail
            checks = log_progress(_log, _CHECKS, "checks", len(_CHECKS))
            faults = [fault for check in checks for fault in run_check(check, verification)]
    write_last_verification(context, now, len(faults))
    return VerificationResult(now, tuple(faults), verification.counts)


def run_check(check: Check, verification: Verification) -> Iterator[StoreFault]:
    """Yield what a check finds; one that a damaged value ends is itself reported, and the others go on."""
    try:
        yield from check(verification)
    except StoreUnreachableError:
        raise
    except Exception as error:
        _log.warning("%s: %s", check.__name__, type(error).__name__)
        detail = f"{check.__name__}: {type(error).__name__}"
        yield StoreFault(FaultKind.CHECK_FAILED, detail=detail)


def _check_database(connection: Connection) -> Iterator[StoreFault]:
    """What SQLite itself finds in its file; PostgreSQL reports damaged pages as they are read."""
    if connection.dialect.name != "sqlite":
        return
    for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars():
        if line != "ok":
            yield StoreFault(FaultKind.DATABASE_DAMAGED, detail=str(line))
