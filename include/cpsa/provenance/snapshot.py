"""Everything documents are built from, as of one instant.

The services fill it from the store; nothing here or after it touches a database or a clock. Columns
are fixed and checked on the way in, so that a wrong query fails here and not on page seven.
Quarter columns hold keys as text; quantities are whole hundredths.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cpsa.calendar import Quarter
from cpsa.registry.cluster_register import make_figure_rows
from cpsa.submissions.open_finding import AT_CLOSING, is_open
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.unconfirmed_figures import FigureDoubts

if TYPE_CHECKING:
    from cpsa.framework.model import Framework
    from cpsa.reference.reference_data import Reference
    from cpsa.registry.agency_register import Registry
    from cpsa.registry.cluster_register import Cluster

COLUMNS: dict[str, tuple[str, ...]] = {
    "facts": (
        "agency", "quarter", "indicator", "dimension", "hundredths", "origin", "place",
        "version", "received_at",
    ),
    "closings": ("quarter", "version", "closed_at"),
    "publications": ("quarter", "published_at"),
    "scores": ("quarter", "agency", "state", "composite", "status", "coverage"),
    "group_scores": ("quarter", "agency", "group", "score"),
    "reporting": (
        "quarter", "form", "expected", "received", "accepted", "on_time", "requested",
    ),
    "findings": (
        "quarter", "agency", "version", "rule", "severity", "indicator", "dimension",
        "observed", "expected", "place", "waived", "explanation",
    ),
    "entries": (
        "quarter", "agency", "kind", "theme", "department", "text", "request", "urgency",
        "scheme", "amount", "people", "help", "units", "rate", "women",
    ),
    "actions": (
        "number", "quarter", "agency", "department", "theme", "text", "request", "urgency",
        "scheme", "sent_at",
    ),
    "decisions": ("number", "decision", "decided_at", "remarks", "promised_on"),
    "letters": ("agency", "quarter", "version", "sent_at"),
    "due_dates": ("agency", "quarter", "due_on", "requested"),
    "restatements": (
        "quarter", "agency", "indicator", "dimension", "old", "new", "reason", "at",
    ),
    "table_values": (
        "agency", "quarter", "version", "table", "position", "row", "column",
        "hundredths", "value", "place",
    ),
}  # fmt: skip


def make_empty_frame(name: str) -> pd.DataFrame:
    """The frame of this name without rows."""
    return pd.DataFrame(columns=list(COLUMNS[name]))


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The programme as of an instant; compared and hashed by identity, since it is read only."""

    as_of: datetime
    framework: Framework
    reference: Reference
    registry: Registry
    facts: pd.DataFrame
    closings: pd.DataFrame
    scores: pd.DataFrame
    group_scores: pd.DataFrame
    reporting: pd.DataFrame
    findings: pd.DataFrame
    entries: pd.DataFrame
    actions: pd.DataFrame
    decisions: pd.DataFrame
    restatements: pd.DataFrame
    letters: pd.DataFrame
    """When the letter on an accepted version, which asks to explain its warnings, reached the mail
    server; none after the instant the snapshot is as of."""
    due_dates: pd.DataFrame
    """The day until whose end an update was due, and whether it was requested."""
    publications: pd.DataFrame = field(default_factory=partial(make_empty_frame, "publications"))
    """The online editions by the newest quarter in them; each has all quarters closed by then."""
    table_values: pd.DataFrame = field(default_factory=partial(make_empty_frame, "table_values"))
    """What agencies gave in tables of their forms, value by value: of each agency, quarter and table
    the rows that count, in their order. ``row``: the row's key."""
    # The framework with which each quarter was closed; where none is given, the last quarter's.
    frameworks: Mapping[str, Framework] = field(default_factory=dict)
    first_quarter: str = ""  # the programme's first; quarters before it count in no coverage
    # Of a part of the programme, the whole's; see ``accepted_quarters``.
    accepted_quarters_of_all: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise ValueError("as_of must carry its time zone")
        for name, columns in COLUMNS.items():
            missing = set(columns) - set(getattr(self, name).columns)
            if missing:
                raise ValueError(f"{name} lacks {', '.join(sorted(missing))}")

    @cached_property
    def agencies(self) -> dict[str, pd.Series]:
        """The registry's agencies by code, in its order."""
        return {row["code"]: row for _, row in self.registry.agencies.iterrows()}

    @cached_property
    def last_quarter(self) -> str:
        """The newest closed quarter."""
        return str(self.closings["quarter"].max()) if len(self.closings) else ""

    def find_cluster(self, agency: str) -> Cluster | None:
        """The cluster that an agency serves, or served last, with what the register says of it."""
        return self.registry.cluster_register.find_last_cluster(agency, self.last_quarter)

    @cached_property
    def cluster_figures(self) -> pd.DataFrame:
        """The figures of the register of clusters, one a row, labelled by cluster and column."""
        return make_figure_rows(self.registry.cluster_register)

    def framework_of(self, quarter: str) -> Framework:
        """The framework with which a quarter was closed."""
        return self.frameworks.get(quarter, self.framework)

    @cached_property
    def accepted(self) -> frozenset[tuple[str, str]]:
        """Agencies and quarters with an accepted update."""
        rows = self.scores[self.scores["state"] == SubmissionState.ACCEPTED]
        scored = frozenset(zip(rows["agency"], rows["quarter"], strict=True))
        return scored | self.accepted_unscored

    @cached_property
    def accepted_unscored(self) -> frozenset[tuple[str, str]]:
        """Agencies that have no scores, each with the quarters of its accepted updates."""
        rows = self.facts[self.facts["agency"].isin(self.unscored_agencies)]
        return frozenset(zip(rows["agency"], rows["quarter"], strict=True))

    @cached_property
    def unscored_agencies(self) -> frozenset[str]:
        """The agencies of forms that are not scored: no tile, card or sum of agencies counts them."""
        registered = self.registry.agencies
        forms = {form for form in registered["form"].unique() if not self.framework.is_scored(form)}
        return frozenset(registered.loc[registered["form"].isin(forms), "code"])

    @cached_property
    def accepted_quarters(self) -> frozenset[str]:
        """Quarters for which the update of any agency with scores was accepted."""
        if self.accepted_quarters_of_all is not None:
            return self.accepted_quarters_of_all
        return frozenset(quarter for _, quarter in self.accepted - self.accepted_unscored)

    def is_accepted(self, rows: pd.DataFrame) -> pd.Series:
        """Which rows are of an update that was accepted."""
        pairs = zip(rows["agency"], rows["quarter"], strict=True)
        return pd.Series([pair in self.accepted for pair in pairs], index=rows.index, dtype=bool)

    @cached_property
    def open_findings(self) -> pd.DataFrame:
        """Findings of the accepted updates, and of closing, that are neither explained nor waived."""
        rows = self.findings
        near = self.facts[self.facts["agency"].isin(rows["agency"].unique())]
        near = near[["agency", "quarter", "version"]].astype({"agency": object, "quarter": object})
        versions = near.groupby(["agency", "quarter"], sort=False)["version"].max()
        pairs = pd.MultiIndex.from_frame(rows[["agency", "quarter"]])
        counting = versions.reindex(pairs).to_numpy()
        rows = rows[(rows["version"] == AT_CLOSING) | (rows["version"].to_numpy() == counting)]
        states = [is_open(row, row.explanation) for row in rows.itertuples()]
        return rows[np.array(states, dtype=bool)]

    @cached_property
    def unconfirmed(self) -> pd.DataFrame:
        """Figures that are to be confirmed, each with each finding: labels of both."""
        doubts = FigureDoubts(self.open_findings.itertuples(), self.framework.rules)
        near = self.facts[self.facts["agency"].isin(doubts.agencies)]
        pairs = [
            (figure.Index, finding.Index)
            for figure in near[["agency", "quarter", "indicator", "dimension"]].itertuples()
            for finding in doubts.iter_findings(figure)
        ]
        return pd.DataFrame(pairs, columns=["figure", "finding"])

    def list_agencies_due(self, quarter: Quarter) -> tuple[str, ...]:
        """Agencies whose update was due for the quarter, in the registry's order."""
        due = set(self.scores.loc[self.scores["quarter"] == quarter.key, "agency"])
        return tuple(code for code in self.agencies if code in due)

    def select_rows(self, frame: str, **values: str) -> pd.DataFrame:
        """The rows of a frame where each column named has the value given."""
        if values.keys() == {"agency", "quarter"}:
            return _select_rows_of_quarter(self, frame, values["agency"], values["quarter"])
        rows = getattr(self, frame)
        if "agency" in values:
            rows = _group_by_agency(self, frame).get(values.pop("agency"), rows.iloc[:0])
        for column, value in values.items():
            rows = rows[rows[column] == value]
        return rows

    def select_agencies(self, agencies: Collection[str]) -> Snapshot:
        """The snapshot with the rows of these agencies alone, and of the others what is counted together.

        What agencies of one cluster gave in tables stays together. Rows keep their labels. An agency's update says the same when it is built from it.
        """
        own = {
            name: rows[rows["agency"].isin(agencies)]
            for name in COLUMNS
            if "agency" in (rows := getattr(self, name)).columns
        }
        related = self.registry.cluster_register.list_related_agencies(agencies)
        own["table_values"] = self.table_values[self.table_values["agency"].isin(related)]
        numbers = own["actions"]["number"]
        own["decisions"] = self.decisions[self.decisions["number"].isin(numbers)]
        return replace(
            self,
            **own,
            registry=self.registry.select_agencies(agencies),
            accepted_quarters_of_all=self.accepted_quarters,
        )

    def select_rows_in_quarters(self, frame: str, quarters: tuple[Quarter, ...]) -> pd.DataFrame:
        """The rows of a frame that belong to some quarters."""
        rows = getattr(self, frame)
        return rows[rows["quarter"].isin([quarter.key for quarter in quarters])]


@lru_cache(maxsize=32)
def _group_by_agency(snapshot: Snapshot, frame: str) -> dict[str, pd.DataFrame]:
    """Rows by agency, split once: a national snapshot has thousands of agencies."""
    return dict(iter(getattr(snapshot, frame).groupby("agency", sort=False)))


@lru_cache(maxsize=64)  # a document asks for the same more than once, and is made in two languages
def _select_rows_of_quarter(
    snapshot: Snapshot, frame: str, agency: str, quarter: str
) -> pd.DataFrame:
    rows = snapshot.select_rows(frame, agency=agency)
    return rows[rows["quarter"] == quarter]


def has_value(value: object) -> bool:
    """Whether a cell of a frame has a value."""
    return not pd.isna(value) and value != ""


def to_int(value: object) -> int | None:
    """A cell's whole number; None where it has none."""
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]


def to_single_line(value: object) -> str:
    """An entry's text with its line breaks and runs of blanks made single blanks."""
    return " ".join(str(value).split()) if has_value(value) else ""
