"""Changes the code in small ways, one at a time, and lists the changes that no test notices.

    python -m tests.mutation [--part PART …] [--sample 60] [--seed 1] [--write docs/mutation.md]

cosmic-ray makes the changes, in a copy of the repository. A part has thousands of them: a run takes a
sample, and another seed another sample. What survives is a test that is missing, or a change that
changes nothing: explained.yaml says why of each that was examined, and docs/mutation.md repeats it.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import yaml

ROOT = Path(__file__).parents[2]
COSMIC_RAY = ROOT / ".venv-mutation" / "bin" / "cosmic-ray"
PYTHON = ROOT / ".venv" / "bin" / "python"
EXPLAINED = Path(__file__).parent / "explained.yaml"
SECONDS_PER_TEST_RUN = 300


@dataclass(frozen=True)
class Part:
    """Modules below include/cpsa, and the tests that should notice every change to them."""

    modules: tuple[str, ...]
    tests: str


PARTS = {
    "calendar": Part(("calendar.py",), "tests/unit/test_calendar.py"),
    "figures": Part(("figures.py",), "tests/unit/test_figures.py tests/oracle"),
    "scoring": Part(("scoring",), "tests/unit/scoring"),
    "checks": Part(
        ("checks",),
        "tests/unit/checks tests/oracle tests/unit/tables/test_table_rules.py "
        "tests/unit/tables/test_table_faults.py",
    ),
    "delivery": Part(("delivery",), "tests/unit/delivery"),
}


@dataclass(frozen=True)
class Survivor:
    """A change that no test noticed; ``change`` is its lines of the diff."""

    module: str
    change: str


@dataclass(frozen=True)
class PartResult:
    name: str
    changes: int
    sampled: int
    survivors: tuple[Survivor, ...]
    seconds: float


def main() -> None:
    options = parse_options(sys.argv[1:])
    results = []
    for name in options.part or PARTS:
        results.append(run_part(name, options.sample, Random(options.seed)))
        print(_format_line(results[-1]), flush=True)
        for survivor in results[-1].survivors:
            print(f"{survivor.module}\n{survivor.change}\n", flush=True)
        if options.write:
            options.write.write_text(format_page(results, options.seed, load_explained()), "utf-8")


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """What to change: ``part`` is None for every part."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("--part", action="append", choices=PARTS, help="all parts by default")
    parser.add_argument("--sample", type=int, default=60, help="changes of each part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="write the result to this file")
    return parser.parse_args(arguments)


def run_part(name: str, sample: int, random: Random) -> PartResult:
    """Change a sample of a part, each change followed by the part's tests."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cpsa-mutation-") as place:
        copy = Path(place) / "copy"
        _copy_repository(copy)
        session, config = Path(place) / "session.sqlite", Path(place) / "config.toml"
        config.write_text(_make_config(PARTS[name], copy), "utf-8")
        _run(copy, "baseline", config)  # without a change the tests pass, else nothing is learned
        _run(copy, "init", config, session)
        with sqlite3.connect(session) as connection:
            changes = _take_sample(connection, copy, sample, random)
        _run(copy, "exec", config, session)
        with sqlite3.connect(session) as connection:
            survivors = tuple(_list_survivors(connection, copy))
            sampled = connection.execute("SELECT count(*) FROM work_results").fetchone()[0]
    return PartResult(name, changes, sampled, survivors, time.monotonic() - began)


def _copy_repository(copy: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (source := ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy / name)


def _make_config(part: Part, copy: Path) -> str:
    modules = [f"include/cpsa/{module}" for module in part.modules]
    command = f"{PYTHON} -m pytest -x -q -n0 -p no:cacheprovider {part.tests}"
    return "\n".join(
        (
            "[cosmic-ray]",
            f"module-path = {modules!r}",
            f"timeout = {SECONDS_PER_TEST_RUN}",
            "excluded-modules = []",
            f"test-command = {f'env PYTHONPATH={copy}/include:{copy}/plugins {command}'!r}",
            "[cosmic-ray.distributor]",
            'name = "local"',
            "",
        )
    )


def _run(copy: Path, command: str, *arguments: Path) -> None:
    done = subprocess.run(
        [COSMIC_RAY, command, *arguments], cwd=copy, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"cosmic-ray {command} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )


def _take_sample(connection: sqlite3.Connection, copy: Path, sample: int, random: Random) -> int:
    """Leave so many changes of what runs in the session; how many there were."""
    rows = connection.execute(
        "SELECT job_id, module_path, start_pos_row, start_pos_col FROM mutation_specs "
        "ORDER BY module_path, start_pos_row, start_pos_col, operator_name, occurrence"
    ).fetchall()
    jobs = [
        job
        for job, module, *place in rows
        if not any(
            begin <= tuple(place) < end for begin, end in _list_annotations(copy / str(module))
        )
    ]
    left_out = {row[0] for row in rows} - set(random.sample(jobs, min(sample, len(jobs))))
    for table in ("mutation_specs", "work_items"):
        connection.executemany(
            f"DELETE FROM {table} WHERE job_id = ?", [(job,) for job in left_out]
        )
    return len(jobs)


@cache
def _list_annotations(file: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the types of a module begin and end, as line and column: only mypy reads them."""
    return [
        ((part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(part, ast.expr) and part.end_lineno and part.end_col_offset
    ]


def _list_survivors(connection: sqlite3.Connection, copy: Path) -> Iterator[Survivor]:
    rows = connection.execute(
        "SELECT module_path, diff FROM work_results JOIN mutation_specs USING (job_id) "
        "WHERE test_outcome = 'SURVIVED' ORDER BY module_path, start_pos_row"
    )
    for module, diff in rows:
        lines = [
            line
            for line in diff.splitlines()
            if line[:1] in "+-" and line[:3] not in ("+++", "---")
        ]
        yield Survivor(str(module), "\n".join(lines))


def load_explained() -> dict[Survivor, str]:
    """Why a change that no test notices needs no test."""
    return {
        Survivor(entry["module"], entry["change"].rstrip("\n")): entry["why"].strip()
        for entry in yaml.safe_load(EXPLAINED.read_text("utf-8"))
    }


def _format_line(result: PartResult) -> str:
    noticed = result.sampled - len(result.survivors)
    return (
        f"{result.name}: {noticed} of {result.sampled} noticed (of {result.changes} possible), "
        f"{result.seconds:.0f} seconds"
    )


def format_page(results: Sequence[PartResult], seed: int, explained: Mapping[Survivor, str]) -> str:
    """The result as a page of the documentation."""
    lines = [
        "# Mutation",
        "",
        "Small changes to the code, made one at a time in a copy of it; each should fail a test.",
        f"Written by `make mutation`, seed {seed}. A sample is taken of each part.",
        "What no test notices is explained in tests/mutation/explained.yaml, or a test is missing.",
        "",
        "| part | possible changes | sampled | noticed | explained | seconds |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        noticed = result.sampled - len(result.survivors)
        reasons = sum(survivor in explained for survivor in result.survivors)
        lines.append(
            f"| {result.name} | {result.changes:,} | {result.sampled} | {noticed} | {reasons} | "
            f"{result.seconds:.0f} |"
        )
    for result in results:
        if result.survivors:
            lines += ["", f"## Not noticed: {result.name}"]
        for survivor in result.survivors:
            why = explained.get(survivor, "**Not explained: a test is missing.**")
            lines += ["", f"`{survivor.module}`", "", "```diff", survivor.change, "```", "", why]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
