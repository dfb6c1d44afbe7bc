"""What is different in the store after a backfill: figures, findings, scores, restatements.

Two snapshots of the store are compared; nothing is computed here. Only what is stored from
the first requested quarter on is compared: nothing before it can change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from cpsa.figures import places4
from cpsa.provenance.snapshot import to_int
from cpsa.services.examination.latest_findings import load_latest_findings
from cpsa.store.named_sql import LAST_QUARTER
from cpsa.store.queries import action_queries, closing_queries, submission_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions, digest_parts

_FINDING_COLUMNS = (
    "rule",
    "severity",
    "agency",
    "quarter",
    "indicator",
    "dimension",
    "observed",
    "expected",
)
_FINDING_FLAGS = ("waived", "after_restatement")
_PLACE_COLUMNS = ["quarter", "agency", "indicator", "dimension"]


@dataclass(frozen=True, order=True)
class SubmissionChange:
    """A submission that is new or has another state than before. ``old`` is blank for a new one."""

    quarter: str
    agency: str
    version: int
    old: str
    new: str


@dataclass(frozen=True)
class FigureChange:
    """A figure in hundredths before and after; None where there is none."""

    quarter: str
    agency: str
    indicator: str
    dimension: str
    old: int | None
    new: int | None


@dataclass(frozen=True, order=True)
class FindingChange:
    """A finding that appears, or (``appears`` False) vanishes."""

    quarter: str
    agency: str
    rule: str
    severity: str
    indicator: str
    dimension: str
    observed: str
    expected: str
    appears: bool


@dataclass(frozen=True, order=True)
class ScoreChange:
    """What a closing says of an agency or a form, as printed; blank where it says nothing.

    ``name``: state, composite, status, coverage, a group, or a rate's count.
    """

    quarter: str
    agency: str
    name: str
    old: str
    new: str


@dataclass(frozen=True)
class StoreChanges:
    """All that is different. ``restatements``: figures of closed quarters, as kept for the notes;
    ``closed``: the quarters whose closing has a new version; ``actions``: newly numbered ones."""

    files: tuple[SubmissionChange, ...] = ()
    figures: tuple[FigureChange, ...] = ()
    findings: tuple[FindingChange, ...] = ()
    scores: tuple[ScoreChange, ...] = ()
    restatements: tuple[FigureChange, ...] = ()
    closed: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Identifies the state afterwards, so that what is done is what was shown.

        Not the earlier state of a file: whether it is still in the inbox or was imported meanwhile
        and waits, as it would every quarter of an hour, makes no difference.
        """
        after = replace(self, files=tuple(replace(change, old="") for change in self.files))
        return digest_parts(
            repr(astuple(item)) if not isinstance(item, str) else item
            for part in vars(after).values()
            for item in ("|", *part)
        )

    def count_changes(self) -> dict[str, int]:
        return {name: len(part) for name, part in vars(self).items()}

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class StoreSnapshot:
    """The store at one moment of a transaction, from a quarter on."""

    since: str
    states: Mapping[tuple[str, str, int], str]
    accepted_ids: Mapping[
        tuple[str, str], int
    ]  # the accepted submission of each quarter and agency
    findings: frozenset[tuple[Any, ...]]
    scores: Mapping[tuple[str, str, str], str]
    closing_versions: Mapping[str, int]
    restatement_count: int
    actions: tuple[str, ...]

    @classmethod
    def load(cls, connection: Connection, since: str) -> StoreSnapshot:
        current = StoredSubmissions.load(connection, LAST_QUARTER)
        submissions = [
            submission for submission in current.submissions if submission.quarter >= since
        ]
        latest_closings = closing_queries.load_latest_closings(connection)
        latest_closings = latest_closings[latest_closings["quarter"] >= since]
        open_findings = load_latest_findings(connection)
        action_rows = action_queries.load_actions(connection)
        return cls(
            since=since,
            states={
                (submission.quarter, submission.agency, submission.version): submission.state
                for submission in submissions
            },
            accepted_ids={
                (submission.quarter, submission.agency): submission.id
                for submission in submissions
                if current.counts(submission)
            },
            findings=frozenset(
                open_findings.loc[
                    open_findings["quarter"] >= since, [*_FINDING_COLUMNS, *_FINDING_FLAGS]
                ].itertuples(index=False, name=None)
            ),
            scores=dict(_list_scores(connection, latest_closings)),
            closing_versions=dict(
                zip(latest_closings["quarter"], latest_closings["version"], strict=True)
            ),
            restatement_count=len(closing_queries.load_restatements(connection, LAST_QUARTER)),
            actions=tuple(action_rows.loc[action_rows["quarter"] >= since, "number"]),
        )


