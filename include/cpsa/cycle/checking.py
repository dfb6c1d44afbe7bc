"""Checking: reads what came in, judges it against the quarters before, accepts or returns it.

A quarter is judged against the accepted quarters before it, so older quarters always come first,
in whatever order files or runs arrive. Whatever changes what a submission was compared with (its
*basis*) makes it be looked at again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.check import Examined, Finding, Judged, Submission, examine
from cpsa.check.examine import History
from cpsa.collect import entries_reader
from cpsa.cycle.explaining import keep_typed
from cpsa.cycle.narrowing import narrowed
from cpsa.cycle.office import Office
from cpsa.cycle.reading import Read, read
from cpsa.cycle.results import Checked, Judgement
from cpsa.cycle.standing import Standing, digest
from cpsa.errors import RequestError
from cpsa.framework import Framework
from cpsa.registry import Roll
from cpsa.store import closings, intake, judgements
from cpsa.store import registry as registries
from cpsa.store.database import reading, writing

HELD = "held"
_COMPARED = ("returned", "accepted")


def check(
    office: Office, quarter: Quarter, now: datetime, agencies: Collection[str] | None = None
) -> Checked:
    """Check what of a quarter, and of the quarters before it, needs a look; all or nothing.

    Of some agencies only, others may be checked at the same time: none rests on another.
    """
    with writing(office.engine, alone=True, agencies=agencies) as connection:
        return check_within(office, connection, quarter, now, agencies)


def check_all(office: Office, now: datetime) -> Checked:
    """Check every quarter for which something came in, oldest first."""
    with reading(office.engine) as connection:
        known = intake.quarters_known(connection)
    return check(office, Quarter.parse(known[-1]), now) if known else Checked("")


def batches(office: Office, quarter: Quarter, size: int) -> list[list[str]]:
    """Agencies with something of this quarter or an earlier one to check, in lots."""
    with reading(office.engine) as connection:
        standing = Standing.read(connection, quarter.key)
    waiting = sorted(set(standing.submissions.query("state == 'received'")["agency"]))
    return [waiting[at : at + size] for at in range(0, len(waiting), size)]


def check_within(
    office: Office,
    connection: Connection,
    quarter: Quarter,
    now: datetime,
    agencies: Collection[str] | None = None,
) -> Checked:
    """``check`` as a part of a larger transaction."""
    judged: list[Judgement] = []
    problems: list[RequestError] = []
    for key in intake.quarters_known(connection):
        if key <= quarter.key:
            desk = _Desk.open(office, connection, Quarter.parse(key), now, agencies)
            judged += desk.work()
            problems += desk.problems
    return Checked(quarter.key, tuple(judged), tuple(problems))


def preview(office: Office, agency: str, quarter: Quarter, content: bytes, name: str) -> Examined:
    """What a check would say of a file, against the store as it is; writes nothing."""
    with reading(office.engine) as connection:
        load_id = registries.required_load(connection)
        roll = office.roll(connection, load_id)
        framework = office.framework(quarter)
        agency = roll.code_named(agency)
        form = _forms(roll, quarter.key).get(agency)
        judged = read(office, content, name, agency, quarter.key, form, framework).judged
        waived = judgements.waivers(connection).get((agency, quarter.key), ())
        standing = Standing.read(connection, quarter.key, [agency])
        history = history_of(connection, load_id, standing, quarter.key, [agency])
        return examine(framework, form or "", quarter.key, [Submission(judged, waived)], history)[0]


def history_of(
    connection: Connection,
    registry_load: int,
    standing: Standing,
    quarter: str,
    agencies: Collection[str],
) -> History:
    """The accepted quarters of these agencies before a quarter, and their targets."""
    before = standing.accepted_before(quarter)
    before = before[before["agency"].isin(agencies)]
    first = min(before["quarter"], default=quarter)
    quarters = [one.key for one in Quarter.range(Quarter.parse(first), Quarter.parse(quarter))][:-1]
    return History(
        quarters=quarters,
        facts=intake.facts_of(connection, before["id"]),
        counted=before[["agency", "quarter"]],
        targets=registries.of_agencies(connection, "targets", registry_load, agencies),
        weights=registries.of_agencies(connection, "weights", registry_load, agencies),
    )


@dataclass(frozen=True)
class _Desk:
    """One quarter being checked within one transaction."""

    office: Office
    connection: Connection
    quarter: str
    now: datetime
    framework: Framework
    registry_load: int
    closed: bool
    agencies: Collection[str] | None
    waivers: Mapping[tuple[str, str], Sequence[str]]
    exceptions: Mapping[tuple[str, str], tuple[int, str]]
    only: Mapping[int, frozenset[str]]  # of a lock exception: the indicators it is for
    problems: list[RequestError]

    @classmethod
    def open(
        cls,
        office: Office,
        connection: Connection,
        quarter: Quarter,
        now: datetime,
        agencies: Collection[str] | None,
    ) -> _Desk:
        """A closed quarter is judged by the registry as it held when it was closed."""
        closing = closings.first_closing(connection, quarter.key)
        load = closing["registry_load"] if closing else registries.required_load(connection)
        return cls(
            office=office,
            connection=connection,
            quarter=quarter.key,
            now=now,
            framework=office.framework(quarter),
            registry_load=load,
            closed=closing is not None,
            agencies=agencies,
            waivers=judgements.waivers(connection),
            exceptions=judgements.open_exceptions(connection),
            only=judgements.exception_indicators(connection),
            problems=[],
        )

    @property
    def roll(self) -> Roll:
        return self.office.roll(self.connection, self.registry_load)

    def work(self) -> list[Judgement]:
        """Examine until nothing of the quarter needs a look; versions in their order."""
        done: list[Judgement] = []
        while True:
            standing = Standing.read(self.connection, self.quarter, self.agencies)
            bases = self._bases(standing)
            waiting = self._waiting(standing, bases)
            if waiting.empty:
                return done
            # One version per agency at a time: a later one may rest on what an earlier one became.
            done += self._examine(waiting.drop_duplicates("agency"), standing, bases)

    def _bases(self, standing: Standing) -> dict[int, str]:
        """What each submission of the quarter is compared with, as a digest."""
        marks = standing.history_marks(self.quarter)
        common = self.framework.version, self.registry_load
        return {
            row.id: digest(
                (*common, marks.get(row.agency, ""), *self.waivers.get(self._owed(row), ()))
            )
            for row in standing.of(self.quarter).itertuples()
        }

    def _waiting(self, standing: Standing, bases: Mapping[int, str]) -> pd.DataFrame:
        """The submissions of the quarter that need a look, oldest version first."""
        own = standing.of(self.quarter)
        if self.agencies is not None:
            own = own[own["agency"].isin(self.agencies)]
        if own.empty:
            return own
        counts = set(standing.accepted["id"])
        newest = set(standing.newest["id"])
        needed = [
            row.state == "received"
            or (row.id in counts and row.basis != bases[row.id])
            or (row.id in newest and self._may_change(row) and row.basis != bases[row.id])
            or (self.closed and row.state != "accepted" and self._let_in(row, own, bases))
            for row in own.itertuples()
        ]
        return own[needed]

    def _may_change(self, row) -> bool:
        """A returned update of an open quarter may become acceptable, an accepted one may not."""
        return not self.closed and row.state in (*_COMPARED, "rejected")

    def _let_in(self, row, own: pd.DataFrame, bases: Mapping[int, str]) -> bool:
        """Whether a lock exception, not yet tried on it as things are, lets this newest one in."""
        exception = self.exceptions.get(self._owed(row))
        if exception is None:
            return False
        if _or_none(row.lock_exception_id) == exception[0] and row.basis == bases[row.id]:
            return False
        versions = own.loc[own["agency"] == row.agency, "version"]
        return row.version == versions.max()

    def _owed(self, row) -> tuple[str, str]:
        return row.agency, self.quarter

    def _examine(
        self, rows: pd.DataFrame, standing: Standing, bases: Mapping[int, str]
    ) -> list[Judgement]:
        forms = _forms(self.roll, self.quarter)
        locked_out = [row for row in rows.itertuples() if self._is_locked_out(row)]
        for row in locked_out:
            self._record(row, HELD, (), bases[row.id])
        others = [row for row in rows.itertuples() if not self._is_locked_out(row)]
        looked_at = {row.id: self._read(row, forms.get(row.agency), standing) for row in others}
        judged = {id_: one.judged for id_, one in looked_at.items()}
        for row in others:
            self._keep_entries(row, looked_at[row.id].entries)
        done = [_judgement(row, HELD, ()) for row in locked_out]
        accepted: dict[int, Judged] = {}
        by_form: dict[str, list] = {}
        for row in others:
            by_form.setdefault(forms.get(row.agency, ""), []).append(row)
        for form, members in by_form.items():
            agencies = [row.agency for row in members]
            history = history_of(
                self.connection, self.registry_load, standing, self.quarter, agencies
            )
            submissions = [
                Submission(judged[row.id], self.waivers.get(self._owed(row), ())) for row in members
            ]
            answers = examine(self.framework, form, self.quarter, submissions, history)
            for row, examined in zip(members, answers, strict=True):
                state, findings = self._outcome(row, examined)
                self._record(row, state, findings, bases[row.id])
                typed = looked_at[row.id].explanations
                keep_typed(self.connection, *self._owed(row), typed, findings, self.now)
                done.append(_judgement(row, state, findings))
                if state == "accepted":
                    accepted[row.id] = judged[row.id]
        self._keep_facts(accepted)
        return done

    def _is_locked_out(self, row) -> bool:
        return self.closed and row.state == "received" and self._owed(row) not in self.exceptions

    def _read(self, row, form: str | None, standing: Standing) -> Read:
        content = self.office.received_bytes(row.sha256)
        found = read(
            self.office, content, row.file_name, row.agency, self.quarter, form, self.framework
        )
        only = self.only.get(self._exception_of(row) or 0)
        if not only:
            return found
        before = standing.accepted_version_before(row.agency, self.quarter, row.version)
        if before is None:
            return found
        return Read(
            narrowed(self.connection, found.judged, only, before), explanations=found.explanations
        )

    def _exception_of(self, row) -> int | None:
        """The lock exception that lets a submission in: the one it used, else one not used yet."""
        exception = self.exceptions.get(self._owed(row)) if self.closed else None
        if exception is None or row.state == "accepted":
            return _or_none(row.lock_exception_id)
        return exception[0]

    def _keep_entries(self, row, lines: Sequence[tuple[str, Mapping[str, str]]]) -> None:
        """Keep what a workbook says beside its figures; rows that cannot be used are told."""
        if not lines:
            return
        codes = self.office.entry_codes(self.roll)
        entries = entries_reader.sort_out(lines, row.file_name, codes)
        new = intake.add_entries(
            self.connection, row.sha256, row.file_name, row.received_at, entries.rows
        )
        if new:
            self.problems.extend(entries.problems)

    def _keep_facts(self, judged: Mapping[int, Judged]) -> None:
        """Keep the figures of accepted submissions, once: what counted is never changed."""
        known = intake.submissions_with_facts(self.connection, judged)
        rows = [
            (
                *(one.agency, one.quarter, *key, submission_id),
                *(fact.hundredths, fact.origin, fact.place, fact.carried_from),
            )
            for submission_id, one in judged.items()
            if submission_id not in known
            for key, fact in one.facts.items()
        ]
        intake.add_facts(self.connection, rows)

    def _outcome(self, row, examined: Examined) -> tuple[str, tuple[Finding, ...]]:
        """An accepted update of a closed quarter stays accepted; what is new is a warning."""
        if not (self.closed and row.state == "accepted"):
            return examined.state, examined.findings
        earlier = judgements.findings_of(self.connection, [int(row.examination_id)], [])
        earlier = earlier[~earlier["after_restatement"].astype(bool)]
        known = set(zip(earlier["rule"], earlier["indicator"], earlier["dimension"], strict=True))
        findings = tuple(
            one if (one.rule, one.indicator, one.dimension) in known else one.softened()
            for one in examined.findings
        )
        return "accepted", tuple(one if not one.blocks else one.softened() for one in findings)

    def _record(self, row, state: str, findings: Sequence[Finding], basis: str) -> None:
        judgements.add_examination(
            self.connection,
            findings,
            submission_id=row.id,
            examined_at=self.now,
            framework=self.framework.version,
            state=state,
            basis=basis,
            lock_exception_id=self._exception_of(row),
        )


def _or_none(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]


def _forms(roll: Roll, quarter: str) -> dict[str, str]:
    active = roll.active_in(quarter)
    return dict(zip(active["code"], active["form"], strict=True))


def _judgement(row, state: str, findings: Sequence[Finding]) -> Judgement:
    errors = sum(one.blocks for one in findings)
    return Judgement(row.agency, row.quarter, row.version, state, errors, len(findings) - errors)
