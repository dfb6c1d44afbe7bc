"""The times of a trial: those of the field, about a thousandth as long, in the same proportions.

A server's patience ends before the quarantine does, and a lease outlasts the wait for a reply.
"""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType

from cpsa.delivery import ledger, smtp

STEP_SECONDS = 0.25
DOT_SECONDS = 0.25
LEASE_SECONDS = 0.4
IDLE_SECONDS = 0.45  # then the server ends a session that says nothing
LATE_SECONDS = 0.3  # how long the server takes over a mail that it accepts after we gave up
QUARANTINE_SECONDS = 0.9

LEASE = timedelta(seconds=LEASE_SECONDS)


TIMES: dict[tuple[ModuleType, str], object] = {
    (smtp, "STEP_SECONDS"): STEP_SECONDS,
    (smtp, "DOT_SECONDS"): DOT_SECONDS,
    (ledger, "QUARANTINE"): timedelta(seconds=QUARANTINE_SECONDS),
    (ledger, "FIRST_BACKOFF"): timedelta(seconds=0.02),
    (ledger, "MAX_BACKOFF"): timedelta(seconds=0.1),
    (ledger, "UNREACHABLE_BACKOFF"): timedelta(seconds=0.02),
}


def set_up() -> None:
    """Let delivery in this process live at this tempo."""
    for (module, name), time in TIMES.items():
        getattr(module, name)  # a time that is no longer called so must not pass unnoticed
        setattr(module, name, time)
