"""A desk at which one quarter is checked: what needs a look, looking, and keeping what was found.

Within one transaction of the verb that opened it (``checking``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.check import Examined, Finding, Judged, Submission, examine
from cpsa.check.examine import History
from cpsa.collect import entries_reader
from cpsa.cycle.explaining import keep_typed
from cpsa.cycle.narrowing import narrowed
from cpsa.cycle.office import Office
from cpsa.cycle.reading import Read, read
from cpsa.cycle.results import Judgement
from cpsa.cycle.standing import Standing, counted, digest
from cpsa.errors import RequestError
from cpsa.framework import ASKED, TRIAL
from cpsa.registry import Roll
from cpsa.store import closings, figure_queries, intake, judgements
from cpsa.store import registry as registries
from cpsa.store.judgements import Stated
from cpsa.store.signing_officers import record_signing_officer
from cpsa.submissions.figure_query import FigureQuery
from cpsa.submissions.state import SubmissionState

HELD = SubmissionState.LOCKED_OUT.value
_COMPARED = (SubmissionState.RETURNED, SubmissionState.ACCEPTED)


@dataclass(frozen=True)
class Papers:
    """What the desks of one check share: the transaction, and what people decided."""

    office: Office
    connection: Connection
    now: datetime
    agencies: Collection[str] | None  # only these, all by default
    newest_load: int
    closed_with: Mapping[str, int]  # the load of the registry with which a quarter was closed
    closed_at: Mapping[str, datetime]  # the act of closing it
    waivers: Mapping[tuple[str, str], Sequence[str]]
    queries: Mapping[tuple[str, str], Sequence[FigureQuery]]  # not withdrawn
    exceptions: Mapping[tuple[str, str], tuple[int, str]]
    only: Mapping[int, frozenset[str]]  # of a lock exception: the indicators it is for

    @classmethod
    def read(
        cls,
        office: Office,
        connection: Connection,
        now: datetime,
        agencies: Collection[str] | None,
    ) -> Papers:
        return cls(
            office=office,
            connection=connection,
            now=now,
            agencies=agencies,
            newest_load=registries.required_load(connection),
            closed_with=closings.registry_loads(connection),
            closed_at=closings.acts_of_closing(connection),
            waivers=judgements.waivers(connection),
            queries=figure_queries.list_queries(connection, agencies),
            exceptions=judgements.open_exceptions(connection),
            only=judgements.exception_indicators(connection),
        )

    def standing(self, until: str) -> Standing:
        """How the submissions of these agencies stand now."""
        return Standing.read(self.connection, until, self.agencies)


class Desk:
    """One quarter being checked. ``problems``: entries of workbooks that could not be used."""

    def __init__(self, papers: Papers, quarter: Quarter) -> None:
        """A closed quarter is judged by the registry as it held when it was closed."""
        self.papers = papers
        self.quarter = quarter.key
        self.framework = papers.office.framework(quarter, papers.connection)
        self.closed = quarter.key in papers.closed_with
        self.closed_at = papers.closed_at.get(quarter.key)
        self.registry_load = papers.closed_with.get(quarter.key, papers.newest_load)
        self.problems: list[RequestError] = []
        self.notices: list[RequestError] = []

    @property
    def roll(self) -> Roll:
        return self.papers.office.roll(self.papers.connection, self.registry_load)

    def work(self, standing: Standing) -> list[Judgement]:
        """Examine until nothing of the quarter needs a look; versions in their order.

        ``standing``: how things stand now, of this quarter and those before it at least.
        """
        done: list[Judgement] = []
        while True:
            bases = self._bases(standing)
            waiting = self._waiting(standing, bases)
            if not waiting:
                return done
            # One version per agency at a time: a later one may rest on what an earlier one became.
            first = {row.agency: row for row in reversed(waiting)}
            some = [row for row in waiting if first[row.agency] is row]
            done += self._examine(some, standing, bases)
            standing = self.papers.standing(self.quarter)

    def _bases(self, standing: Standing) -> dict[int, str]:
        """What each submission of the quarter is compared with, as a digest."""
        marks = standing.history_marks(self.quarter)
        common = self.framework.version, self.registry_load
        return {
            row.id: digest(
                (*common, marks.get(row.agency, ""), *self._waived(row), *self._asked_marks(row))
            )
            for row in standing.of(self.quarter)
        }

    def _waiting(self, standing: Standing, bases: Mapping[int, str]) -> list[Stated]:
        """The submissions of the quarter that need a look, oldest version first."""
        rows = standing.of(self.quarter)
        return [
            row
            for row in rows
            if row.state == SubmissionState.RECEIVED
            or (row.state == HELD and not self.closed)  # its closing was undone
            or (standing.counts(row) and row.basis != bases[row.id])
            or (standing.is_newest(row) and self._may_change(row) and row.basis != bases[row.id])
            or (
                self.closed
                and row.state != SubmissionState.ACCEPTED
                and self._let_in(row, rows, bases)
            )
        ]

    def _may_change(self, row: Stated) -> bool:
        """A returned update of an open quarter may become acceptable, an accepted one may not."""
        return not self.closed and row.state in (*_COMPARED, SubmissionState.REJECTED)

    def _let_in(self, row: Stated, rows: Sequence[Stated], bases: Mapping[int, str]) -> bool:
        """Whether a lock exception, not yet tried on it as things are, lets this newest one in."""
        exception = self.papers.exceptions.get(self._owed(row))
        if exception is None:
            return False
        if row.lock_exception_id == exception[0] and row.basis == bases[row.id]:
            return False
        return row.version == max(one.version for one in rows if one.agency == row.agency)

    def _waived(self, row: Stated) -> Sequence[str]:
        return self.papers.waivers.get(self._owed(row), ())

    def _asked(self, row: Stated) -> Sequence[FigureQuery]:
        return self.papers.queries.get(self._owed(row), ())

    def _asked_marks(self, row: Stated) -> list[str]:
        return [f"query {query.id}" for query in self._asked(row)]

    def _owed(self, row: Stated) -> tuple[str, str]:
        return row.agency, self.quarter

    def _examine(
        self, rows: Sequence[Stated], standing: Standing, bases: Mapping[int, str]
    ) -> list[Judgement]:
        forms = self.roll.forms_in(self.quarter)
        locked_out = [row for row in rows if self._is_locked_out(row)]
        for row in locked_out:
            self._record(row, HELD, (), bases[row.id])
        others = [row for row in rows if not self._is_locked_out(row)]
        looked_at = {row.id: self._read(row, forms.get(row.agency), standing) for row in others}
        judged = {id_: one.judged for id_, one in looked_at.items()}
        for row in others:
            self._keep_entries(row, looked_at[row.id].entries)
            record_signing_officer(self.papers.connection, row.id, looked_at[row.id].officer)
        done = [_judgement(row, HELD, ()) for row in locked_out]
        accepted: dict[int, Judged] = {}
        by_form: dict[str, list[Stated]] = {}
        for row in others:
            by_form.setdefault(forms.get(row.agency, ""), []).append(row)
        for form, members in by_form.items():
            agencies = [row.agency for row in members]
            history = history_of(
                self.papers.connection, self.registry_load, standing, self.quarter, agencies
            )
            submissions = [
                Submission(judged[row.id], self._waived(row), self._asked(row)) for row in members
            ]
            answers = examine(self.framework, form, self.quarter, submissions, history)
            for row, examined in zip(members, answers, strict=True):
                state, findings = self._outcome(row, examined)
                self._record(row, state, findings, bases[row.id])
                typed = looked_at[row.id].explanations
                keep_typed(
                    self.papers.connection, *self._owed(row), typed, findings, self.papers.now
                )
                done.append(_judgement(row, state, findings))
                if state == SubmissionState.ACCEPTED:
                    accepted[row.id] = judged[row.id]
        self._keep_facts(accepted)
        return done

    def _is_locked_out(self, row: Stated) -> bool:
        """Whether a new file needs a lock exception: it arrived after closing, and there is none."""
        return (
            self.closed
            and row.state == SubmissionState.RECEIVED
            and not self._is_found_later(row)
            and self._owed(row) not in self.papers.exceptions
        )

    def _read(self, row: Stated, form: str | None, standing: Standing) -> Read:
        content = self.papers.office.received_bytes(row.sha256)
        found = read(
            self.papers.office,
            content,
            row.file_name,
            row.agency,
            self.quarter,
            form,
            self.framework,
        )
        only = self.papers.only.get(self._exception_of(row) or 0)
        if not only:
            return found
        before = standing.accepted_version_before(row.agency, self.quarter, row.version)
        if before is None:
            return found
        return Read(
            narrowed(self.papers.connection, found.judged, only, before),
            explanations=found.explanations,
            officer=found.officer,
        )

    def _exception_of(self, row: Stated) -> int | None:
        """The lock exception that lets a submission in: the one it used, else one not used yet."""
        exception = self.papers.exceptions.get(self._owed(row)) if self.closed else None
        if exception is None or row.state == SubmissionState.ACCEPTED or self._is_found_later(row):
            return row.lock_exception_id
        return exception[0]

    def _is_found_later(self, row: Stated) -> bool:
        """Whether a new file of a closed quarter had arrived before the closing."""
        if self.closed_at is None or row.state != SubmissionState.RECEIVED:
            return False
        return row.received_at < self.closed_at

    def _keep_entries(self, row: Stated, lines: Sequence[tuple[str, Mapping[str, str]]]) -> None:
        """Keep what a workbook says beside its figures; rows that cannot be used are told."""
        if not lines:
            return
        codes = self.papers.office.entry_codes(self.papers.connection)
        entries = entries_reader.sort_out(lines, row.file_name, codes)
        new = intake.add_entries(
            self.papers.connection,
            row.sha256,
            row.file_name,
            row.received_at,
            entries.rows,
            submission_id=row.id,
        )
        if new:
            self.problems.extend(entries.problems)
            self.notices.extend(entries.notices)

    def _keep_facts(self, judged: Mapping[int, Judged]) -> None:
        """Keep the figures of accepted submissions, once: what counted is never changed."""
        known = intake.submissions_with_facts(self.papers.connection, judged)
        rows = [
            (
                *(one.agency, one.quarter, *key, submission_id),
                *(fact.hundredths, fact.origin, fact.place, fact.carried_from),
            )
            for submission_id, one in judged.items()
            if submission_id not in known
            for key, fact in one.facts.items()
        ]
        intake.add_facts(self.papers.connection, rows)

    def _outcome(self, row: Stated, examined: Examined) -> tuple[str, tuple[Finding, ...]]:
        """An accepted update of a closed quarter stays accepted; what is new is a warning."""
        if (
            not (self.closed and row.state == SubmissionState.ACCEPTED)
            or row.examination_id is None
        ):
            return examined.state, examined.findings
        earlier = judgements.findings_of(self.papers.connection, [row.examination_id], [])
        earlier = earlier[~earlier["after_restatement"].astype(bool)]
        known = set(zip(earlier["rule"], earlier["indicator"], earlier["dimension"], strict=True))
        asked = {rule.id for rule in self.framework.rules_of_kind(ASKED)}
        findings = tuple(
            one
            if one.rule in asked or (one.rule, one.indicator, one.dimension) in known
            else one.softened()
            for one in examined.findings
        )
        return "accepted", tuple(one if not one.blocks else one.softened() for one in findings)

    def _record(self, row: Stated, state: str, findings: Sequence[Finding], basis: str) -> None:
        judgements.add_examination(
            self.papers.connection,
            findings,
            submission_id=row.id,
            examined_at=self.papers.now,
            framework=self.framework.version,
            state=state,
            basis=basis,
            lock_exception_id=self._exception_of(row),
        )


def _judgement(row: Stated, state: str, findings: Sequence[Finding]) -> Judgement:
    errors = sum(one.blocks for one in findings)
    warnings = sum(not one.blocks for one in findings if one.severity != TRIAL)
    return Judgement(row.agency, row.quarter, row.version, state, errors, warnings)


def history_of(
    connection: Connection,
    registry_load: int,
    standing: Standing,
    quarter: str,
    agencies: Collection[str],
) -> History:
    """The accepted quarters of these agencies before a quarter, and their targets."""
    before = standing.accepted_before(quarter, agencies)
    first = min((one.quarter for one in before), default=quarter)
    quarters = [one.key for one in Quarter.range(Quarter.parse(first), Quarter.parse(quarter))][:-1]
    return History(
        quarters=quarters,
        facts=intake.facts_of(connection, [one.id for one in before]),
        counted=counted(before),
        targets=registries.of_agencies(connection, "targets", registry_load, agencies),
        weights=registries.of_agencies(connection, "weights", registry_load, agencies),
    )
