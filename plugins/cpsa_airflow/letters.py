"""What a task that writes to agencies has in common: it says what waits, and never fails for it.

A mail server that is away is no fault of the run: the letters stand in the ledger, and the next
task that writes sends them. So the log warns, and the run goes on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cpsa_airflow.context import Report

if TYPE_CHECKING:
    from cpsa.cycle.department_letters import Answered
    from cpsa.cycle.letters import Corresponded

log = logging.getLogger(__name__)


def report(done: Corresponded | Answered) -> Report:
    """What became of the letters, for the log and for whoever looks at the run."""
    if done.held_back:
        log.info("Letters are held back by CPSA_LETTERS: %d are owed.", done.held_back)
    if done.pending or done.trouble:
        log.warning(
            "Letters wait in the ledger: %d. %s The next run sends them; cpsa outbox lists them.",
            done.pending,
            done.trouble,
        )
    if done.failed or done.uncertain:
        log.warning(
            "Letters failed: %d, uncertain: %d; see cpsa outbox.", done.failed, done.uncertain
        )
    return done.as_json()
