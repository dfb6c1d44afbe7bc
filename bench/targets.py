"""The targets of the stages of a quarter, and the table that says which targets are met.

What belongs here: each target once, with the benchmark that measures it. What must not: how it is measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rich.table import Table

from bench.lines import Line
from bench.versions import BEFORE_NAME

PROFILE = "python -m bench.quarter_profile"
MET, MISSED, SHOWN, NOT_MEASURED = "met", "**missed**", "no target", "not measured"
HEAD = ("what", "wanted", "measured, median (range)", "met")


@dataclass(frozen=True)
class Target:
    """One row of the table.

    ``bench``: which benchmark measures it, by the line that has this target's key. ``wanted``: a number of
    ``unit``, None where the figure is only shown. ``profile``: the command that says where the time goes.
    """

    key: str
    what: str
    bench: str
    unit: str
    wanted: float | None = None
    at_least: bool = True
    profile: str = PROFILE

    def describe_wanted(self) -> str:
        if self.wanted is None:
            return ""
        return f"at {'least' if self.at_least else 'most'} {self.wanted:g} {self.unit}"


BEFORE = f"times as fast as {BEFORE_NAME}"
BARE, AIRFLOW = "collect, check and close, bare", "a whole quarter through Airflow, two workers"
BARE_STAGES = "times its stages run bare"
TEN_TIMES = "times the cost for ten times as many"
_PYINSTRUMENT = "python -m pyinstrument -m bench"
TARGETS = (
    Target("bare_floor", BARE, "floor", "times its floor", 5, at_least=False),
    Target("bare_before", BARE, "floor", BEFORE, 4),
    Target("airflow_bare", AIRFLOW, "quarter", BARE_STAGES, 2.5, at_least=False),
    Target("airflow_before", AIRFLOW, "quarter", BEFORE, 2),
    Target(
        "upload_before",
        "one upload, checked against history",
        "portal",
        BEFORE,
        2,
        profile="python -m bench.upload_profile",
    ),
    Target(
        "check_passes",
        "check and score in memory",
        "check",
        "bare passes over the arrays",
        12,
        at_least=False,
        profile=f"{_PYINSTRUMENT} check",
    ),
    Target(
        "rollups_loop",
        "roll-ups",
        "rollups",
        "times as fast as a plain loop",
        15,
        profile=f"{_PYINSTRUMENT} rollups",
    ),
    Target(
        "loading_to_sql",
        "loading figures",
        "loading",
        "times as fast as to_sql",
        5,
        profile=f"{_PYINSTRUMENT} loading",
    ),
    Target("growth", "growth with agencies", "growth", TEN_TIMES, 10, at_least=False),
    Target(
        "tables",
        "a quarter with the tables of all agencies, as CSVs",
        "tables",
        "times the quarter without them",
        1.4,
        at_least=False,
        profile=f"{_PYINSTRUMENT} tables",
    ),
    Target(
        "build_memory",
        "peak memory of build",
        "build",
        "MiB a process",
        1024,
        at_least=False,
    ),
    Target("sqlite_before", f"{BARE}, on SQLite", "sqlite", BEFORE, 1),
    Target("few_status", "twenty agencies: cpsa status", "few", BEFORE),
    Target("few_upload", "twenty agencies: one upload", "few", BEFORE),
    Target("few_airflow", "twenty agencies: a quarter through Airflow", "few", BEFORE),
    Target("few_demo", "twenty agencies: the demo", "few", BEFORE),
)


def find_target(key: str) -> Target:
    """KeyError where there is none of that key."""
    return {target.key: target for target in TARGETS}[key]


def hold_to(key: str, line: Line) -> Line:
    """The line that measures a target, with what the target wants."""
    target = find_target(key)
    return replace(line, key=key, target=target.wanted, at_least=target.at_least)


def make_target_table(lines: Iterable[Line]) -> Table:
    """Each target in order, measured or not."""
    measured = {line.key: line for line in lines if line.key}
    shown = Table(box=None, pad_edge=False, header_style="bold", title="Targets")
    for column in HEAD:
        shown.add_column(column)
    for target in TARGETS:
        shown.add_row(*format_target(target, measured.get(target.key)))
    return shown


def format_target(target: Target, line: Line | None) -> tuple[str, str, str, str]:
    """What, wanted, measured, and met or missed; a missed one names the command of its profile."""
    wanted = target.describe_wanted()
    if line is None or line.ratio is None:
        return target.what, wanted, f"python -m bench {target.bench}", NOT_MEASURED
    low, high = min(line.ratio.seconds), max(line.ratio.seconds)
    measured = f"{line.ratio.median:.2f} {target.unit} ({low:.2f} to {high:.2f})"
    if line.is_met is None:
        return target.what, wanted, measured, SHOWN
    verdict = MET if line.is_met else f"{MISSED}; {target.profile}"
    return target.what, wanted, measured, verdict