def compare_snapshots(
    connection: Connection, before: StoreSnapshot, after: StoreSnapshot
) -> StoreChanges:
    """The differences between two snapshots of one transaction."""
    restated = closing_queries.load_restatements(connection, LAST_QUARTER).iloc[
        before.restatement_count :
    ]
    return StoreChanges(
        files=tuple(
            sorted(
                SubmissionChange(*key, before.states.get(key, ""), state)
                for key, state in after.states.items()
                if before.states.get(key, "") != state
            )
        ),
        figures=_compare_figures(connection, before.accepted_ids, after.accepted_ids),
        findings=tuple(
            sorted(
                FindingChange(**dict(zip(_FINDING_COLUMNS, values, strict=False)), appears=appears)
                for rows, appears in (
                    (after.findings - before.findings, True),
                    (before.findings - after.findings, False),
                )
                for values in rows
            )
        ),
        scores=tuple(
            ScoreChange(*key, before.scores.get(key, ""), after.scores.get(key, ""))
            for key in sorted(before.scores.keys() | after.scores.keys())
            if before.scores.get(key, "") != after.scores.get(key, "")
        ),
        restatements=tuple(
            FigureChange(
                *(row.quarter, row.agency, row.indicator, row.dimension),
                *(to_int(row.old), to_int(row.new)),
            )
            for row in restated.itertuples()
        ),
        closed=tuple(
            quarter
            for quarter, version in after.closing_versions.items()
            if before.closing_versions.get(quarter) != version
        ),
        actions=tuple(sorted(set(after.actions) - set(before.actions))),
    )


def _compare_figures(
    connection: Connection,
    before: Mapping[tuple[str, str], int],
    after: Mapping[tuple[str, str], int],
) -> tuple[FigureChange, ...]:
    """The figures that differ, of agencies and quarters for which another file counts now."""
    changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    old, new = (
        _index_by_place(
            submission_queries.load_facts(
                connection, [submission_ids[key] for key in changed if key in submission_ids]
            )
        )
        for submission_ids in (before, after)
    )
    return tuple(
        FigureChange(
            **dict(zip(_PLACE_COLUMNS, place, strict=True)), old=old.get(place), new=new.get(place)
        )
        for place in sorted(old.keys() | new.keys())
        if old.get(place) != new.get(place)
    )


def _index_by_place(facts: pd.DataFrame) -> dict[tuple[str, ...], int]:
    places = facts[_PLACE_COLUMNS].itertuples(index=False, name=None)
    return dict(zip(places, map(int, facts["hundredths"]), strict=True))


def _list_scores(
    connection: Connection, latest_closings: pd.DataFrame
) -> Iterable[tuple[tuple[str, str, str], str]]:
    for row in closing_queries.load_closing_rows(connection, "score", latest_closings).itertuples():
        owner = row.quarter, row.agency
        yield (*owner, "state"), row.state
        yield (*owner, "status"), row.status
        yield (*owner, "composite"), places4(row.composite)
        yield (*owner, "coverage"), places4(row.coverage)
    for row in closing_queries.load_closing_rows(
        connection, "group_score", latest_closings
    ).itertuples():
        yield (row.quarter, row.agency, row.group), places4(row.score)
    for row in closing_queries.load_closing_rows(
        connection, "reporting", latest_closings
    ).itertuples():
        for name in ("expected", "received", "accepted", "on_time"):
            yield (row.quarter, row.form, name), str(getattr(row, name))
