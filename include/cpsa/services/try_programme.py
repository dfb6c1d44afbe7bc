"""Tries a programme's folder on what past quarters received: what would have been found, and scored.

Each quarter is examined twice, under the framework that it has and under the newest one of the folder, and
the two are compared. Nothing is written. What must not go here: whether the folder is valid
(``check_programme``), or changing a closed quarter (``backfill_quarters``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.checks.examine_submissions import examine_submissions
from cpsa.checks.structure_rules import Key, StructureResult
from cpsa.checks.submission_rules import Submission
from cpsa.errors import RequestError
from cpsa.figures import places4
from cpsa.framework.loader import find_newest_quarter, load_framework
from cpsa.framework.model import Framework
from cpsa.reference.reference_data import Reference
from cpsa.services.app_context import AppContext
from cpsa.services.examination.quarter_check import (
    CheckInputs,
    QuarterCheck,
    load_history,
    load_last_tables,
)
from cpsa.services.quarter.closing_run import ClosingRun, RecomputedClosing
from cpsa.store.database import read_transaction
from cpsa.store.queries import entry_queries, quarter_queries, submission_queries
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import SubmissionState

FINDING, SCORE, ENTRY = "finding", "score", "entry"
_JUDGED_STATES = (SubmissionState.ACCEPTED, SubmissionState.RETURNED)


@dataclass(frozen=True, order=True)
class TrialChange:
    """What is otherwise under the folder's files.

    ``kind``: a finding, a score or an entry. ``name``: the rule, the score or the column of entries.
    ``before`` and ``after`` are blank where there is nothing.
    """

    kind: str
    quarter: str
    agency: str
    name: str
    indicator: str
    dimension: str
    before: str
    after: str


@dataclass(frozen=True)
class ProgrammeTrial:
    """``quarters`` were tried, with so many updates; ``not_requested``: what no update of them could give."""

    quarters: tuple[str, ...]
    updates: int
    changes: tuple[TrialChange, ...]
    not_requested: tuple[str, ...]


def try_programme(
    context: AppContext,
    framework: Path,
    reference: Path,
    quarters: Sequence[Quarter],
    now: datetime,
) -> ProgrammeTrial:
    """Try a folder's newest framework and its reference data on the updates and entries of these quarters.

    RequestError where nothing was received for any of them, or the folder has a fault.
    """
    newest = find_newest_quarter(framework)
    with read_transaction(context.engine) as connection:
        known = set(submission_queries.list_known_quarters(connection))
        tried = [quarter for quarter in quarters if quarter.key in known]
        if not tried:
            raise RequestError("programme.nothing_to_try")
        additions = quarter_queries.load_addition_starts(connection)
        inputs = CheckInputs.load(context, connection, now, None)
        current = inputs.load_current(tried[-1].key)
        changes: list[TrialChange] = []
        not_requested: set[Key] = set()
        updates = 0
        for quarter in tried:
            present = load_framework(max(quarter, newest), framework, additions)
            trial = _QuarterTrial(QuarterCheck(inputs, quarter), current, present)
            updates += len(trial.rows)
            changes += trial.compare_findings()
            not_requested |= trial.not_requested
            if trial.check.closed:
                run = ClosingRun.load(context, connection, quarter, now)
                changes += _compare_closings(run, present)
        changes += _compare_entries(connection, context.reference, Reference.load(reference), tried)
    return ProgrammeTrial(
        tuple(quarter.key for quarter in tried),
        updates,
        tuple(sorted(changes)),
        tuple(sorted({":".join(filter(None, key)) for key in not_requested})),
    )


@dataclass(frozen=True)
class _QuarterTrial:
    """One quarter under its own framework and another."""

    check: QuarterCheck
    current: StoredSubmissions
    present: Framework

    @property
    def rows(self) -> list[SubmissionRecord]:
        """The current updates of the quarter that were judged."""
        return [
            row
            for (_, quarter), row in self.current.current.items()
            if quarter == self.check.quarter and row.state in _JUDGED_STATES
        ]

    @property
    def not_requested(self) -> set[Key]:
        """What the other framework requests, and the quarter's own did not."""
        return _list_keys(self.present) - _list_keys(self.check.framework)

    def compare_findings(self) -> Iterator[TrialChange]:
        """The findings that differ; none about what was not requested, or is requested no longer."""
        own, present = self.check.framework, self.present
        reader = self.check.make_reader(self.current)
        forms = self.check.register.forms_in(self.check.quarter)
        by_form: dict[str, list[SubmissionRecord]] = {}
        for row in self.rows:
            if forms.get(row.agency) in own.forms.keys() & present.forms.keys():
                by_form.setdefault(forms[row.agency], []).append(row)
        apart = _list_keys(own) ^ _list_keys(present)
        for form, rows in by_form.items():
            judged = [reader.read(row, row.lock_exception_id).judged for row in rows]
            both = [
                _index_findings(self._examine(framework, form, rows, judged), apart)
                for framework in (own, present)
            ]
            yield from _compare_findings(*both)

    def _examine(
        self,
        framework: Framework,
        form: str,
        rows: Sequence[SubmissionRecord],
        judged: Sequence[StructureResult],
    ) -> Iterator[Finding]:
        inputs, quarter = self.check.inputs, self.check.quarter
        agencies = [row.agency for row in rows]
        history = load_history(
            *(inputs.connection, framework, form, self.check.registry_load),
            *(self.current, quarter, agencies),
        )
        tables = load_last_tables(
            *(inputs.context, inputs.connection, framework, form),
            *(self.current, quarter, agencies, self.check.registry_load),
        )
        keys = _list_keys(framework)
        amounts = entry_queries.load_entry_amounts(inputs.connection, quarter, agencies)
        submissions = [
            Submission(
                replace(
                    result,
                    facts={key: fact for key, fact in result.facts.items() if key in keys},
                    faulty=result.faulty & keys,
                ),
                inputs.waivers.get((row.agency, quarter), ()),
                inputs.queries.get((row.agency, quarter), ()),
                tables.get(row.agency, {}),
                entry_amounts=amounts.get(row.agency, (0, ()))[1],
            )
            for row, result in zip(rows, judged, strict=True)
        ]
        for examined in examine_submissions(framework, form, quarter, submissions, history):
            yield from examined.findings


