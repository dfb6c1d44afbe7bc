"""Collect, check and close beside their floor: the same parts called without the pipeline, in batches.

The floor reads and digests the files, keeps their bytes with one flush, reads the updates with our readers,
takes history from packed arrays, checks, scores, and writes by COPY into the store's own tables. Each
stage is shown as a multiple of its floor and of the version before, all in the same rounds, on copies of
the same filled database. Figures, findings and scores of both versions are compared row for row.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import create_engine, make_url, text

from bench.check_and_score import copy_fresh_case
from bench.lines import DisagreementError, Line, Progress, Size, compare_duration, compare_speed
from bench.programme import Programme, make_programme
from bench.rounds import Times
from bench.server_store import SERVER
from cpsa.calendar import Quarter
from cpsa.checks.comparison import Comparison
from cpsa.checks.examine_submissions import build_comparison
from cpsa.checks.rule_kinds import apply_rules
from cpsa.checks.structure_rules import judge_structure
from cpsa.intake.readers.read_update import read_update
from cpsa.scoring.achievement import score_panel
from cpsa.services.atomic_file import write_files_together
from cpsa.store import bulk_rows, database
from cpsa.store.queries import submission_queries
from cpsa.store.tables.closing_tables import closing, group_score, score
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.submission_tables import submission
from cpsa.submissions.finding import Finding

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "f35ff65"  # 1.3.0
MAX_FLOORS, TIMES_AS_FAST = 5, 4
STAGES = ("collect", "check", "close")
_FINDING = Finding._fields
_COMPARED = (
    "SELECT agency, indicator, dimension, hundredths, origin FROM fact WHERE quarter = :quarter",
    "SELECT agency, rule, severity, indicator, dimension, observed, expected, waived FROM finding",
    "SELECT agency, state, composite, status, coverage FROM score",
    'SELECT agency, "group", score FROM group_score',
)


def lines(size: Size, progress: Progress) -> list[Line]:
    """A line for each stage against its floor and the version before, and two for the sum."""
    with tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder:
        place = Path(folder)
        trees = {"own": ROOT, "before": _unpack_version_before(place / "tree")}
        with _Server() as server:
            for name, tree in trees.items():
                progress(f"loading history: {name}")
                server.run("CREATE DATABASE", name)
                arguments = ["fill", size.agencies, size.quarters, size.seed]
                _run_version(tree, place / name, server.url(name), arguments)
            programme = make_programme(size.forms, size.quarters, size.seed)
            packs = _pack_history(programme)
            taken: dict[str, list[dict[str, float]]] = {"floor": [], "own": [], "before": []}
            rows: dict[str, list[Any]] = {}
            for _ in range(size.rounds):
                for name in taken:
                    progress(name)
                    version = "own" if name == "floor" else name
                    with server.copy_database(version) as url:
                        if name == "floor":
                            files = sorted((place / "own" / "inbox" / programme.quarter).iterdir())
                            work = _Floor(programme, packs, files, place / "kept")
                            taken[name].append(work.run(url))
                            continue
                        home = place / f"{version}-{uuid4().hex[:8]}"
                        home.mkdir()
                        (place / version / "inbox").rename(home / "inbox")
                        arguments = ["run", programme.quarter]
                        taken[name].append(
                            json.loads(_run_version(trees[name], home, url, arguments))
                        )
                        (home / "inbox").rename(place / version / "inbox")
                        rows[name] = _list_rows(url, programme.quarter)
            _require_same_rows(rows["own"], rows["before"])
    return _make_lines(taken, sum(map(len, rows["own"])))


def _make_lines(taken: dict[str, list[dict[str, float]]], compared: int) -> list[Line]:
    found = []
    for stage in (*STAGES, ""):
        times = {
            name: Times(tuple(run[stage] if stage else sum(run.values()) for run in runs))
            for name, runs in taken.items()
        }
        own, title = times["own"], f"{stage or 'collect, check and close'}, bare (wall)"
        targets = (None, None) if stage else (MAX_FLOORS, TIMES_AS_FAST)
        against_floor = compare_duration(title, own, "its floor", times["floor"], targets[0])
        note = f"floor {times['floor'].median:.2f} s; {compared:,} rows the same in both versions"
        found += [
            replace(against_floor, note=note),
            compare_speed(title, own, "version 1.3.0", times["before"], targets[1]),
        ]
    return found


class _Floor:
    """The parts of a quarter without the pipeline."""

    def __init__(
        self, programme: Programme, packs: Sequence[bytes], files: Sequence[Path], kept: Path
    ) -> None:
        self._programme = programme
        self._packs = packs
        self._files = files
        self._kept = kept / uuid4().hex

    def run(self, url: str) -> dict[str, float]:
        """Do each stage once; its seconds."""
        engine = database.open_engine(url)
        marks = [time.perf_counter()]
        for stage in (self._collect, self._check, self._close):
            with database.write_transaction(engine) as connection:
                stage(connection)
            marks.append(time.perf_counter())
        engine.dispose()
        taken = (after - before for before, after in pairwise(marks))
        return dict(zip(STAGES, taken, strict=True))

    def _collect(self, connection: Any) -> None:
        now = Quarter.parse(self._programme.quarter).closes_at
        self._contents = {file.stem: file.read_bytes() for file in self._files}
        digests = {code: sha256(content).hexdigest() for code, content in self._contents.items()}
        kept = {self._kept / sha[:2] / sha: self._contents[code] for code, sha in digests.items()}
        write_files_together(self._kept, kept)
        ids = bulk_rows.reserve_ids(connection, submission, len(self._contents))
        self._ids = dict(zip(self._contents, ids, strict=True))
        names = ("id", "agency", "quarter", "version", "sha256", "size", "file_name", "channel")
        rows = [
            (
                *(self._ids[code], code, self._programme.quarter, 1, digests[code], len(content)),
                *(f"{code}.csv", "folder", now, now),
            )
            for code, content in self._contents.items()
        ]
        bulk_rows.add_values(connection, submission, (*names, "received_at", "collected_at"), rows)

    def _check(self, connection: Any) -> None:
        framework, quarter = self._programme.framework, self._programme.quarter
        now = Quarter.parse(quarter).closes_at
        findings: list[Finding] = []
        facts: list[tuple[Any, ...]] = []
        self._cases: list[Comparison] = []
        for data, pack in zip(self._programme.forms, self._packs, strict=True):
            case = copy_fresh_case(pickle.loads(pack))  # noqa: S301 (packed by this run)
            panel = case.panel
            values, given, faulty = panel.now, case.given, case.faulty
            for row, code in enumerate(panel.agencies):
                update: Any = read_update(self._contents[code])
                judged = judge_structure(update, code, quarter, data.form, framework)
                findings += judged.findings
                for key, fact in judged.facts.items():
                    values[row, panel.place[key]] = given[row, panel.place[key]] = fact.hundredths
                    facts.append(
                        (
                            *(code, quarter, *key, self._ids[code], fact.hundredths),
                            *(fact.origin, fact.place, None),
                        )
                    )
                for key in judged.faulty:
                    faulty[row, panel.place[key]] = True
            findings += apply_rules(framework, case)
            self._cases.append(case)
        numbers = bulk_rows.reserve_ids(connection, examination, len(self._ids))
        of_agency = dict(zip(self._ids, numbers, strict=True))
        names = ("id", "submission_id", "examined_at", "framework", "state", "basis")
        rows = [
            (of_agency[code], id_, now, framework.version, "accepted", "")
            for code, id_ in self._ids.items()
        ]
        bulk_rows.add_values(connection, examination, names, rows)
        found = [
            (of_agency[breach.agency], *(getattr(breach, name) for name in _FINDING))
            for breach in findings
        ]
        bulk_rows.add_values(connection, finding, ("examination_id", *_FINDING), found)
        submission_queries.add_facts(connection, facts)

    def _close(self, connection: Any) -> None:
        quarter = self._programme.quarter
        (number,) = bulk_rows.reserve_ids(connection, closing, 1)
        names = ("id", "quarter", "version", "closed_at", "framework", "registry_load", "basis")
        now, version = Quarter.parse(quarter).closes_at, self._programme.framework.version
        bulk_rows.add_values(
            connection, closing, names, [(number, quarter, 1, now, version, 0, "")]
        )
        scores, groups = [], []
        for data, case in zip(self._programme.forms, self._cases, strict=True):
            made = score_panel(case.panel, data.due_quarters)
            figures = (made.agencies, made.composite, made.status, made.coverage)
            scores += [
                (number, code, "accepted", _drop_nan(whole), status, share)
                for code, whole, status, share in zip(*figures, strict=True)
            ]
            groups += [
                (number, made.agencies[row], made.groups[place], made.group_scores[row, place])
                for row, place in np.argwhere(~np.isnan(made.group_scores)).tolist()
            ]
        columns = ["closing_id", "agency", "state", "composite", "status", "coverage"]
        bulk_rows.add_values(connection, score, columns, scores)
        columns = ["closing_id", "agency", "group", "score"]
        bulk_rows.add_values(connection, group_score, columns, groups)


def _drop_nan(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _pack_history(programme: Programme) -> list[bytes]:
    """Each form's arrays without the quarter at hand, as a store of packed history would have them."""
    packs = []
    for data in programme.forms:
        judged = [replace(update, facts={}, faulty=frozenset()) for update in data.judged]
        case = build_comparison(
            programme.framework,
            data.form,
            programme.quarter,
            judged,
            data.spread_history(programme.framework),
        )
        packs.append(pickle.dumps(case))
    return packs


