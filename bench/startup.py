"""What the command line costs before it does anything: its list of commands, and the status of a quarter.

Each is a process of its own, beside one that imports pandas and ends. CPU seconds of the process, user
and system, as the operating system counts them; compiled modules are kept, as an installed program has
them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.lines import Line, Progress, Size, compare_duration
from bench.programme import FRAMEWORK
from bench.rounds import Work, measure_rivals
from bench.sample_store import open_sample
from cpsa.calendar import Quarter

MOST_OF_HELP, MOST_OF_STATUS = 0.5, 1.3
QUARTER = Quarter.parse("2024-25-Q3")


def lines(size: Size, progress: Progress) -> list[Line]:
    """CPU seconds of ``cpsa --help`` and ``cpsa status``, each against ``import pandas``."""
    with tempfile.TemporaryDirectory() as folder, open_sample(Path(folder), QUARTER):
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CPSA_")},
            "CPSA_HOME": folder,
            "PYTHONPATH": str(FRAMEWORK.parents[1]),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def run(*arguments: str) -> Work:
            return lambda: _run_python(arguments, environment)

        program = str(Path(sys.executable).with_name("cpsa"))
        taken = measure_rivals(
            {
                "pandas": run("-c", "import pandas"),
                "help": run(program, "--help"),
                "status": run(program, "status"),
            },
            size.rounds,
            progress,
            clock="children",
        )
    reference = "python -c 'import pandas'"
    pandas = taken["pandas"]
    return [
        compare_duration("cpsa --help", taken["help"], reference, pandas, MOST_OF_HELP),
        compare_duration(
            f"cpsa status, the sample up to {QUARTER}",
            taken["status"],
            reference,
            pandas,
            MOST_OF_STATUS,
        ),
    ]


def _run_python(arguments: Sequence[str], environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True
    )
