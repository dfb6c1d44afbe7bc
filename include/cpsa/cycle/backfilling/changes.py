"""What is different in the store after a backfill: figures, findings, scores, restatements.

Two looks at the store, held against each other; nothing is computed here. Only what stands from
the first quarter asked for on is looked at: nothing before it can change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, replace

import pandas as pd
from sqlalchemy import Connection

from cpsa.cycle.reports import LAST_QUARTER, findings_that_stand
from cpsa.cycle.standing import Standing, digest
from cpsa.figures import places4
from cpsa.store import actions, closings, intake

_FOUND = ("rule", "severity", "agency", "quarter", "indicator", "dimension", "observed", "expected")
_MARKS = ("waived", "after_restatement")
_PLACE = ["quarter", "agency", "indicator", "dimension"]


@dataclass(frozen=True, order=True)
class File:
    """A submission that is new or stands otherwise than before. ``old`` is blank for a new one."""

    quarter: str
    agency: str
    version: int
    old: str
    new: str


@dataclass(frozen=True)
class Figure:
    """A figure in hundredths before and after; None where there is none."""

    quarter: str
    agency: str
    indicator: str
    dimension: str
    old: int | None
    new: int | None


@dataclass(frozen=True, order=True)
class Found:
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
class Score:
    """What a closing says of an agency or a form, as printed; blank where it says nothing.

    ``name``: state, composite, status, coverage, a group, or a rate's count.
    """

    quarter: str
    agency: str
    name: str
    old: str
    new: str


@dataclass(frozen=True)
class Changes:
    """All that is different. ``restatements``: figures of closed quarters, as kept for the notes;
    ``closed``: the quarters whose closing has a new version; ``actions``: newly numbered ones."""

    files: tuple[File, ...] = ()
    figures: tuple[Figure, ...] = ()
    findings: tuple[Found, ...] = ()
    scores: tuple[Score, ...] = ()
    restatements: tuple[Figure, ...] = ()
    closed: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Names what is so afterwards, so that what is done is what was shown.

        Not how a file stood before: whether it still lies in the inbox or was taken in meanwhile
        and waits, as it would every quarter of an hour, comes to the same.
        """
        come_to = replace(self, files=tuple(replace(one, old="") for one in self.files))
        return digest(
            repr(astuple(one)) if not isinstance(one, str) else one
            for part in vars(come_to).values()
            for one in ("|", *part)
        )

    def counts(self) -> dict[str, int]:
        return {name: len(part) for name, part in vars(self).items()}

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Look:
    """The store at one moment of a transaction, from a quarter on."""

    since: str
    states: Mapping[tuple[str, str, int], str]
    counts: Mapping[tuple[str, str], int]  # the accepted submission of each quarter and agency
    findings: frozenset[tuple]
    scores: Mapping[tuple[str, str, str], str]
    versions: Mapping[str, int]
    restated: int
    actions: tuple[str, ...]

    @classmethod
    def take(cls, connection: Connection, since: str) -> Look:
        standing = Standing.read(connection, LAST_QUARTER)
        own = [one for one in standing.submissions if one.quarter >= since]
        shut = closings.latest_closings(connection)
        shut = shut[shut["quarter"] >= since]
        found = findings_that_stand(connection)
        asked = actions.actions(connection)
        return cls(
            since=since,
            states={(one.quarter, one.agency, one.version): one.state for one in own},
            counts={(one.quarter, one.agency): one.id for one in own if standing.counts(one)},
            findings=frozenset(
                found.loc[found["quarter"] >= since, [*_FOUND, *_MARKS]].itertuples(
                    index=False, name=None
                )
            ),
            scores=dict(_scores(connection, shut)),
            versions=dict(zip(shut["quarter"], shut["version"], strict=True)),
            restated=len(closings.restatements(connection, LAST_QUARTER)),
            actions=tuple(asked.loc[asked["quarter"] >= since, "number"]),
        )


def between(connection: Connection, before: Look, after: Look) -> Changes:
    """What came between two looks of one transaction."""
    restated = closings.restatements(connection, LAST_QUARTER).iloc[before.restated :]
    return Changes(
        files=tuple(
            sorted(
                File(*key, before.states.get(key, ""), state)
                for key, state in after.states.items()
                if before.states.get(key, "") != state
            )
        ),
        figures=_figures(connection, before.counts, after.counts),
        findings=tuple(
            sorted(
                Found(**dict(zip(_FOUND, one, strict=False)), appears=appears)
                for found, appears in (
                    (after.findings - before.findings, True),
                    (before.findings - after.findings, False),
                )
                for one in found
            )
        ),
        scores=tuple(
            Score(*key, before.scores.get(key, ""), after.scores.get(key, ""))
            for key in sorted(before.scores.keys() | after.scores.keys())
            if before.scores.get(key, "") != after.scores.get(key, "")
        ),
        restatements=tuple(
            Figure(
                *(row.quarter, row.agency, row.indicator, row.dimension),
                *(_or_none(row.old), _or_none(row.new)),
            )
            for row in restated.itertuples()
        ),
        closed=tuple(
            quarter
            for quarter, version in after.versions.items()
            if before.versions.get(quarter) != version
        ),
        actions=tuple(sorted(set(after.actions) - set(before.actions))),
    )


def _figures(
    connection: Connection,
    before: Mapping[tuple[str, str], int],
    after: Mapping[tuple[str, str], int],
) -> tuple[Figure, ...]:
    """The figures that differ, of agencies and quarters for which another file counts now."""
    other = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    old, new = (
        _by_place(intake.facts_of(connection, [held[key] for key in other if key in held]))
        for held in (before, after)
    )
    return tuple(
        Figure(**dict(zip(_PLACE, place, strict=True)), old=old.get(place), new=new.get(place))
        for place in sorted(old.keys() | new.keys())
        if old.get(place) != new.get(place)
    )


def _by_place(facts: pd.DataFrame) -> dict[tuple[str, ...], int]:
    places = facts[_PLACE].itertuples(index=False, name=None)
    return dict(zip(places, map(int, facts["hundredths"]), strict=True))


def _scores(
    connection: Connection, shut: pd.DataFrame
) -> Iterable[tuple[tuple[str, str, str], str]]:
    for row in closings.rows_of(connection, "score", shut).itertuples():
        owner = row.quarter, row.agency
        yield (*owner, "state"), row.state
        yield (*owner, "status"), row.status
        yield (*owner, "composite"), places4(row.composite)
        yield (*owner, "coverage"), places4(row.coverage)
    for row in closings.rows_of(connection, "group_score", shut).itertuples():
        yield (row.quarter, row.agency, row.group), places4(row.score)
    for row in closings.rows_of(connection, "reporting", shut).itertuples():
        for name in ("expected", "received", "accepted", "on_time"):
            yield (row.quarter, row.form, name), str(getattr(row, name))


def _or_none(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]
