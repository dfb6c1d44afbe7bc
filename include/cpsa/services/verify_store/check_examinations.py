"""Whether figures and findings are those that reading and examining the kept file again gives.

Only what was made from the same framework, registry and history is compared; the rest is kept, not
comparable. What must not go here: bytes that are lost or changed (``check_files``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from cpsa.calendar import IST, Quarter
from cpsa.checks.examine_submissions import examine_submissions
from cpsa.checks.structure_rules import Key, StructureResult
from cpsa.checks.submission_rules import Submission
from cpsa.services.examination.quarter_check import (
    CheckInputs,
    QuarterCheck,
    load_history,
    load_last_tables,
)
from cpsa.services.verify_store.store_fault import FaultKind, StoreFault, describe_row
from cpsa.services.verify_store.verification import Verification
from cpsa.store.dialect import is_among
from cpsa.store.queries import submission_queries, table_queries
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.submission_tables import fact, table_row
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import SubmissionState

SAMPLE_SIZE = 300  # submissions
_STATES = (SubmissionState.ACCEPTED, SubmissionState.RETURNED, SubmissionState.REJECTED)
_FACT_COLUMNS = ("hundredths", "origin", "place", "carried_from")
_FINDING_COLUMNS = ("rule", "indicator", "dimension", "observed", "expected", "place", "waived")


def check_examinations(verification: Verification) -> Iterator[StoreFault]:
    """Yield figures and findings that reading and examining again does not give, and those that are missing."""
    known = submission_queries.list_known_quarters(verification.connection)
    if not known:
        return
    inputs = CheckInputs.load(verification.context, verification.connection, verification.now, None)
    current = inputs.load_current(known[-1])
    rows = [row for row in current.submissions if row.state in _STATES]
    chosen = verification.sample(rows, SAMPLE_SIZE)
    for key in sorted({row.quarter for row in chosen}):
        check = _QuarterAgain(verification, inputs, current, key)
        yield from check.compare([row for row in chosen if row.quarter == key])


class _QuarterAgain:
    """One quarter's submissions, read and examined again."""

    def __init__(
        self,
        verification: Verification,
        inputs: CheckInputs,
        current: StoredSubmissions,
        quarter: str,
    ) -> None:
        self.verification, self.connection = verification, verification.connection
        self.inputs, self.current, self.quarter = inputs, current, quarter
        self.check = QuarterCheck(inputs, Quarter.parse(quarter))
        self.bases = self.check.compute_bases(current)
        self.forms = self.check.register.forms_in(quarter)
        self.same_framework = self._list_same_framework()

    def _list_same_framework(self) -> set[int]:
        """The submissions whose figures were recorded with the framework that the quarter has."""
        first = (
            select(func.min(examination.c.id))
            .where(examination.c.state == SubmissionState.ACCEPTED)
            .group_by(examination.c.submission_id)
        )
        version = self.check.framework.version
        same = select(examination.c.submission_id).where(
            examination.c.id.in_(first), examination.c.framework == version
        )
        return set(self.connection.execute(same).scalars())

    def compare(self, rows: Sequence[SubmissionRecord]) -> Iterator[StoreFault]:
        read = {row.id: judged for row in rows if (judged := self._read(row)) is not None}
        accepted = [
            row
            for row in rows
            if row.id in read
            and row.state == SubmissionState.ACCEPTED
            and row.id in self.same_framework
        ]
        stored = self._load_figures(accepted)
        for row in accepted:
            yield from self._compare_figures(row, stored.get(row.id, {}), read[row.id])
        yield from self._compare_tables(accepted, read)
        comparable = [row for row in rows if row.id in read and row.basis == self.bases.get(row.id)]
        self.verification.count("not comparable", len(rows) - len(comparable))
        by_form: dict[str, list[SubmissionRecord]] = {}
        for row in comparable:
            by_form.setdefault(self.forms.get(row.agency, ""), []).append(row)
        for form, members in by_form.items():
            yield from self._compare_examinations(form, members, read)

    def _read(self, row: SubmissionRecord) -> StructureResult | None:
        """The kept file as it is read now; None where its bytes are gone."""
        try:
            return self.check.make_reader(self.current).read(row, row.lock_exception_id).judged
        except OSError:
            return None

    def _load_figures(self, rows: Sequence[SubmissionRecord]) -> dict[int, dict[Key, StoredRow]]:
        """The recorded figures of submissions of the quarter, by submission and cell."""
        found: dict[int, dict[Key, StoredRow]] = {}
        query = select(fact).where(
            is_among(self.connection, fact.c.agency, [row.agency for row in rows]),
            fact.c.quarter == self.quarter,
            is_among(self.connection, fact.c.submission_id, [row.id for row in rows]),
        )
        for figure in self.connection.execute(query):
            own = found.setdefault(figure.submission_id, {})
            own[figure.indicator, figure.dimension] = figure
        return found

    def _compare_figures(
        self, row: SubmissionRecord, stored: Mapping[Key, StoredRow], judged: StructureResult
    ) -> Iterator[StoreFault]:
        self.verification.count("submissions read again")
        owner = {"agency": row.agency, "quarter": row.quarter, "submission_id": row.id}
        for key in sorted(stored.keys() | judged.facts.keys()):
            kept, again = stored.get(key), judged.facts.get(key)
            shown = describe_row(
                fact, {**owner, **dict(zip(("indicator", "dimension"), key, strict=True))}
            )
            if kept is None or again is None:
                kind = FaultKind.ROW_UNFOUNDED if again is None else FaultKind.ROW_MISSING
                yield StoreFault(kind, fact.name, shown)
            elif changed := [
                name for name in _FACT_COLUMNS if getattr(kept, name) != getattr(again, name)
            ]:
                detail = ", ".join(changed)
                yield StoreFault(FaultKind.RESULT_DIFFERS, fact.name, shown, detail=detail)

    def _compare_tables(
        self, rows: Sequence[SubmissionRecord], read: Mapping[int, StructureResult]
    ) -> Iterator[StoreFault]:
        again = {
            (row.id, table.code): [*table.rows]
            for row in rows
            for table in read[row.id].tables.values()
            if table.rows
        }
        given = table_queries.list_given_tables(self.connection, [row.id for row in rows])
        stored = table_queries.load_tables(self.connection, given)
        for key in sorted(stored.keys() | again.keys()):
            shown = "submission_id={} table_code={}".format(*key)
            if key not in again or key not in stored:
                kind = FaultKind.ROW_MISSING if key in again else FaultKind.ROW_UNFOUNDED
                yield StoreFault(kind, table_row.name, shown)
            elif stored[key] != again[key]:
                yield StoreFault(FaultKind.RESULT_DIFFERS, table_row.name, shown)

    def _compare_examinations(
        self,
        form: str,
        rows: Sequence[SubmissionRecord],
        read: Mapping[int, StructureResult],
    ) -> Iterator[StoreFault]:
        # An agency's versions are examined one by one, as they were.
        for version in sorted({row.version for row in rows}):
            members = [row for row in rows if row.version == version]
            agencies = [row.agency for row in members]
            history = load_history(
                *(self.connection, self.check.framework, form, self.check.registry_load),
                *(self.current, self.quarter, agencies),
            )
            last_tables = load_last_tables(
                *(self.inputs.context, self.connection, self.check.framework, form),
                *(self.current, self.quarter, agencies, self.check.registry_load),
            )
            submissions = [
                Submission(
                    read[row.id],
                    self.inputs.waivers.get((row.agency, self.quarter), ()),
                    self.inputs.queries.get((row.agency, self.quarter), ()),
                    last_tables.get(row.agency, {}),
                    row.received_at.astimezone(IST).date(),
                    self.check.find_entry_amounts(row.agency),
                )
                for row in members
            ]
            results = examine_submissions(
                self.check.framework, form, self.quarter, submissions, history
            )
            for row, result in zip(members, results, strict=True):
                self.verification.count("examined again")
                # What a restatement found in an accepted update is softened, its state stays.
                if row.state != result.state and not self._was_closed(row):
                    shown = f"id={row.examination_id}"
                    detail = "state"
                    yield StoreFault(
                        FaultKind.RESULT_DIFFERS, examination.name, shown, detail=detail
                    )
                yield from compare_findings(
                    self.verification, "examination_id", row.examination_id, result.findings
                )

    def _was_closed(self, row: SubmissionRecord) -> bool:
        closed_at, examined_at = self.check.closed_at, row.examined_at
        return closed_at is not None and examined_at is not None and examined_at > closed_at


def compare_findings(
    verification: Verification, origin: str, number: int | None, again: Iterable[Finding]
) -> Iterator[StoreFault]:
    """Yield the findings of an examination or a closing that were not found again, and the missing ones.

    ``origin``: the column that names it by its ``number``.
    """
    names = ("agency", "quarter", *_FINDING_COLUMNS)
    wanted = Counter(tuple(getattr(found, name) for name in names) for found in again)
    rows = verification.connection.execute(select(finding).where(finding.c[origin] == number))
    for row in rows.mappings():
        values = tuple(row[name] for name in names)
        if wanted[values]:
            wanted[values] -= 1
        else:
            shown = describe_row(finding, row)
            yield StoreFault(FaultKind.ROW_UNFOUNDED, finding.name, shown, detail=row["rule"])
    for values in wanted.elements():
        shown = f"{origin}={number} " + _describe(names[:5], values)
        yield StoreFault(FaultKind.ROW_MISSING, finding.name, shown)


def _describe(names: Sequence[str], values: tuple[Any, ...]) -> str:
    return " ".join(f"{name}={value}" for name, value in zip(names, values, strict=False))
