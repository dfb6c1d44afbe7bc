"""What the verbs answer: small frozen records that go to a table, to JSON, or to a DAG's log."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime

from cpsa.cycle.registry_changes import RegistryChange
from cpsa.errors import RequestError
from cpsa.submissions.state import TO_SEND_AGAIN


class _AsJson:
    def as_json(self) -> dict[str, object]:
        return asdict(self)  # type: ignore[call-overload]


@dataclass(frozen=True)
class RegistryLoaded:
    """A loaded registry: its agencies, the rows of the store that changed, and what changed.

    ``notices`` are what of its files needs attention.
    """

    agencies: int
    changed: int
    notices: tuple[RequestError, ...]
    changes: tuple[RegistryChange, ...] = ()


@dataclass(frozen=True)
class Opened(_AsJson):
    """A quarter's window: how many agencies owe an update, how many of them are newly asked.

    ``is_open``: False where nobody has opened the programme's first quarter yet, so that nothing is
    requested.
    """

    quarter: str
    expected: int
    new: int
    is_open: bool = True


OUTCOMES = ("new", "repeat", "entries", "report", "reply", "awaiting", "refused", "aside")


@dataclass(frozen=True)
class Item(_AsJson):
    """One file that was looked at, or a mail that brought none.

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
class Collected(_AsJson):
    """All files that were looked at."""

    items: tuple[Item, ...]

    @property
    def quarters(self) -> tuple[str, ...]:
        """Quarters for which something new came in, oldest first."""
        return tuple(sorted({one.quarter for one in self.items if one.outcome == "new"}))

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.items)

    @property
    def put_aside(self) -> dict[str, int]:
        """How many were no one's update, by the text that says what they were."""
        aside = (one.reason for one in self.items if one.outcome == "aside")
        return dict(sorted(Counter(aside).items()))

    def as_json(self) -> dict[str, object]:
        """Counts, and reasons of refusals: nothing of who wrote or what a file is called."""
        reasons = Counter(one.reason for one in self.items if one.reason)
        counts = {outcome: self.count(outcome) for outcome in OUTCOMES}
        return {"quarters": list(self.quarters), **counts, "reasons": dict(sorted(reasons.items()))}


@dataclass(frozen=True)
class Judgement(_AsJson):
    """What became of one submission."""

    agency: str
    quarter: str
    version: int
    state: str
    errors: int
    warnings: int


@dataclass(frozen=True)
class Checked(_AsJson):
    """What a check looked at; a quarter's earlier ones come first."""

    quarter: str
    judgements: tuple[Judgement, ...] = ()
    problems: tuple[RequestError, ...] = ()  # entries of workbooks that could not be used
    notices: tuple[RequestError, ...] = ()  # entries that were not read as typed

    def count(self, state: str) -> int:
        return sum(one.state == state for one in self.judgements)

    def as_json(self) -> dict[str, object]:
        problems = [one.text("en") for one in self.problems]
        return {"quarter": self.quarter, "checked": len(self.judgements), "problems": problems}

    @property
    def sent_back(self) -> int:
        """How many the agencies must send again."""
        return sum(one.state in TO_SEND_AGAIN for one in self.judgements)


@dataclass(frozen=True)
class Closed(_AsJson):
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
    also: tuple[str, ...] = field(default=())  # other quarters that were closed or computed anew
    waits_until: str = ""
    waits_for: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @classmethod
    def waiting(
        cls, quarter: str, until: datetime | None = None, channels: tuple[str, ...] = ()
    ) -> Closed:
        """Nothing was closed: a later run does it."""
        waits_until = until.isoformat(timespec="minutes") if until else ""
        return cls(quarter, 0, False, 0, 0, waits_until=waits_until, waits_for=channels)

    @property
    def is_closed(self) -> bool:
        return self.version > 0


@dataclass(frozen=True)
class Undone(_AsJson):
    """A closing that was undone. ``checked``: files that were looked at; ``shown``: the quarter of
    the public edition, blank where there is none; ``not_ended``: its obligations are withdrawn too.
    """

    quarter: str
    version: int
    checked: int
    shown: str
    not_ended: bool


@dataclass(frozen=True)
class Published(_AsJson):
    """The online edition: its newest quarter, where it is, and how many files were written."""

    quarter: str
    folder: str
    files: int


@dataclass(frozen=True)
class Built(_AsJson):
    """Documents of a period: how many there are, and how many were made now."""

    period: str
    documents: int
    new: int
