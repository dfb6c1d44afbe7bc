"""The floor of a quarter: the parts of its stages called in batches, without the pipeline around them.

What belongs here: reading, digesting and keeping files with one flush, reading updates with our readers,
rules and scores over packed arrays, and COPY into the store's own tables. What must not: locks, states,
letters, or anything else that a quarter needs and that its figures do not.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import Connection

from bench.check_and_score import copy_fresh_case
from bench.programme import FormData, Programme
from cpsa.calendar import Quarter
from cpsa.checks.comparison import Comparison
from cpsa.checks.examine_submissions import build_comparison
from cpsa.checks.rule_kinds import apply_rules
from cpsa.checks.structure_rules import judge_structure
from cpsa.intake.readers.read_update import read_update
from cpsa.scoring.achievement import Scores, score_panel
from cpsa.services.atomic_file import write_files_together
from cpsa.store import bulk_rows, database
from cpsa.store.queries import submission_queries
from cpsa.store.tables.closing_tables import closing, group_score, score
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.submission_tables import submission
from cpsa.submissions.finding import Finding

STAGES = ("collect", "check", "close")
SUBMISSION_NAMES = (
    *("id", "agency", "quarter", "version", "sha256", "size", "file_name", "channel"),
    *("received_at", "collected_at"),
)
EXAMINATION_NAMES = ("id", "submission_id", "examined_at", "framework", "state", "basis")
CLOSING_NAMES = ("id", "quarter", "version", "closed_at", "framework", "registry_load", "basis")
SCORE_NAMES = ("closing_id", "agency", "state", "composite", "status", "coverage")
GROUP_SCORE_NAMES = ("closing_id", "agency", "group", "score")
FactRow = tuple[Any, ...]


def pack_history(programme: Programme) -> list[bytes]:
    """Each form's arrays without the quarter at hand, as a store of packed history would have them."""
    packs = []
    for data in programme.forms:
        judged = [replace(update, facts={}, faulty=frozenset()) for update in data.judged]
        history = data.spread_history(programme.framework)
        case = build_comparison(programme.framework, data.form, programme.quarter, judged, history)
        packs.append(pickle.dumps(case))
    return packs


class FloorQuarter:
    """One quarter at its floor; ``packs``: a form's history each; ``files``: a CSV of each agency."""

    def __init__(
        self, programme: Programme, packs: Sequence[bytes], files: Sequence[Path], kept: Path
    ) -> None:
        self._programme = programme
        self._packs = packs
        self._files = files
        self._kept = kept / uuid4().hex
        self._now: datetime = Quarter.parse(programme.quarter).closes_at
        self._contents: dict[str, bytes] = {}
        self._ids: dict[str, int] = {}  # of submissions, by agency
        self._cases: list[Comparison] = []

    def run(self, url: str) -> dict[str, float]:
        """Do each stage once, in a transaction each; its seconds on the clock."""
        engine = database.open_engine(url)
        marks = [time.perf_counter()]
        for stage in (self._collect, self._check, self._close):
            with database.write_transaction(engine) as connection:
                stage(connection)
            marks.append(time.perf_counter())
        engine.dispose()
        taken = (after - before for before, after in pairwise(marks))
        return dict(zip(STAGES, taken, strict=True))

    def _collect(self, connection: Connection) -> None:
        self._contents = {file.stem: file.read_bytes() for file in self._files}
        digests = {code: sha256(content).hexdigest() for code, content in self._contents.items()}
        kept = {self._kept / sha[:2] / sha: self._contents[code] for code, sha in digests.items()}
        write_files_together(self._kept, kept)
        ids = bulk_rows.reserve_ids(connection, submission, len(self._contents))
        self._ids = dict(zip(self._contents, ids, strict=True))
        rows = [
            (
                *(self._ids[code], code, self._programme.quarter, 1, digests[code], len(content)),
                *(f"{code}.csv", "folder", self._now, self._now),
            )
            for code, content in self._contents.items()
        ]
        bulk_rows.add_values(connection, submission, SUBMISSION_NAMES, rows)

    def _check(self, connection: Connection) -> None:
        findings: list[Finding] = []
        facts: list[FactRow] = []
        for data, pack in zip(self._programme.forms, self._packs, strict=True):
            case = copy_fresh_case(pickle.loads(pack))  # noqa: S301 (packed by this run)
            findings += self._read_updates(data, case, facts)
            findings += apply_rules(self._programme.framework, case)
            self._cases.append(case)
        self._record_examinations(connection, findings)
        submission_queries.add_facts(connection, facts)

    def _read_updates(
        self, data: FormData, case: Comparison, facts: list[FactRow]
    ) -> list[Finding]:
        """Read a form's files into its arrays and rows; what is wrong with their structure."""
        framework, quarter, panel = self._programme.framework, self._programme.quarter, case.panel
        findings: list[Finding] = []
        for row, code in enumerate(panel.agencies):
            update: Any = read_update(self._contents[code])
            judged = judge_structure(update, code, quarter, data.form, framework)
            findings += judged.findings
            for key, fact in judged.facts.items():
                place = row, panel.place[key]
                panel.now[place] = case.given[place] = fact.hundredths
                amounts = (fact.hundredths, fact.origin, fact.place, None)
                facts.append((code, quarter, *key, self._ids[code], *amounts))
            for key in judged.faulty:
                case.faulty[row, panel.place[key]] = True
        return findings

    def _record_examinations(self, connection: Connection, findings: Sequence[Finding]) -> None:
        numbers = bulk_rows.reserve_ids(connection, examination, len(self._ids))
        of_agency = dict(zip(self._ids, numbers, strict=True))
        version = self._programme.framework.version
        rows = [
            (of_agency[code], id_, self._now, version, "accepted", "")
            for code, id_ in self._ids.items()
        ]
        bulk_rows.add_values(connection, examination, EXAMINATION_NAMES, rows)
        found = [(of_agency[breach.agency], *breach) for breach in findings]
        names = ("examination_id", *Finding._fields)
        bulk_rows.add_values(connection, finding, names, found)

    def _close(self, connection: Connection) -> None:
        (number,) = bulk_rows.reserve_ids(connection, closing, 1)
        version = self._programme.framework.version
        row = (number, self._programme.quarter, 1, self._now, version, 0, "")
        bulk_rows.add_values(connection, closing, CLOSING_NAMES, [row])
        made = [
            score_panel(case.panel, data.due_quarters)
            for data, case in zip(self._programme.forms, self._cases, strict=True)
        ]
        scores = [row for scored in made for row in _list_score_rows(number, scored)]
        groups = [row for scored in made for row in _list_group_rows(number, scored)]
        bulk_rows.add_values(connection, score, SCORE_NAMES, scores)
        bulk_rows.add_values(connection, group_score, GROUP_SCORE_NAMES, groups)


def _list_score_rows(closing_id: int, made: Scores) -> list[tuple[Any, ...]]:
    figures = zip(made.agencies, made.composite, made.status, made.coverage, strict=True)
    return [
        (closing_id, code, "accepted", None if np.isnan(whole) else float(whole), status, share)
        for code, whole, status, share in figures
    ]


def _list_group_rows(closing_id: int, made: Scores) -> list[tuple[Any, ...]]:
    return [
        (closing_id, made.agencies[row], made.groups[place], made.group_scores[row, place])
        for row, place in np.argwhere(~np.isnan(made.group_scores)).tolist()
    ]
