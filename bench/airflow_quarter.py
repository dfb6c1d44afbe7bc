"""``python -P bench/airflow_quarter.py AGENCIES QUARTERS SEED``: a quarter bare and through Airflow, as JSON.

It runs with the package, the DAGs and the bench of whichever version PYTHONPATH names, and uses only what
each version since 1.3.0 has: PostgreSQL, Redis and two Celery workers, from received CSVs to closed and
scored.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import psutil

from bench import national_store
from bench import programme as programme_module
from bench.lines import Size
from bench.programme import Programme, make_programme
from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.examination.examine_updates import list_check_batches
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.reports.list_scores import list_scores
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa_demo import cluster
from cpsa_demo.airflow_api import AirflowApi
from cpsa_demo.ports import free_port
from cpsa_demo.processes import Processes

WORKERS = 2
ENDED_QUARTER = Quarter.parse("2025-26-Q4")
MAX_SECONDS = 1800
DAGS = frozenset(("collect_updates", "check_updates", "close_quarter"))


@dataclass(frozen=True)
class QuarterRun:
    """A quarter that was done: seconds of each stage, CPU seconds without the database's, the scores
    as CSV, and the most memory that one process used, where that was measured."""

    stages: dict[str, float]
    cpu: float
    scores: str
    peak: int = 0

    @property
    def seconds(self) -> float:
        return sum(self.stages.values())


def run_both(agencies: int, quarters: int, seed: int) -> dict[str, QuarterRun]:
    """The same quarter bare and through Airflow, each in a store of its own."""
    programme = make_programme_that_ended(agencies, quarters, seed)
    with tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder:
        return {
            "bare": _run_bare(programme, Path(folder) / "bare"),
            "airflow": _run_through_airflow(programme, Path(folder) / "airflow"),
        }


def make_programme_that_ended(agencies: int, quarters: int, seed: int) -> Programme:
    """A programme whose quarter at hand has ended by the clock of this machine: Airflow closes no other.

    The quarter is the constant of the module, from which each version makes its programme.
    """
    programme_module.AT_HAND = ENDED_QUARTER
    return make_programme(Size(agencies).forms, quarters, seed)


def _run_bare(programme: Programme, home: Path) -> QuarterRun:
    """Stage after stage in this process."""
    place = cluster.Cluster(home, 0, 0, "en", cluster.make_cluster_name())
    with cluster.databases(place):
        context = _prepare_store(place, programme)
        quarter = Quarter.parse(programme.quarter)
        now = national_store.get_closing_instant(programme)
        taken: dict[str, float] = {}
        before = time.process_time()

        def stage(name: str, work: Callable[[], object]) -> None:
            start = time.perf_counter()
            work()
            taken[name] = time.perf_counter() - start

        stage("collect", lambda: collect_inbox(context, now))
        stage("check", lambda: _check_batches(context, quarter, now))
        stage("close", lambda: close_quarter(context, quarter, now))
        cpu = time.process_time() - before
        scores = _format_scores(context, quarter)
        context.engine.dispose()
    return QuarterRun(taken, cpu, scores)


def _check_batches(context: AppContext, quarter: Quarter, now: datetime) -> None:
    for agencies in list_check_batches(context, quarter, WORKERS):
        check_quarter(context, quarter, now, agencies)


def _run_through_airflow(programme: Programme, home: Path) -> QuarterRun:
    """From the start of collecting to the end of closing."""
    place = cluster.Cluster(home, free_port(), free_port(), "en", cluster.make_cluster_name())
    quarter = Quarter.parse(programme.quarter)
    with cluster.databases(place):
        context = _prepare_store(place, programme)
        with Processes(place.environment(), place.logs) as processes:
            processes.run("migrate", ["airflow", "db", "migrate"])
            cluster.serve(place, processes)
            with closing(AirflowApi(place.board)) as api, _watch_memory(processes) as peak:
                _wait_until(lambda: api.ready(DAGS), processes)
                start, before = time.perf_counter(), _sum_cpu_seconds(processes)
                for dag, period in (("collect_updates", None), ("close_quarter", quarter.key)):
                    api.trigger(dag, period)
                    wanted = {dag: period or ""}
                    if dag == "collect_updates":  # checking follows by itself
                        wanted["check_updates"] = quarter.key
                    _wait_until(partial(_have_ended, api, wanted), processes)
                taken = {"through Airflow": time.perf_counter() - start}
                cpu = _sum_cpu_seconds(processes) - before
        scores = _format_scores(context, quarter)
        context.engine.dispose()
    return QuarterRun(taken, cpu, scores, peak[0])


def _prepare_store(place: cluster.Cluster, programme: Programme) -> AppContext:
    """The cluster's store with the programme's history, and its files in the inbox."""
    variables = {
        name: value for name, value in place.environment().items() if name.startswith("CPSA_")
    }
    context = AppContext.from_settings(from_environment(variables), ready=False)
    database.upgrade_schema(context.engine)
    national_store.load_programme(context.engine, programme)
    national_store.write_files(programme, place.inbox)
    return context


def _format_scores(context: AppContext, quarter: Quarter) -> str:
    return str(list_scores(context, quarter).to_csv(index=False))


def _sum_cpu_seconds(processes: Processes) -> float:
    """CPU seconds of all processes so far, and of those that they started and that have ended."""
    total = 0.0
    for process in processes.family():
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])  # its own and its ended children's
    return total


def _have_ended(api: AirflowApi, wanted: dict[str, str]) -> bool:
    """Whether each DAG has a run of its period that ended well."""
    runs = [run for run in api.runs() if wanted.get(run.dag) == run.period]
    if failed := [run.dag for run in runs if run.state == "failed"]:
        raise RuntimeError(f"a run of {failed[0]} failed")
    return {run.dag for run in runs if run.succeeded} >= set(wanted)


def _wait_until(done: Callable[[], bool], processes: Processes) -> None:
    deadline = time.monotonic() + MAX_SECONDS
    while not done():
        processes.require_running()
        if time.monotonic() > deadline:
            raise TimeoutError("it took longer than a benchmark may")
        time.sleep(0.5)


@contextmanager
def _watch_memory(processes: Processes) -> Iterator[list[int]]:
    """The largest resident memory of any one process, measured twice a second."""
    peak, stop = [0], threading.Event()

    def sample_memory() -> None:
        while not stop.wait(0.5):
            for process in processes.family():
                try:
                    peak[0] = max(peak[0], process.memory_info().rss)
                except psutil.Error:
                    continue

    watcher = threading.Thread(target=sample_memory, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        stop.set()
        watcher.join()


if __name__ == "__main__":
    runs = run_both(*map(int, sys.argv[1:]))
    sys.stdout.write(json.dumps({name: asdict(run) for name, run in runs.items()}))
