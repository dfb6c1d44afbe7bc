"""What a figure in a document rests on, said in terms of the snapshot it was printed from.

An origin names what was asked (whose, which indicator, over which quarters); ``resting`` finds the
parts. What must not go here: figures, words, or any look into a snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class What(StrEnum):
    """What an amount is: as reported, as aimed at, or derived from both."""

    ACTUAL = "actual"
    TARGET = "target"
    SHARE = "share"  # actual over target, of the pairs with a target; of a rate the rate
    WITH_TARGET = "with_target"  # as reported by the pairs with a target
    COMPARED = "compared"  # the two figures of a share: what those pairs gave, and their target
    RATE_OF = "rate_of"  # the figure that a rate is of, by the same pairs
    WITHOUT_TARGET = "without_target"  # how many agencies have no target
    BASELINE = "baseline"
    PART = "part"  # a dimension over its total
    MEAN = "mean"  # of a flow per accepted quarter; of a stock the latest value
    REPORTERS = "reporters"  # how many agencies gave the figure


class Held(StrEnum):
    """What was recorded of an agency at a quarter's close."""

    COMPOSITE = "composite"
    COVERAGE = "coverage"
    GROUP = "group"


class Measure(StrEnum):
    """What was counted or summed of some rows, or read from one."""

    ROWS = "rows"
    AGENCIES = "agencies"
    EXPLAINED = "explained"
    ISSUES = "issues"  # distinct pairs of department and theme
    AMOUNT = "amount"
    PEOPLE = "people"
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure or target over the accepted quarters since … until (keys; ``since`` blank: from the
    beginning), of one agency or, where ``agency`` is blank, of all."""

    what: What
    indicator: str
    dimension: str = ""
    agency: str = ""
    since: str = ""
    until: str = ""
    confirmed: bool = False
    """Without figures that are to be confirmed."""

    def as_(self, what: What) -> Amount:
        return replace(self, what=what)


@dataclass(frozen=True, slots=True)
class Scored:
    """A score or the coverage of an agency as a quarter's closing recorded it."""

    what: Held
    agency: str
    quarter: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Reporting:
    """How many agencies of a form (of all where blank) a quarter's closing counted, in quarters
    since … until; ``rate``: over those expected, on time over those requested."""

    count: str  # expected, received, accepted or on_time
    form: str
    since: str
    until: str
    rate: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """What was counted or summed of rows of a snapshot's frame, by their labels; actions by number."""

    frame: str
    rows: tuple[object, ...]
    measure: Measure = Measure.ROWS


def whole_of(count: str) -> str:
    """Of what a rate of a closing's counts is taken: those not requested cannot be on time."""
    return "requested" if count == "on_time" else "expected"


Origin = Amount | Scored | Reporting | Listed
