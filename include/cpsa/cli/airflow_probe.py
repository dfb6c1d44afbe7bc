"""Asks the Airflow of this shell about itself, in a process of its own: the command line imports no Airflow."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cpsa.services.check_installation.airflow_checks import AirflowProcess, AirflowReport

SCRIPT = Path(__file__).resolve().parents[3] / "plugins" / "cpsa_airflow" / "installation_report.py"
SECONDS = 120
# Without one of these a shell has no Airflow of its own, and asking would make an empty one.
_MARKS = ("AIRFLOW_HOME", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
_ERROR = re.compile(r"\w[\w.]*(Error|Exception): ")
_ADDRESS = re.compile(r"\S+://\S+")  # may have a password


def ask_airflow(environment: Mapping[str, str]) -> AirflowReport | str | None:
    """What Airflow says; what went wrong where it does not ("" where it said nothing that can be read),
    None where this shell has none."""
    is_set_up = any(name.startswith(_MARKS) for name in environment)
    if not is_set_up or not SCRIPT.is_file():
        return None
    command = [sys.executable, "-P", str(SCRIPT)]
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"> {SECONDS} s"
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if _ERROR.match(line)]
        return _ADDRESS.sub("…", lines[-1] if lines else str(done.returncode))[:300]
    return _parse(done.stdout) or ""


def _parse(output: str) -> AirflowReport | None:
    """A report from the last line of ``installation_report``; None where that is no report."""
    try:
        report = json.loads(output.splitlines()[-1])
    except (IndexError, ValueError):
        return None
    if not isinstance(report, dict):
        return None
    paused, faults, processes = report["paused"], report["faults"], report["processes"]
    assert isinstance(paused, dict) and isinstance(faults, dict) and isinstance(processes, list)
    return AirflowReport(
        paused,
        faults,
        [
            AirflowProcess(kind, datetime.fromisoformat(started), datetime.fromisoformat(heard))
            for kind, started, heard in processes
        ],
    )
