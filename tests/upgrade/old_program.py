"""Earlier versions of the program, taken out of this repository's history and run as they were.

What belongs here: its tree, and running it or this program on a home folder. What must not: what
either of them is expected to do.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS_FOR_A_COMMAND = 180
_HEADING = "# "
_SHOW_TABLES = f"""
import sys
from contextlib import suppress
from runpy import run_module
for name in sys.argv[1:]:
    print("{_HEADING}" + name, flush=True)
    sys.argv = ["cpsa", name, "--format", "csv"]
    with suppress(SystemExit):
        run_module("cpsa", run_name="__main__")
"""


@dataclass(frozen=True)
class Release:
    """A version that was released, and the commit that it was made from."""

    version: str
    commit: str

    def is_here(self) -> bool:
        """Whether the history of this clone reaches back to the release."""
        found = subprocess.run(
            ["git", "-C", str(REPOSITORY), "cat-file", "-e", f"{self.commit}^{{commit}}"],
            capture_output=True,
            check=False,
        )
        return found.returncode == 0

    def extract(self, folder: Path) -> Path:
        """Write the release's tree into a new folder; that folder."""
        folder.mkdir(parents=True)
        archive = subprocess.run(
            ["git", "-C", str(REPOSITORY), "archive", self.commit],
            stdout=subprocess.PIPE,
            check=True,
        )
        subprocess.run(["tar", "x", "-C", str(folder)], input=archive.stdout, check=True)
        return folder


FIRST, LAST = Release("1.0.0", "b8809c1"), Release("1.6.0", "c252336")


@dataclass(frozen=True)
class Program:
    """A version of the program: its tree, run by the Python that runs the tests."""

    tree: Path

    @property
    def sample(self) -> Path:
        return self.tree / "include" / "sample"

    @property
    def dags(self) -> frozenset[str]:
        return frozenset(file.stem for file in (self.tree / "dags").glob("*.py"))

    def environment(self, place: Place) -> dict[str, str]:
        """What its processes see on a home folder: its own code, DAGs and plugins only."""
        paths = [str(self.tree / "include"), str(self.tree / "plugins")]
        return place.environment() | {
            "PYTHONPATH": os.pathsep.join(paths),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.tree / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.tree / "plugins"),
        }

    def cpsa(self, place: Place, *words: str | Path, status: Sequence[int] = (0,)) -> str:
        """Run one command to its end; what it says."""
        return self._python(place, "-m", "cpsa", *words, status=status)

    def tables(self, place: Place, *commands: str) -> dict[str, list[str]]:
        """What commands show as CSV, header and lines, all by one process."""
        shown = self._python(place, "-c", _SHOW_TABLES, *commands)
        parts = (part.splitlines() for part in shown.split(_HEADING)[1:])
        return {name: lines for name, *lines in parts}

    def airflow(self, place: Place, *words: str) -> str:
        return self._python(place, "-m", "airflow", *words)

    def serve(self, place: Place, processes: Processes, module_by_name: dict[str, str]) -> None:
        """Start Airflow's servers, each a module with its options."""
        for name, module in module_by_name.items():
            processes.start(name, module.split())

    def _python(self, place: Place, *words: str | Path, status: Sequence[int] = (0,)) -> str:
        done = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=self.tree,
            env=self.environment(place),
            capture_output=True,
            text=True,
            timeout=SECONDS_FOR_A_COMMAND,
            check=False,
        )
        assert done.returncode in status, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout


THIS_PROGRAM = Program(REPOSITORY)
