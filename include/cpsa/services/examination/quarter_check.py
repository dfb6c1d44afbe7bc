"""The check of one quarter: select what needs an examination, examine it, record the findings.

Within one transaction of its caller (``examine_updates``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from cpsa.calendar import IST, Quarter
from cpsa.checks.examine_submissions import (
    ExaminationResult,
    History,
    examine_submissions,
)
from cpsa.checks.structure_rules import StructureResult
from cpsa.checks.submission_rules import Submission
from cpsa.errors import RequestError
from cpsa.framework.model import ENTRY_PRODUCTS_KIND, QUERY_RULE_KIND, TRIAL, Framework
from cpsa.intake.readers import entries_reader
from cpsa.registry.agency_register import AgencyRegister
from cpsa.services.accepted_figures import (
    copy_kept_figures,
    keep_judged_figures,
    load_accepted_figures,
)
from cpsa.services.app_context import AppContext
from cpsa.services.examination.explain_warnings import (
    ExplainedUpdate,
    record_workbook_explanations,
)
from cpsa.services.examination.judge_file import FileJudgement, find_file_table
from cpsa.services.examination.offered_clusters import load_offered_clusters
from cpsa.services.examination.read_version import VersionReader
from cpsa.services.service_results import SubmissionResult
from cpsa.store.queries import (
    closing_queries,
    entry_queries,
    examination_queries,
    exception_queries,
    figure_query_queries,
    registry_queries,
    submission_queries,
    table_queries,
)
from cpsa.store.queries.closing_queries import FirstClosing
from cpsa.store.queries.entry_queries import WorkbookEntries
from cpsa.store.queries.examination_queries import NewExamination, SubmissionRecord
from cpsa.store.queries.signing_officer_queries import record_signing_officers
from cpsa.store.queries.stored_submissions import StoredSubmissions, digest_parts
from cpsa.submissions.entry_amounts import EntryAmount
from cpsa.submissions.figure_query import FigureQuery
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import SubmissionState

LOCKED_OUT = SubmissionState.LOCKED_OUT.value
Subject = tuple[str, str, str]  # rule, indicator and dimension
_COMPARED = (SubmissionState.RETURNED, SubmissionState.ACCEPTED)


@dataclass(frozen=True)
class CheckInputs:
    """What the quarters of one check share: the transaction, and the decisions of people."""

    context: AppContext
    connection: Connection
    now: datetime
    agencies: Collection[str] | None  # only these, all by default
    newest_load: int
    closings: Mapping[str, FirstClosing]  # of closed quarters
    framework_versions: Mapping[str, str]  # of a closed quarter
    waivers: Mapping[tuple[str, str], Sequence[str]]
    queries: Mapping[tuple[str, str], Sequence[FigureQuery]]  # not withdrawn
    exceptions: Mapping[tuple[str, str], tuple[int, str]]
    exception_indicators: Mapping[
        int, frozenset[str]
    ]  # of a lock exception: the indicators it is for

    @classmethod
    def load(
        cls,
        context: AppContext,
        connection: Connection,
        now: datetime,
        agencies: Collection[str] | None,
    ) -> CheckInputs:
        return cls(
            context=context,
            connection=connection,
            now=now,
            agencies=agencies,
            newest_load=registry_queries.require_load(connection),
            closings=closing_queries.load_first_closings(connection),
            framework_versions=closing_queries.load_framework_versions(connection),
            waivers=exception_queries.load_waivers(connection),
            queries=figure_query_queries.list_queries(connection, agencies),
            exceptions=exception_queries.load_open_exceptions(connection),
            exception_indicators=exception_queries.load_exception_indicators(connection),
        )

    def load_current(self, until: str) -> StoredSubmissions:
        """The submissions of these agencies as they are now."""
        return StoredSubmissions.load(self.connection, until, self.agencies)

    def load_current_again(self, current: StoredSubmissions, quarter: str) -> StoredSubmissions:
        """The same after examinations of one quarter: those of that quarter as they are now."""
        return current.load_again(self.connection, quarter, self.agencies)


class QuarterCheck:
    """One quarter being checked. ``problems``: entries of workbooks that could not be used."""

    def __init__(self, inputs: CheckInputs, quarter: Quarter) -> None:
        """A closed quarter is judged by the registry as it was when the quarter was closed."""
        self.inputs = inputs
        self.quarter = quarter.key
        version = inputs.framework_versions.get(quarter.key)
        self.framework = inputs.context.load_framework_closed_with(
            inputs.connection, quarter, version
        )
        closing = inputs.closings.get(quarter.key)
        self.closed = closing is not None
        self.closed_at = closing.closed_at if closing else None
        self.registry_load = closing.registry_load if closing else inputs.newest_load
        self.problems: list[RequestError] = []
        self.notices: list[RequestError] = []
        self._judged: dict[
            int, StructureResult
        ] = {}  # updates from which a later version may take figures

    @property
    def register(self) -> AgencyRegister:
        return self.inputs.context.load_register(self.inputs.connection, self.registry_load)

    def make_reader(self, current: StoredSubmissions) -> VersionReader:
        """Reads the files of the quarter's versions."""
        return VersionReader(
            self.inputs.context,
            self.inputs.connection,
            self.framework,
            self.quarter,
            self.register.forms_in(self.quarter),
            current,
            self.inputs.exception_indicators,
            judged=self._judged,
        )

    def run(self, current: StoredSubmissions) -> tuple[list[SubmissionResult], StoredSubmissions]:
        """Examine until nothing of the quarter needs an examination; versions in their order.

        ``current``: the submissions as they are now; the second part of the result is what they are
        afterwards, since what was accepted here is history then.
        """
        done: list[SubmissionResult] = []
        while True:
            bases = self.compute_bases(current)
            to_examine = self._list_to_examine(current, bases)
            if not to_examine:
                return done, current
            batch = self._select_batch(to_examine)
            chosen = {row.id for row in batch}
            again = {row.agency for row in to_examine if row.id not in chosen}
            done += self._examine(batch, current, bases, again)
            current = self.inputs.load_current_again(current, self.quarter)

    def _select_batch(self, rows: Sequence[SubmissionRecord]) -> list[SubmissionRecord]:
        """Of these versions, each agency's oldest first, those that are examined now, in the order of examination.

        One version of an agency at a time, since a later one may depend on the result of an earlier one.
        New files with tables that follow it do not: they have its figures, or those of one before it.
        """
        steps: list[list[SubmissionRecord]] = []  # the first version of each agency, the second, …
        taken: Counter[str] = Counter()
        goes_on: dict[str, bool] = {}
        for row in rows:
            step = taken[row.agency]
            is_new = not self.closed and row.state == SubmissionState.RECEIVED
            if step and not (goes_on[row.agency] and is_new and self._has_table(row)):
                goes_on[row.agency] = False
                continue
            goes_on[row.agency] = is_new
            steps += [[]] if step == len(steps) else []
            steps[step].append(row)
            taken[row.agency] += 1
        return [row for step_rows in steps for row in step_rows]

    def _has_table(self, row: SubmissionRecord) -> bool:
        """Whether a file has a table alone, by its name."""
        form = self.register.forms_in(self.quarter).get(row.agency)
        return find_file_table(row.file_name, self.framework, form) is not None

    def compute_bases(self, current: StoredSubmissions) -> dict[int, str]:
        """What each submission of the quarter is compared with, as a digest."""
        common = self.framework.version, self.registry_load
        return {
            row.id: digest_parts(
                (
                    *common,
                    current.history_mark(row.agency, self.quarter),
                    *self._find_waivers(row),
                    *self._make_query_marks(row),
                    *self._make_entry_marks(row),
                )
            )
            for row in current.for_quarter(self.quarter)
        }

    def find_entry_amounts(self, agency: str) -> Sequence[EntryAmount]:
        """What the agency's entries of the quarter came to; none where no rule judges that."""
        return self._entry_amounts[agency][1] if agency in self._entry_amounts else ()

    @cached_property
    def _entry_amounts(self) -> Mapping[str, tuple[int, Sequence[EntryAmount]]]:
        if not self.framework.rules_of_kind(ENTRY_PRODUCTS_KIND):
            return {}
        inputs = self.inputs
        return entry_queries.load_entry_amounts(inputs.connection, self.quarter, inputs.agencies)

    def _make_entry_marks(self, row: SubmissionRecord) -> list[str]:
        found = self._entry_amounts.get(row.agency)
        return [f"entries {found[0]}"] if found else []

    def _list_to_examine(
        self, current: StoredSubmissions, bases: Mapping[int, str]
    ) -> list[SubmissionRecord]:
        """The submissions of the quarter that need an examination, oldest version first."""
        rows = current.for_quarter(self.quarter)
        return [
            row
            for row in rows
            if row.state == SubmissionState.RECEIVED
            or (row.state == LOCKED_OUT and not self.closed)  # its closing was undone
            or (current.counts(row) and row.basis != bases[row.id])
            or (current.is_newest(row) and self._may_change(row) and row.basis != bases[row.id])
            or (
                self.closed
                and row.state != SubmissionState.ACCEPTED
                and self._is_admitted(row, rows, bases)
            )
        ]

    def _may_change(self, row: SubmissionRecord) -> bool:
        """A returned update of an open quarter may become acceptable, an accepted one may not."""
        return not self.closed and row.state in (*_COMPARED, SubmissionState.REJECTED)

    def _is_admitted(
        self, row: SubmissionRecord, rows: Sequence[SubmissionRecord], bases: Mapping[int, str]
    ) -> bool:
        """Whether a lock exception, not yet tried with this basis, admits this newest version."""
        exception = self.inputs.exceptions.get(self._make_key(row))
        if exception is None:
            return False
        if row.lock_exception_id == exception[0] and row.basis == bases[row.id]:
            return False
        return row.version == max(
            version.version for version in rows if version.agency == row.agency
        )

    def _find_waivers(self, row: SubmissionRecord) -> Sequence[str]:
        return self.inputs.waivers.get(self._make_key(row), ())

    def _find_queries(self, row: SubmissionRecord) -> Sequence[FigureQuery]:
        return self.inputs.queries.get(self._make_key(row), ())

    def _make_query_marks(self, row: SubmissionRecord) -> list[str]:
        return [f"query {query.id}" for query in self._find_queries(row)]

    def _make_key(self, row: SubmissionRecord) -> tuple[str, str]:
        return row.agency, self.quarter

    def _examine(
        self,
        rows: Sequence[SubmissionRecord],
        current: StoredSubmissions,
        bases: Mapping[int, str],
        again: Collection[str],
    ) -> list[SubmissionResult]:
        """Examine versions as ``_select_batch`` orders them; ``again``: agencies of which a later one follows."""
        forms = self.register.forms_in(self.quarter)
        locked_out = [row for row in rows if self._is_locked_out(row)]
        examinations = [
            self._make_examination(row, LOCKED_OUT, (), bases[row.id]) for row in locked_out
        ]
        admitted = [row for row in rows if not self._is_locked_out(row)]
        exceptions = {row.id: self._find_exception(row) for row in admitted}
        files = self.make_reader(current).read_all(admitted, exceptions)
        judged = {id_: file.judged for id_, file in files.items()}
        self._judged = {
            id_: update
            for id_, update in (self._judged | judged).items()
            if update.agency in again and not update.tables
        }
        if self._record_entries(admitted, files):
            self.__dict__.pop("_entry_amounts", None)
            bases = self.compute_bases(current)
        officers = {id_: file.officer for id_, file in files.items()}
        record_signing_officers(self.inputs.connection, officers)
        known = self._load_known_subjects(admitted)
        explained: list[ExplainedUpdate] = []
        results = {row.id: _make_result(row, LOCKED_OUT, ()) for row in locked_out}
        by_form: dict[str, list[SubmissionRecord]] = {}
        for row in admitted:
            by_form.setdefault(forms.get(row.agency, ""), []).append(row)
        accepted: dict[str, dict[int, StructureResult]] = {}
        for form, members in by_form.items():
            agencies = [*dict.fromkeys(row.agency for row in members)]
            history = load_history(
                *(self.inputs.connection, self.framework, form, self.registry_load),
                *(current, self.quarter, agencies),
                keep=True,
            )
            last_tables = load_last_tables(
                *(self.inputs.context, self.inputs.connection, self.framework, form),
                *(current, self.quarter, agencies, self.registry_load),
            )
            submissions = [
                Submission(
                    judged[row.id],
                    self._find_waivers(row),
                    self._find_queries(row),
                    last_tables.get(row.agency, {}),
                    row.received_at.astimezone(IST).date(),
                    self.find_entry_amounts(row.agency),
                )
                for row in members
            ]
            answers = examine_submissions(self.framework, form, self.quarter, submissions, history)
            for row, examined in zip(members, answers, strict=True):
                state, findings = self._decide_outcome(examined, known.get(row.id))
                examinations.append(self._make_examination(row, state, findings, bases[row.id]))
                typed = files[row.id].explanations
                explained.append(ExplainedUpdate(row.agency, typed, findings))
                results[row.id] = _make_result(row, state, findings)
                if state == SubmissionState.ACCEPTED:
                    accepted.setdefault(form, {})[row.id] = judged[row.id]
        record_workbook_explanations(
            self.inputs.connection, self.quarter, explained, self.inputs.now
        )
        # Of each agency the first version, then of each the second, whatever their form.
        steps = _number_versions(rows)
        examinations.sort(key=lambda examined: steps[examined.submission_id])
        examination_queries.add_examinations(
            self.inputs.connection, examinations, self.inputs.now, self.framework.version
        )
        for form, updates in accepted.items():
            self._record_facts(form, updates)
        return [results[id_] for id_ in sorted(results, key=steps.__getitem__)]

    def _is_locked_out(self, row: SubmissionRecord) -> bool:
        """Whether a new file needs a lock exception: it arrived after closing, and there is none."""
        return (
            self.closed
            and row.state == SubmissionState.RECEIVED
            and not self._is_found_later(row)
            and self._make_key(row) not in self.inputs.exceptions
        )

    def _find_exception(self, row: SubmissionRecord) -> int | None:
        """The lock exception that admits a submission: the one that it used, else one not used yet."""
        exception = self.inputs.exceptions.get(self._make_key(row)) if self.closed else None
        if exception is None or row.state == SubmissionState.ACCEPTED or self._is_found_later(row):
            return row.lock_exception_id
        return exception[0]

    def _is_found_later(self, row: SubmissionRecord) -> bool:
        """Whether a new file of a closed quarter had arrived before the closing."""
        if self.closed_at is None or row.state != SubmissionState.RECEIVED:
            return False
        return row.received_at < self.closed_at

    def _record_entries(
        self, rows: Sequence[SubmissionRecord], files: Mapping[int, FileJudgement]
    ) -> bool:
        """Record the entries of workbooks; rows that cannot be used are reported. Whether some are new."""
        with_entries = [row for row in rows if files[row.id].entries]
        if not with_entries:
            return False
        codes = self.inputs.context.load_entry_codes(self.inputs.connection)
        entries = {
            row.id: entries_reader.select_usable_rows(files[row.id].entries, row.file_name, codes)
            for row in with_entries
        }
        new = entry_queries.add_workbook_entries(
            self.inputs.connection,
            [
                WorkbookEntries(
                    *(row.id, row.sha256, row.file_name, row.received_at), entries[row.id].rows
                )
                for row in with_entries
            ],
        )
        for id_, read in entries.items():
            if id_ in new:
                self.problems.extend(read.problems)
                self.notices.extend(read.notices)
        return bool(new)

    def _record_facts(self, form: str, judged: Mapping[int, StructureResult]) -> None:
        """Record the figures and tables of accepted submissions, once: they are never changed."""
        connection = self.inputs.connection
        sources = {
            id_: update.figures_of
            for id_, update in judged.items()
            if update.figures_of is not None
        }
        known = submission_queries.list_submissions_with_facts(
            connection, {*judged, *sources.values()}
        )
        new = {id_: update for id_, update in judged.items() if id_ not in known}
        # Figures of a submission that has them in the store are copied there; the others are sent to it.
        copied = {
            id_: source
            for id_, source in sources.items()
            if id_ in new and (source in known or source in new)
        }
        own = {id_: update for id_, update in new.items() if id_ not in copied}
        rows = [
            (
                *(update.agency, update.quarter, *key, submission_id),
                *(fact.hundredths, fact.origin, fact.place, fact.carried_from),
            )
            for submission_id, update in own.items()
            for key, fact in update.facts.items()
        ]
        submission_queries.add_facts(connection, rows)
        submission_queries.copy_facts(connection, copied)
        table_queries.add_tables(
            connection, {id_: [*update.tables.values()] for id_, update in new.items()}
        )
        keep_judged_figures(connection, self.framework, form, own)
        copy_kept_figures(connection, self.framework, form, copied)

    def _load_known_subjects(self, rows: Sequence[SubmissionRecord]) -> dict[int, set[Subject]]:
        """Of those that are accepted in a closed quarter: what their latest examination found, but for what
        was found after a restatement, by submission."""
        if not self.closed:
            return {}
        accepted = {
            row.examination_id: row.id
            for row in rows
            if row.state == SubmissionState.ACCEPTED and row.examination_id is not None
        }
        known: dict[int, set[Subject]] = {id_: set() for id_ in accepted.values()}
        if accepted:
            findings = examination_queries.load_findings(self.inputs.connection, accepted, [])
            for found in findings[~findings["after_restatement"].astype(bool)].itertuples():
                subject = found.rule, found.indicator, found.dimension
                known[accepted[found.examination_id]].add(subject)
        return known

    def _decide_outcome(
        self, examined: ExaminationResult, known: Collection[Subject] | None
    ) -> tuple[str, tuple[Finding, ...]]:
        """An accepted update of a closed quarter stays accepted; what is new is a warning.

        ``known``: what was found in such an update; None for any other.
        """
        if known is None:
            return examined.state, examined.findings
        query_rules = {rule.id for rule in self.framework.rules_of_kind(QUERY_RULE_KIND)}
        findings = tuple(
            finding
            if finding.rule in query_rules
            or (finding.rule, finding.indicator, finding.dimension) in known
            else finding.as_warning()
            for finding in examined.findings
        )
        return SubmissionState.ACCEPTED, tuple(
            finding if not finding.blocks else finding.as_warning() for finding in findings
        )

    def _make_examination(
        self, row: SubmissionRecord, state: str, findings: Sequence[Finding], basis: str
    ) -> NewExamination:
        exception = self._find_exception(row)
        return NewExamination(row.id, state, basis, findings, exception)


