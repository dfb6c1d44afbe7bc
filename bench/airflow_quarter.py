"""``python -P bench/airflow_quarter.py bare|airflow QUARTER``: a quarter bare or through Airflow, as JSON.

It runs with the package and the DAGs of whichever version PYTHONPATH names, on the store that the settings
name, and uses only what each version since 1.3.0 has: PostgreSQL, Redis and two Celery workers, from
received CSVs to closed and scored.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil
from sqlalchemy import create_engine, text

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.reports.list_scores import list_scores
from cpsa.settings import from_environment
from cpsa_demo import cluster
from cpsa_demo.airflow_api import AirflowApi
from cpsa_demo.ports import free_port
from cpsa_demo.processes import Processes

WORKERS = 2
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


def run_bare(context: AppContext, quarter: Quarter) -> QuarterRun:
    """Stage after stage in this process; of this version alone."""
    from bench.quarter_stages import run_stages  # the version before has none

    before = time.process_time()
    taken = run_stages(context, quarter)
    cpu = time.process_time() - before
    return QuarterRun(taken, cpu, _format_scores(context, quarter))


def run_through_airflow(filled: AppContext, quarter: Quarter) -> QuarterRun:
    """From the start of collecting to the end of closing; the filled store is the cluster's for so long."""
    home = Path(filled.settings.home) / "airflow"
    place = cluster.Cluster(home, free_port(), free_port(), "en", cluster.make_cluster_name())
    with (
        cluster.databases(place),
        _lend_store(filled, place),
        Processes(place.environment(), place.logs) as processes,
    ):
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
    return QuarterRun(taken, cpu, _format_scores(filled, quarter), peak[0])


@contextmanager
def _lend_store(filled: AppContext, place: cluster.Cluster) -> Iterator[None]:
    """The filled database under the name of the cluster's empty one, and its files in the cluster's inbox."""
    inbox, name = Path(filled.settings.inbox), filled.engine.url.database
    place.inbox.parent.mkdir(parents=True, exist_ok=True)
    inbox.rename(place.inbox)
    filled.engine.dispose()
    server = create_engine(cluster.SERVER, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{place.store.database}"'))
        connection.execute(text(f'ALTER DATABASE "{name}" RENAME TO "{place.store.database}"'))
    try:
        yield
    finally:
        with server.connect() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(others), {"name": place.store.database})
            connection.execute(text(f'ALTER DATABASE "{place.store.database}" RENAME TO "{name}"'))
        server.dispose()
        place.inbox.rename(inbox)


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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # Airflow ends with it
    used = AppContext.from_settings(from_environment(os.environ), ready=False)
    run = {"bare": run_bare, "airflow": run_through_airflow}[sys.argv[1]]
    sys.stdout.write(json.dumps(asdict(run(used, Quarter.parse(sys.argv[2])))))
    used.engine.dispose()