def _list_keys(framework: Framework) -> set[Key]:
    return {
        (indicator.code, dimension)
        for indicator in framework.indicators
        for dimension in ("", *indicator.dimensions)
    }


_Place = tuple[str, str, str, str, str]  # quarter, agency, rule, indicator, dimension


def _index_findings(findings: Iterable[Finding], apart: set[Key]) -> dict[_Place, str]:
    """Severity and what was observed, by place; none on ``apart``, which one of the frameworks does not have."""
    return {
        (finding.quarter, finding.agency, finding.rule, finding.indicator, finding.dimension): (
            f"{finding.severity}: {finding.observed}" if finding.observed else finding.severity
        )
        for finding in findings
        if (finding.indicator, finding.dimension) not in apart
    }


def _compare_findings(
    before: Mapping[_Place, str], after: Mapping[_Place, str]
) -> Iterator[TrialChange]:
    for place in before.keys() | after.keys():
        old, new = before.get(place, ""), after.get(place, "")
        if old != new:
            yield TrialChange(FINDING, *place, old, new)


def _compare_closings(run: ClosingRun, present: Framework) -> Iterator[TrialChange]:
    """Scores, and what is found at closing, of a closed quarter under either framework."""
    own, other = run.compute(run.framework), run.compute(present)
    apart = _list_keys(run.framework) ^ _list_keys(present)
    yield from _compare_findings(
        _index_findings(own.findings, apart), _index_findings(other.findings, apart)
    )
    before, after = _index_scores(own), _index_scores(other)
    for agency, name in sorted(before.keys() | after.keys()):
        old, new = before.get((agency, name), ""), after.get((agency, name), "")
        if old != new:
            yield TrialChange(SCORE, run.quarter.key, agency, name, "", "", old, new)


def _index_scores(closing: RecomputedClosing) -> dict[tuple[str, str], str]:
    """What is scored of each agency, as it is printed: status, composite, coverage, groups."""
    scores: dict[tuple[str, str], str] = {}
    for row in closing.rows["score"]:
        agency = str(row["agency"])
        scores[agency, "status"] = str(row["status"])
        scores[agency, "composite"] = places4(row["composite"])
    for row in closing.rows["group_score"]:
        scores[str(row["agency"]), str(row["group"])] = places4(row["score"])
    return scores


def _compare_entries(
    connection: Connection, own: Reference, other: Reference, quarters: Sequence[Quarter]
) -> Iterator[TrialChange]:
    """What entries name that the other reference data reads otherwise: departments, themes, schemes, modules."""
    keys = {quarter.key for quarter in quarters}
    entries = entry_queries.load_entries(connection, quarters[-1].key)
    for row in entries[entries["quarter"].isin(keys)].itertuples():
        named = {"department": row.department, "theme": row.theme, "scheme": row.scheme}
        if row.kind == "training_need":
            named["module"] = row.request
        for column, words in named.items():
            if not words:
                continue
            old, new = (_read_name(reference, column, words) for reference in (own, other))
            if old != new:
                yield TrialChange(ENTRY, row.quarter, row.agency, column, words, "", old, new)


def _read_name(reference: Reference, column: str, words: str) -> str:
    """The code that a name has in reference data; blank where there is none."""
    match column:
        case "department":
            return reference.department_codes.get(words, "")
        case "scheme":
            scheme = reference.find_scheme(words)
            return scheme.code if scheme else ""
        case "theme":
            return words if words in reference.themes else ""
    return words if words in reference.training_modules else ""