def _number_versions(rows: Sequence[SubmissionRecord]) -> dict[int, int]:
    """The number of each version among those of its agency here, by its id."""
    counted: Counter[str] = Counter()
    numbers = {}
    for row in rows:
        numbers[row.id] = counted[row.agency]
        counted[row.agency] += 1
    return numbers


def _make_result(
    row: SubmissionRecord, state: str, findings: Sequence[Finding]
) -> SubmissionResult:
    errors = sum(finding.blocks for finding in findings)
    warnings = sum(not finding.blocks for finding in findings if finding.severity != TRIAL)
    return SubmissionResult(row.agency, row.quarter, row.version, state, errors, warnings)


def load_history(
    connection: Connection,
    framework: Framework,
    form: str,
    registry_load: int,
    current: StoredSubmissions,
    quarter: str,
    agencies: Collection[str],
    *,
    keep: bool = False,
) -> History:
    """The accepted quarters of these agencies before a quarter, and their targets.

    ``keep``: as ``load_accepted_figures`` has it.
    """
    before = current.accepted_before(quarter, agencies)
    first = min((row.quarter for row in before), default=quarter)
    quarters = [
        period.key for period in Quarter.range(Quarter.parse(first), Quarter.parse(quarter))
    ][:-1]
    return History(
        quarters=quarters,
        figures=load_accepted_figures(connection, framework, form, before, keep=keep),
        targets=registry_queries.load_targets(connection, registry_load, agencies),
        weights=registry_queries.load_rows_of_agencies(
            connection, "weights", registry_load, agencies
        ),
    )


def load_last_tables(
    context: AppContext,
    connection: Connection,
    framework: Framework,
    form: str,
    current: StoredSubmissions,
    quarter: str,
    agencies: Collection[str],
    registry_load: int,
) -> Mapping[str, table_queries.Tables]:
    """The rows of tables that these agencies' accepted quarters before a quarter gave last.

    Of a table with clusters those of the register, as of a load.
    """
    if not framework.form_tables(form):
        return {}
    before = current.every_version_accepted_before(quarter, agencies)
    given = table_queries.load_counting_tables(connection, before)
    offered = load_offered_clusters(
        context, connection, framework, form, quarter, agencies, registry_load
    )
    return {agency: {**given.get(agency, {}), **offered.get(agency, {})} for agency in agencies}
