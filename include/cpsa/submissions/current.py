"""The current submission of an agency for a quarter, and the agency's state.

The current submission is the newest accepted version, else the newest. A locked-out file is not
admitted: it is never current and changes no state; places that show a state mark it beside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import takewhile
from typing import Generic, Protocol, TypeVar

from cpsa.submissions.state import ObligationState, SubmissionState

AgencyAndQuarter = tuple[str, str]


class Version(Protocol):
    """What is needed of one received version to know its state."""

    @property
    def version(self) -> int: ...
    @property
    def state(self) -> str: ...


class SubmissionRow(Version, Protocol):
    """A row of the store: one received version with its state."""

    @property
    def id(self) -> int: ...
    @property
    def agency(self) -> str: ...
    @property
    def quarter(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def examination_id(self) -> int | None: ...


V = TypeVar("V", bound=Version)
R = TypeVar("R", bound=SubmissionRow)


def admitted(versions: Iterable[V]) -> list[V]:
    """The versions that are not locked out, oldest first as they come."""
    return [version for version in versions if version.state != SubmissionState.LOCKED_OUT]


def newest_accepted(versions: Iterable[V]) -> V | None:
    accepted = [version for version in versions if version.state == SubmissionState.ACCEPTED]
    return max(accepted, key=lambda version: version.version, default=None)


def current_submission(versions: Sequence[V]) -> V | None:
    """The newest accepted version, else the newest admitted one; None where there is none.

    ``versions``: all of one agency and quarter.
    """
    newest = max(admitted(versions), key=lambda version: version.version, default=None)
    return newest_accepted(versions) or newest


def agency_state(versions: Sequence[Version], *, closed: bool) -> str:
    """The state of an agency's row for a quarter, as stored: that of its current submission.

    Without one: ``expected`` while the quarter is open, ``missing`` once it is closed.
    """
    current = current_submission(versions)
    if current is None:
        return (ObligationState.MISSING if closed else ObligationState.EXPECTED).value
    return SubmissionState(current.state).value


def obligation_state(versions: Sequence[Version], *, closed: bool) -> ObligationState:
    """The state of the obligation: expected, submitted, accepted; at close also missing."""
    state = agency_state(versions, closed=closed)
    if state in set(ObligationState):
        return ObligationState(state)
    return ObligationState.SUBMITTED


def is_locked_out(versions: Sequence[Version]) -> bool:
    """Whether a file of the agency waits for a lock exception: its newest version."""
    newest = max(versions, key=lambda version: version.version, default=None)
    return newest is not None and newest.state == SubmissionState.LOCKED_OUT


def version_state(version: Version, versions: Iterable[Version]) -> SubmissionState:
    """A version's state among all of its agency and quarter: superseded once a later is accepted."""
    newest = newest_accepted(versions)
    state = SubmissionState(version.state)
    later = newest is not None and version.version < newest.version
    return SubmissionState.SUPERSEDED if later and state is SubmissionState.ACCEPTED else state


@dataclass(frozen=True)
class CurrentSubmissions(Generic[R]):
    """All submissions up to a quarter with their latest states, by quarter, agency and version.

    Each mapping is made in one pass: of the versions of an agency and quarter a later one follows.
    """

    submissions: Sequence[R]

    @cached_property
    def versions(self) -> Mapping[AgencyAndQuarter, Sequence[R]]:
        """Every version of each agency and quarter, locked-out ones too, oldest first."""
        found: dict[AgencyAndQuarter, list[R]] = {}
        for row in self.submissions:
            found.setdefault((row.agency, row.quarter), []).append(row)
        return found

    @cached_property
    def accepted(self) -> Mapping[AgencyAndQuarter, R]:
        """The newest accepted version of each agency and quarter."""
        wanted = SubmissionState.ACCEPTED.value
        return {(row.agency, row.quarter): row for row in self.submissions if row.state == wanted}

    @cached_property
    def newest(self) -> Mapping[AgencyAndQuarter, R]:
        """The newest admitted version of each agency and quarter."""
        left_out = SubmissionState.LOCKED_OUT.value
        return {(row.agency, row.quarter): row for row in self.submissions if row.state != left_out}

    @cached_property
    def current(self) -> Mapping[AgencyAndQuarter, R]:
        """The current submission of each agency and quarter."""
        return {**self.newest, **self.accepted}

    def for_quarter(self, quarter: str) -> Sequence[R]:
        return self._by_quarter.get(quarter, ())

    def state(self, agency: str, quarter: str, *, closed: bool) -> str:
        """The agency's state for a quarter (``agency_state``)."""
        return agency_state(self.versions.get((agency, quarter), ()), closed=closed)

    def counts(self, row: R) -> bool:
        """Whether it is the accepted submission of its agency and quarter."""
        return self.accepted.get((row.agency, row.quarter)) is row

    def is_newest(self, row: R) -> bool:
        return self.newest.get((row.agency, row.quarter)) is row

    def accepted_before(self, quarter: str, agencies: Collection[str] | None = None) -> list[R]:
        """The accepted submissions of the quarters before one, of these agencies, oldest first."""
        wanted = agencies if agencies is None else set(agencies)
        return [
            row
            for row in self.accepted.values()
            if row.quarter < quarter and (wanted is None or row.agency in wanted)
        ]

    def every_version_accepted_before(self, quarter: str, agencies: Collection[str]) -> list[R]:
        """The accepted submissions as ``accepted_before``, and those that they superseded, oldest first."""
        wanted = set(agencies)
        return [
            row
            for row in self.submissions
            if row.quarter < quarter
            and row.agency in wanted
            and row.state == SubmissionState.ACCEPTED
        ]

    def accepted_version_before(self, agency: str, quarter: str, version: int) -> int | None:
        """The id of the newest accepted version below one; None when there is none."""
        rows = self.versions.get((agency, quarter), ())
        earlier = newest_accepted(row for row in rows if row.version < version)
        return earlier.id if earlier else None

    def history_mark(self, agency: str, quarter: str) -> str:
        """The ids of the accepted submissions of an agency before a quarter, as one text."""
        before = takewhile(lambda row: row.quarter < quarter, self._accepted_of.get(agency, ()))
        return ",".join([str(row.id) for row in before])

    @cached_property
    def _accepted_of(self) -> Mapping[str, Sequence[R]]:
        """The accepted submissions of each agency, oldest first."""
        found: dict[str, list[R]] = {}
        for row in self.accepted.values():
            found.setdefault(row.agency, []).append(row)
        return found

    @cached_property
    def _by_quarter(self) -> Mapping[str, Sequence[R]]:
        """Grouped once, since a check needs every quarter in turn."""
        parted: dict[str, list[R]] = {}
        for row in self.submissions:
            parted.setdefault(row.quarter, []).append(row)
        return parted
