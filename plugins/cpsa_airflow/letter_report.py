"""What a task that writes to agencies has in common: it reports what waits, and never fails for it.

A mail server that is away is no fault of the run: the letters wait in the ledger, and the next
task that writes sends them. So the log warns, and the run goes on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cpsa_airflow.task_context import TaskReport

if TYPE_CHECKING:
    from cpsa.services.letter_summary import LetterSummary

log = logging.getLogger(__name__)


def summarise_letters(result: LetterSummary) -> TaskReport:
    """The outcome of the letters, for the log and for a person who looks at the run."""
    if result.held_back:
        log.info("Letters are on hold (CPSA_LETTERS): %d letters are due.", result.held_back)
    if result.pending or result.trouble:
        log.warning(
            "Letters wait in the ledger: %d. %s The next run sends them; cpsa outbox lists them.",
            result.pending,
            result.trouble,
        )
    if result.failed or result.uncertain:
        log.warning(
            "Letters failed: %d, uncertain: %d; see cpsa outbox.", result.failed, result.uncertain
        )
    return result.as_json()
