"""Reading a received version with what it takes over from versions before it.

Of a file admitted for single indicators only these count (``partial_reopen``). A file with a table has no
figures: its figures are those of the newest version before it that could be used, each kept with the
submission that gave it. What must not go here: one file by itself (``judge_file``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlalchemy import Connection

from cpsa.checks.structure_rules import Key, StructureResult, SubmissionFact, judge_structure
from cpsa.checks.table_values import ListedCodes
from cpsa.framework.model import Framework
from cpsa.services.app_context import AppContext
from cpsa.services.examination.judge_file import (
    FileJudgement,
    find_file_table,
    judge_file,
    list_table_codes,
)
from cpsa.services.examination.partial_reopen import keep_only_indicators, load_carried_facts
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.update import Unreadable

_NEVER_USED = (
    SubmissionState.UNREADABLE,
    SubmissionState.REJECTED,
    SubmissionState.LOCKED_OUT,
)


@dataclass(frozen=True)
class VersionReader:
    """Reads the versions of one quarter. ``forms``: by agency; ``reopened``: by lock exception its indicators.

    ``carried``: the figures of accepted submissions that were read so far. ``judged``: updates that this
    check has read already and that a later version of it may take figures from. ``updates``: the same of
    this reader, which reads none of them twice.
    """

    context: AppContext
    connection: Connection
    framework: Framework
    quarter: str
    forms: Mapping[str, str]
    current: StoredSubmissions
    reopened: Mapping[int, frozenset[str]]
    carried: dict[int, Mapping[Key, SubmissionFact]] = field(default_factory=dict)
    judged: Mapping[int, StructureResult] = field(default_factory=dict)
    updates: dict[int, StructureResult] = field(default_factory=dict)
    _taken_over: dict[int, StructureResult] = field(default_factory=dict)

    @cached_property
    def _lists(self) -> ListedCodes:
        return list_table_codes(self.context)

    def read_all(
        self, rows: Sequence[SubmissionRecord], lock_exceptions: Mapping[int, int | None]
    ) -> dict[int, FileJudgement]:
        """``read`` for many versions, by their ids; ``lock_exceptions``: of each.

        What they take over is read for all of them together. Of an agency an update comes before the
        tables that were received after it.
        """
        wanted = {id_ for row in rows for id_ in self._list_carried(row, lock_exceptions[row.id])}
        self._load_carried(wanted - self.carried.keys())
        found = {}
        for row in rows:
            found[row.id] = self.read(row, lock_exceptions[row.id])
            self.updates[row.id] = found[row.id].judged
        return found

    def _list_carried(self, row: SubmissionRecord, lock_exception: int | None) -> Iterator[int]:
        """The accepted submissions that a version takes figures from, as far as names of files tell."""
        if self.reopened.get(lock_exception or 0):
            before = self.current.accepted_version_before(row.agency, self.quarter, row.version)
            if before is not None:
                yield before
        if find_file_table(row.file_name, self.framework, self.forms.get(row.agency)) is not None:
            for update in self._list_updates_before(row.agency, row.version):
                if update.state == SubmissionState.ACCEPTED and update.id not in self.judged:
                    yield update.id
                return

    def _load_carried(self, ids: Iterable[int]) -> None:
        self.carried.update(load_carried_facts(self.connection, list(ids)))

    def _find_carried(self, id_: int) -> Mapping[Key, SubmissionFact]:
        if id_ not in self.carried:
            self._load_carried([id_])
        return self.carried[id_]

    def read(self, row: SubmissionRecord, lock_exception: int | None) -> FileJudgement:
        """The judgement of a version admitted by a lock exception, if by any. OSError where its bytes, or
        those of a version that it takes figures from, are gone."""
        content = self.context.read_received_bytes(row.sha256)
        found = self.read_content(content, row.file_name, row.agency, row.version)
        only = self.reopened.get(lock_exception or 0)
        if not only:
            return found
        before = self.current.accepted_version_before(row.agency, self.quarter, row.version)
        if before is None:
            return found
        judged = keep_only_indicators(found.judged, only, self._find_carried(before))
        return FileJudgement(judged, explanations=found.explanations, officer=found.officer)

    def read_content(
        self, content: bytes, file_name: str, agency: str, version: int | None = None
    ) -> FileJudgement:
        """The judgement of a file as a version of its agency's update, the next one by default."""
        form = self.forms.get(agency)
        lists = self._lists if self.framework.form_tables(form or "") else {}
        owner = agency, self.quarter, form, self.framework
        found = judge_file(self.context, content, file_name, *owner, lists)
        if find_file_table(file_name, self.framework, form) is None or found.judged.refused:
            return found
        return FileJudgement(self._add_figures(found.judged, version))

    def _add_figures(self, judged: StructureResult, version: int | None) -> StructureResult:
        """A judged table with the figures, and the faults of figures, of the update before it."""
        form = self.forms.get(judged.agency)
        for row in self._list_updates_before(judged.agency, version):
            before = self._find_update(row)
            if before.refused is None:
                figures = self._take_over(before, row)
                return replace(
                    figures, findings=figures.findings + judged.findings, tables=judged.tables
                )
        fault = Unreadable("unreadable.update_first")
        return judge_structure(fault, judged.agency, self.quarter, form, self.framework)

    def _list_updates_before(self, agency: str, version: int | None) -> Iterator[SubmissionRecord]:
        """The versions before one (before the next one by default) that may have figures, newest first.

        Left out is a file with a table: its figures are those of a version before it.
        """
        form = self.forms.get(agency)
        for row in reversed(self.current.versions.get((agency, self.quarter), ())):
            if (version is not None and row.version >= version) or row.state in _NEVER_USED:
                continue
            if find_file_table(row.file_name, self.framework, form) is None:
                yield row

    def _find_update(self, row: SubmissionRecord) -> StructureResult:
        if row.id in self.judged:
            return self.judged[row.id]
        if row.id not in self.updates:
            self.updates[row.id] = self.read(row, row.lock_exception_id).judged
        return self.updates[row.id]

    def _take_over(self, before: StructureResult, row: SubmissionRecord) -> StructureResult:
        """The figures of ``before``, which is the version ``row``, and their faults: made once for all its tables."""
        if row.id not in self._taken_over:
            facts: Mapping[Key, SubmissionFact]
            if row.state == SubmissionState.ACCEPTED and row.id not in self.judged:
                facts = self._find_carried(row.id)
            else:
                facts = {
                    key: SubmissionFact(
                        fact.hundredths, fact.origin, fact.place, fact.carried_from or row.id
                    )
                    for key, fact in before.facts.items()
                }
            # One that was returned may have figures in the store that were read by other definitions.
            source = None if row.state == SubmissionState.RETURNED else row.id
            of_figures = tuple(
                finding
                for finding in before.findings
                if self.framework.find_table_column(finding.indicator) is None
            )
            self._taken_over[row.id] = replace(
                before, facts=facts, findings=of_figures, figures_of=source
            )
        return self._taken_over[row.id]
