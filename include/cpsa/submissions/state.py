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

    @property
    def is_reported(self) -> bool:
        """Whether by such a file its agency has reported (domain.md, Reporting rate)."""
        return self in (SubmissionState.ACCEPTED, SubmissionState.RETURNED)

    @property
    def is_outstanding(self) -> bool:
        """Whether its agency corrects such a file and sends it again."""
        return self in (
            SubmissionState.UNREADABLE,
            SubmissionState.REJECTED,
            SubmissionState.RETURNED,
        )

    @property
    def is_final(self) -> bool:
        """Whether nobody waits for anything more: it is accepted, or a later version is."""
        return self in (SubmissionState.ACCEPTED, SubmissionState.SUPERSEDED)

    @property
    def is_examined(self) -> bool:
        """Whether such a file was examined, or was replaced after it was."""
        return self not in (SubmissionState.RECEIVED, SubmissionState.LOCKED_OUT)


class ObligationState(StrEnum):
    """How far an agency is with the update of a quarter. No update: expected, at close missing."""

    EXPECTED = "expected"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    MISSING = "missing"


REPORTED = tuple(state for state in SubmissionState if state.is_reported)
OUTSTANDING = tuple(state for state in SubmissionState if state.is_outstanding)
"""The same for a query: states by which an agency has reported, and that it sends again."""

CHECK_OUTCOMES = (
    SubmissionState.ACCEPTED,
    SubmissionState.RETURNED,
    SubmissionState.REJECTED,
    SubmissionState.UNREADABLE,
    SubmissionState.LOCKED_OUT,
)
"""The states that a check records, in the order in which they are counted."""
