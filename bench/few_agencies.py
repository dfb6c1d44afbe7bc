"""What a user of a programme of twenty agencies feels, beside the version before.

``cpsa status`` of the sample, one upload, one quarter through Airflow, and the demo. Each version works in
processes, stores and folders of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.filled_stores import FilledStores
from bench.lines import Line, Progress, Size, compare_speed
from bench.portal import run_uploads
from bench.rounds import Times, Work, measure_rivals
from bench.startup import QUARTER
from bench.targets import hold_to
from bench.versions import BEFORE_NAME, Version
from bench.whole_quarter import run_quarter
from cpsa_demo.ports import free_port

AGENCIES, QUARTERS = 20, 8
Versions = Mapping[str, Version]  # "own" and "before"


def lines(size: Size, progress: Progress, stores: FilledStores) -> list[Line]:
    """Status in CPU seconds, in each round; the others on the clock, and once those that take minutes."""
    few = Size(AGENCIES, QUARTERS, size.rounds, size.seed)
    versions = stores.versions
    uploads = {name: run_uploads(each, few, progress, stores)[0] for name, each in versions.items()}
    quarters = {
        name: Times((run_quarter(each, "airflow", few, progress, stores).seconds,))
        for name, each in versions.items()
    }
    with stores.make_folder() as place:
        status = _measure_status(versions, place, few, progress)
        demo = _measure_demo(versions, place, progress)
    return make_lines(
        {
            "few_status": (f"cpsa status, the sample up to {QUARTER}", status),
            "few_upload": (f"one upload among {AGENCIES} (wall)", uploads),
            "few_airflow": (f"a quarter of {AGENCIES} through Airflow (wall)", quarters),
            "few_demo": ("the demo (wall)", demo),
        }
    )


def make_lines(measured: Mapping[str, tuple[str, Mapping[str, Times]]]) -> list[Line]:
    """A line for each target's key, with its stage and the times of both versions."""
    return [
        hold_to(key, compare_speed(stage, times["own"], BEFORE_NAME, times["before"]))
        for key, (stage, times) in measured.items()
    ]


def _measure_status(
    versions: Versions, place: Path, size: Size, progress: Progress
) -> dict[str, Times]:
    rivals: dict[str, Work] = {}
    for name, version in versions.items():
        progress(f"closing the sample's quarters: {version.name}")
        home = place / f"sample-{name}"
        home.mkdir()
        version.run_script("sample_fill", {}, home, QUARTER)
        rivals[name] = _make_status_work(version, home)
    return measure_rivals(rivals, size.rounds, progress, clock="children")


def _make_status_work(version: Version, home: Path) -> Work:
    settings = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": f"sqlite:///{home / 'cpsa.db'}"}
    program = str(Path(sys.executable).with_name("cpsa"))
    environment = version.make_environment(settings)
    return lambda: subprocess.run(
        [sys.executable, program, "status"],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _measure_demo(versions: Versions, place: Path, progress: Progress) -> dict[str, Times]:
    taken = {}
    for name, version in versions.items():
        progress(f"the demo of {version.name}")
        start = time.perf_counter()
        ports = ("--port", str(free_port()), "--mail-port", str(free_port()))
        _run_demo(version, place / f"demo-{name}", ports)
        taken[name] = Times((time.perf_counter() - start,))
    return taken


def _run_demo(version: Version, home: Path, ports: Sequence[str]) -> None:
    """CalledProcessError where it fails. Where the run is ended, the demo ends its own processes first."""
    command = [sys.executable, "-m", "cpsa_demo", "--home", str(home), *ports]
    with subprocess.Popen(
        command, env=version.make_environment({}), stdout=subprocess.DEVNULL, cwd=version.tree
    ) as process:
        try:
            if status := process.wait():
                raise subprocess.CalledProcessError(status, command)
        finally:
            process.terminate()  # nothing where it has ended
