"""The states of a submission and of an obligation. The values are stored codes."""

from __future__ import annotations

from enum import StrEnum


class SubmissionState(StrEnum):
    """How far one received version has come: what its latest examination found."""

    RECEIVED = "received"  # not examined yet
    UNREADABLE = "unreadable"  # the file cannot be read
    REJECTED = "rejected"  # of another agency, quarter or template
    RETURNED = "returned"  # has an error that blocks
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"  # accepted, and a later version was accepted; never stored
    LOCKED_OUT = "held"  # received after closing, waits for a lock exception


class ObligationState(StrEnum):
    """How far an agency is with the update of a quarter. No update: expected, at close missing."""

    EXPECTED = "expected"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    MISSING = "missing"


REPORTED = (SubmissionState.ACCEPTED, SubmissionState.RETURNED)
"""States of a file by which its agency has reported (domain.md, Reporting rate)."""

TO_SEND_AGAIN = (
    SubmissionState.UNREADABLE,
    SubmissionState.REJECTED,
    SubmissionState.RETURNED,
)
"""States of a file that its agency corrects and sends again."""
