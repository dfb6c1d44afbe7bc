"""Parses .xls and .ods in a process of its own that may use little memory and time.

A parser that is written for friendly files can be made to fill the memory, or abort, by 13 kB; there
only that process fails, and the file is refused with a cause.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import cpsa
from cpsa.intake.readers.workbook.workbook_cells import WorkbookCells
from cpsa.submissions.update import Unreadable

_WALL_SECONDS = 9
_PACKAGES = str(Path(cpsa.__file__).resolve().parents[1])


def parse_in_process(content: bytes, suffix: str) -> WorkbookCells | Unreadable:
    """Parse a file in the limited process; never raises for the file's sake."""
    try:
        answer = json.loads(
            run_limited("cpsa.intake.readers.workbook.limited_process", suffix, content)
        )
    except ValueError:  # killed at a limit before it could answer
        return Unreadable("workbook.too_heavy")
    if cause := answer.get("cause"):
        return Unreadable(cause)
    return WorkbookCells.from_data(answer["book"])


def run_limited(module: str, argument: str, given: bytes) -> bytes:
    """Return what a limited process writes; b"" when it was stopped before it could answer."""
    with TemporaryDirectory(prefix="cpsa-") as scratch:  # what it writes there is deleted with it
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-s", "-m", module, argument],
                input=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_WALL_SECONDS,
                env={"PYTHONPATH": _PACKAGES, "PYTHONUTF8": "1", "TMPDIR": scratch},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return b""
    return done.stdout
