"""Results of the use cases: small frozen records for a table, for JSON, or for a DAG's log."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime

from cpsa.errors import RequestError
from cpsa.registry.registry_changes import RegistryChange
from cpsa.submissions.state import OUTSTANDING


class _JsonResult:
    def as_json(self) -> dict[str, object]:
        return asdict(self)  # type: ignore[call-overload, no-any-return]


@dataclass(frozen=True)
class LoadRegistryResult:
    """A loaded registry: its agencies, the rows of the store that changed, and what changed.

    ``notices``: what needs attention in its files.
    """

    agencies: int
    changed: int
    notices: tuple[RequestError, ...]
    changes: tuple[RegistryChange, ...] = ()


@dataclass(frozen=True)
class OpenQuarterResult(_JsonResult):
    """A quarter's window: how many agencies' updates are due, how many of them are newly requested.

    ``is_open``: False where nobody has opened the programme's first quarter yet, so that nothing is
    requested.
    """

    quarter: str
    expected: int
    new: int
    is_open: bool = True


OUTCOMES = ("new", "repeat", "entries", "report", "reply", "awaiting", "refused", "aside")


@dataclass(frozen=True)
class IntakeResult(_JsonResult):
    """The result of one received file, or of a mail without one.

    ``outcome``: new | repeat | entries | report | reply (of a department, to be entered by hand) |
    awaiting (its sender is not proven and confirms it) | refused | aside (no one's update, such as an
    automatic answer). ``problem`` is why, in words; ``reason`` the key of the first such text.
    """

    path: str
    outcome: str
    agency: str = ""
    quarter: str = ""
    version: int = 0
    problem: str = ""
    reason: str = ""
    notices: tuple[str, ...] = ()  # what was not read as typed, in words
    is_seen: bool = False  # this very arrival was imported before


@dataclass(frozen=True)
class CollectSummary(_JsonResult):
    """The results of all received files."""

    items: tuple[IntakeResult, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many received files had each outcome; those without any are left out."""
        return dict(Counter(item.outcome for item in self.items))

    @property
    def quarters(self) -> tuple[str, ...]:
        """Quarters for which a new file was received, oldest first."""
        return tuple(sorted({item.quarter for item in self.items if item.outcome == "new"}))

    def count(self, outcome: str) -> int:
        return sum(item.outcome == outcome for item in self.items)

    @property
    def put_aside(self) -> dict[str, int]:
        """How many were no one's update, by the text that says what they were."""
        aside = (item.reason for item in self.items if item.outcome == "aside")
        return dict(sorted(Counter(aside).items()))

    def as_json(self) -> dict[str, object]:
        """Counts, and reasons of refusals: nothing about senders or file names."""
        reasons = Counter(item.reason for item in self.items if item.reason)
        counts = {outcome: self.count(outcome) for outcome in OUTCOMES}
        return {"quarters": list(self.quarters), **counts, "reasons": dict(sorted(reasons.items()))}


@dataclass(frozen=True)
class SubmissionResult(_JsonResult):
    """The result of one submission's check."""

    agency: str
    quarter: str
    version: int
    state: str
    errors: int
    warnings: int


@dataclass(frozen=True)
class CheckResult(_JsonResult):
    """The submissions that were checked; earlier versions of a quarter come first."""

    quarter: str
    judgements: tuple[SubmissionResult, ...] = ()
    problems: tuple[RequestError, ...] = ()  # entries of workbooks that could not be used
    notices: tuple[RequestError, ...] = ()  # entries that were not read as typed

    def count(self, state: str) -> int:
        return sum(judgement.state == state for judgement in self.judgements)

    def as_json(self) -> dict[str, object]:
        problems = [problem.text("en") for problem in self.problems]
        return {"quarter": self.quarter, "checked": len(self.judgements), "problems": problems}

    @property
    def sent_back(self) -> int:
        """How many the agencies must send again."""
        return sum(judgement.state in OUTSTANDING for judgement in self.judgements)


@dataclass(frozen=True)
class CloseQuarterResult(_JsonResult):
    """A closed quarter. ``changed`` is False when nothing was different from the last closing.

    ``waits_until``: it is closed only from then on (an own due date; ISO 8601, blank for none).
    ``waits_for``: channels that must be read first. ``unread``: channels that were left unread.
    """

    quarter: str
    version: int
    changed: bool
    expected: int
    accepted: int
    restated: int = 0
    also: tuple[str, ...] = field(default=())  # other quarters that were closed or recomputed
    waits_until: str = ""
    waits_for: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @classmethod
    def postponed(
        cls, quarter: str, until: datetime | None = None, channels: tuple[str, ...] = ()
    ) -> CloseQuarterResult:
        """Make the result of a run that closed nothing: a later run does it."""
        waits_until = until.isoformat(timespec="minutes") if until else ""
        return cls(
            quarter,
            version=0,
            changed=False,
            expected=0,
            accepted=0,
            waits_until=waits_until,
            waits_for=channels,
        )

    @property
    def is_closed(self) -> bool:
        return self.version > 0


@dataclass(frozen=True)
class UndoClosingResult(_JsonResult):
    """A closing that was undone. ``checked``: files that were checked again; ``shown``: the quarter of
    the public edition, blank where there is none; ``not_ended``: its obligations are withdrawn too.
    """

    quarter: str
    version: int
    checked: int
    shown: str
    not_ended: bool


@dataclass(frozen=True)
class PublishResult(_JsonResult):
    """The online edition: its newest quarter, where it is, and how many files were written."""

    quarter: str
    folder: str
    files: int


@dataclass(frozen=True)
class BuildResult(_JsonResult):
    """Documents of a period: how many there are, and how many were built now."""

    period: str
    documents: int
    new: int