def _unpack_version_before(folder: Path) -> Path:
    """The tree of the version before, as its commit has it."""
    command = ["git", "-C", str(ROOT), "archive", BEFORE, "include", "bench", "plugins"]
    archive = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def _run_version(tree: Path, home: Path, url: str, arguments: Sequence[object]) -> str:
    """Run ``quarter_stages`` with the package of a tree; what it prints."""
    parts = (tree, tree / "include", tree / "plugins")
    own = {"PYTHONPATH": os.pathsep.join(map(str, parts)), "CPSA_HOME": str(home)}
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CPSA_")}
    script = str(ROOT / "bench" / "quarter_stages.py")
    command = [sys.executable, "-P", script, *map(str, arguments)]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command,
        env={**plain, **own, "CPSA_DATABASE_URL": url},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def _list_rows(url: str, quarter: str) -> list[Any]:
    """What a version understood, found and scored, in one order."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [
            sorted(
                map(
                    repr,
                    connection.execute(text(query), {"quarter": quarter} if ":" in query else {}),
                )
            )
            for query in _COMPARED
        ]
    engine.dispose()
    return found


def _require_same_rows(own: Sequence[Any], before: Sequence[Any]) -> None:
    different = [
        row
        for own_rows, other_rows in zip(own, before, strict=True)
        for row in sorted(set(own_rows) ^ set(other_rows))
    ]
    if different or list(map(len, own)) != list(map(len, before)):
        raise DisagreementError(different)


class _Server:
    """Databases of this run on the server, dropped at its end."""

    def __enter__(self) -> _Server:
        self._prefix = f"cpsa_bench_{uuid4().hex[:12]}"
        self._engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
        self._names: list[str] = []
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._names):
            self.run("DROP DATABASE", name, "WITH (FORCE)")
        self._engine.dispose()

    def url(self, name: str) -> str:
        return (
            make_url(SERVER)
            .set(database=f"{self._prefix}_{name}")
            .render_as_string(hide_password=False)
        )

    def run(self, verb: str, name: str, rest: str = "") -> None:
        with self._engine.connect() as connection:
            connection.execute(text(f"{verb} {self._prefix}_{name} {rest}"))
        self._names = [other for other in self._names if other != name]
        if verb.startswith("CREATE"):
            self._names.append(name)

    @contextmanager
    def copy_database(self, name: str) -> Iterator[str]:
        """The address of a copy, dropped afterwards."""
        self.run("CREATE DATABASE", "copy", f"TEMPLATE {self._prefix}_{name}")
        yield self.url("copy")
        self.run("DROP DATABASE", "copy", "WITH (FORCE)")
