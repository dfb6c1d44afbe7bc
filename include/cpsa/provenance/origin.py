"""From what a figure in a document was computed, in terms of the snapshot it was printed from.

An origin names a query (whose, which indicator, over which quarters); ``derivation`` finds the
parts. What must not go here: figures, words, or any look into a snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class AmountKind(StrEnum):
    """What an amount is: as reported, as targeted, or derived from both."""

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


class ScoreKind(StrEnum):
    """What was recorded of an agency at a quarter's close."""

    COMPOSITE = "composite"
    COVERAGE = "coverage"
    GROUP = "group"


class RowsMeasure(StrEnum):
    """What was counted or summed of some rows, or read from one."""

    ROWS = "rows"
    AGENCIES = "agencies"
    EXPLAINED = "explained"
    ISSUES = "issues"  # distinct pairs of department and theme
    AMOUNT = "amount"
    PEOPLE = "people"
    WOMEN = "women"
    UNITS = "units"
    RATE = "rate"
    OLD = "old"
    NEW = "new"
    DAYS = "days"  # from the first of one or two dates of a table to the second, else to ``until``
    DIFFERENCE = "difference"  # figures of the first row's column less those of the others
    CLUSTER_FIGURE = "cluster_figure"  # of the register of clusters: figures of a cluster added up
    TABLE_VALUE = "table_value"  # of a table of a form: its figures added up, or one date or text


@dataclass(frozen=True, slots=True)
class AmountOrigin:
    """A figure or target over the accepted quarters since … until (keys; ``since`` blank: from the
    beginning), of one agency or, where ``agency`` is blank, of all."""

    kind: AmountKind
    indicator: str
    dimension: str = ""
    agency: str = ""
    since: str = ""
    until: str = ""
    confirmed: bool = False
    """Without figures that are to be confirmed."""

    def with_kind(self, kind: AmountKind) -> AmountOrigin:
        return replace(self, kind=kind)


@dataclass(frozen=True, slots=True)
class ScoreOrigin:
    """A score or the coverage of an agency as a quarter's closing recorded it."""

    kind: ScoreKind
    agency: str
    quarter: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class ReportingOrigin:
    """How many agencies of a form (of all where blank) a quarter's closing counted, in quarters
    since … until; ``rate``: over those expected, on time over those requested."""

    count: str  # expected, received, accepted or on_time
    form: str
    since: str
    until: str
    rate: bool = False


@dataclass(frozen=True, slots=True)
class RowsOrigin:
    """What was counted or summed of rows of a snapshot's frame, by their labels; actions by number.

    ``until``: the day to which days are counted from a single date (ISO 8601).
    """

    frame: str
    rows: tuple[object, ...]
    measure: RowsMeasure = RowsMeasure.ROWS
    until: str = ""


def find_denominator(count: str) -> str:
    """The count that a closing's count is divided by for a rate: those not requested cannot be on time."""
    return "requested" if count == "on_time" else "expected"


Origin = AmountOrigin | ScoreOrigin | ReportingOrigin | RowsOrigin
