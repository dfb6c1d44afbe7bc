"""Airflow, from what it says of itself: its DAGs, and whether its processes started after the last change.

What belongs here: judging the report. What must not: making it, which needs Airflow to be imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cpsa.services.check_installation.installation_check import (
    InstallationCheck,
    fault,
    ok,
    warning,
)

DAGS = frozenset(
    (
        *("backfill_quarters", "check_updates", "close_quarter", "collect_bounces"),
        *("collect_updates", "compile_half_year", "dispatch_half_year", "follow_store"),
        *("open_quarter", "publish_quarter", "remind_agencies", "verify_store"),
    )
)
_LONGEST_SILENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class AirflowProcess:
    """A running process of Airflow: a scheduler, a DAG processor, a triggerer."""

    kind: str
    started_at: datetime
    heard_at: datetime


@dataclass(frozen=True)
class AirflowReport:
    """What Airflow's database says. ``paused`` of the DAGs that it knows; ``faults``: of files, by name."""

    paused: Mapping[str, bool] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    processes: Sequence[AirflowProcess] = ()


def check_airflow(
    report: AirflowReport | str | None, changed_at: datetime | None, now: datetime
) -> Iterator[InstallationCheck]:
    """``report``: what went wrong where it could not be made, "" where nothing that can be read came;
    None where Airflow is not set up in this shell.

    ``changed_at``: when the programme was changed last in what a process reads only at its start.
    """
    if report is None:
        yield ok("airflow", "not_here")
        return
    if isinstance(report, str):
        yield fault("airflow", detail=report) if report else fault("airflow", "no_report")
        return
    found = [*_check_dags(report), *_check_processes(report, changed_at, now)]
    yield from found
    if not found:
        yield ok("airflow", number=len(DAGS))


def _check_dags(report: AirflowReport) -> Iterator[InstallationCheck]:
    for file, problem in sorted(report.faults.items()):
        detail = problem.strip().splitlines()[-1] if problem.strip() else ""
        yield fault("airflow", "import_error", file=file, detail=detail)
    if missing := sorted(DAGS - report.paused.keys()):
        yield fault("airflow", "missing", dags=", ".join(missing))
    if paused := sorted(dag for dag in DAGS if report.paused.get(dag)):
        yield warning("airflow", "paused", dags=", ".join(paused))


def _check_processes(
    report: AirflowReport, changed_at: datetime | None, now: datetime
) -> Iterator[InstallationCheck]:
    alive = [each for each in report.processes if now - each.heard_at < _LONGEST_SILENCE]
    if not any(each.kind == "SchedulerJob" for each in alive):
        yield fault("airflow", "no_scheduler")
    if changed_at is None:
        return
    if older := sorted({each.kind for each in alive if each.started_at < changed_at}):
        yield warning("airflow", "restart", processes=", ".join(older))
