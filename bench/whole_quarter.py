"""A country's quarter from received CSVs to closed and scored, through Airflow with two workers.

Its reference is the sum of its stages run bare, in one process, over the same files and history.
"""

from __future__ import annotations

import difflib
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from bench import national
from bench.lines import DisagreementError, Line, Progress, Size, longer
from bench.programme import Programme, make
from bench.rounds import Times
from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.cycle import Office, reports
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa_demo import cluster as trial
from cpsa_demo.airflow_api import AirflowApi
from cpsa_demo.ports import free_port
from cpsa_demo.processes import Processes

TIMES_AS_LONG = 1.5
MOST_MEMORY = 2 * 2**30
BATCH = 250
SECONDS_AT_MOST = 1800
DAGS = frozenset(("collect_updates", "check_updates", "close_quarter"))


@dataclass(frozen=True)
class Done:
    """A quarter that was done: seconds of each stage, CPU seconds without the database's, what came
    of it, and the most memory that one process held, where that was looked at."""

    stages: dict[str, float]
    cpu: float
    scores: str
    peak: int = 0

    @property
    def seconds(self) -> float:
        return sum(self.stages.values())


def lines(size: Size, progress: Progress) -> list[Line]:
    """Once each: a round takes minutes. Wall seconds, since the work is many processes'."""
    progress("making a programme up")
    programme = make(size.forms, size.quarters, size.seed)
    with tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder:
        bare = _bare(programme, Path(folder) / "bare", progress)
        through = _through_airflow(programme, Path(folder) / "airflow", progress)
    if bare.scores != through.scores:
        told = difflib.unified_diff(bare.scores.splitlines(), through.scores.splitlines(), n=0)
        raise DisagreementError(list(told))
    stage = f"the whole quarter of {size.agencies:,} agencies (wall)"
    reference = "its stages run bare, one after the other"
    own, other = Times((through.seconds,)), Times((bare.seconds,))
    line = longer(stage, own, reference, other, TIMES_AS_LONG)
    return [
        replace(line, note=_told(bare, through, size.agencies)),
        Line(
            "the most memory that one process held in it",
            own,
            ratio=Times((through.peak / 2**20,)),
            words="MiB",
            target=MOST_MEMORY / 2**20,
            at_least=False,
        ),
    ]


def _told(bare: Done, through: Done, agencies: int) -> str:
    batches = -(-agencies // BATCH)
    each = (through.cpu - bare.cpu) / batches
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in bare.stages.items())
    return (
        f"bare: {stages}; CPU without the database: bare {bare.cpu:.0f} s, through Airflow with all its "
        f"servers {through.cpu:.0f} s, which is {each:.1f} s more for each of {batches} batches; the "
        "same scores both ways"
    )


def _bare(programme: Programme, home: Path, progress: Progress) -> Done:
    """Stage after stage in this process."""
    place = trial.Cluster(home, 0, 0, "en", trial.new_name())
    with trial.databases(place):
        office = _prepared(place, programme, progress)
        quarter = Quarter.parse(programme.quarter)
        now = national.received_late(programme)
        taken: dict[str, float] = {}
        before = time.process_time()

        def stage(name: str, work: Callable[[], object]) -> None:
            progress(f"bare: {name}")
            start = time.perf_counter()
            work()
            taken[name] = time.perf_counter() - start

        stage("collect", lambda: cycle.collect_inbox(office, now))
        stage("check", lambda: _check(office, quarter, now))
        stage("close", lambda: cycle.close(office, quarter, now))
        cpu = time.process_time() - before
        scores = _scores(office, quarter)
        office.engine.dispose()
    return Done(taken, cpu, scores)


def _check(office: Office, quarter: Quarter, now) -> None:
    for agencies in cycle.batches(office, quarter, BATCH):
        cycle.check(office, quarter, now, agencies)


def _through_airflow(programme: Programme, home: Path, progress: Progress) -> Done:
    """From the start of collecting to the end of closing."""
    place = trial.Cluster(home, free_port(), free_port(), "en", trial.new_name())
    quarter = Quarter.parse(programme.quarter)
    with trial.databases(place):
        office = _prepared(place, programme, progress)
        with Processes(place.environment(), place.logs) as processes:
            processes.run("migrate", ["airflow", "db", "migrate"])
            trial.serve(place, processes)
            with closing(AirflowApi(place.board)) as api, _watched(processes) as peak:
                progress("waiting for Airflow")
                _wait(lambda: api.ready(DAGS), processes)
                start, before = time.perf_counter(), _cpu(processes)
                for dag, period in (("collect_updates", None), ("close_quarter", quarter.key)):
                    progress(f"through Airflow: {dag}")
                    api.trigger(dag, period)
                    wanted = {dag: period or ""}
                    if dag == "collect_updates":  # checking follows by itself
                        wanted["check_updates"] = quarter.key
                    _wait(lambda wanted=wanted: _ended(api, wanted), processes)
                taken = {"through Airflow": time.perf_counter() - start}
                cpu = _cpu(processes) - before
        scores = _scores(office, quarter)
        office.engine.dispose()
    return Done(taken, cpu, scores, peak[0])


def _prepared(place: trial.Cluster, programme: Programme, progress: Progress) -> Office:
    """The cluster's store with the programme's history, and its files in the inbox."""
    progress("loading history")
    variables = {
        name: value for name, value in place.environment().items() if name.startswith("CPSA_")
    }
    office = Office.from_settings(from_environment(variables), ready=False)
    database.upgrade(office.engine)
    national.load(office.engine, programme)
    national.write_files(programme, place.inbox)
    return office


def _scores(office: Office, quarter: Quarter) -> str:
    return str(reports.scores(office, quarter).to_csv(index=False))


def _cpu(processes: Processes) -> float:
    """CPU seconds of all processes so far, and of those that they started and that have ended."""
    total = 0.0
    for process in processes.family():
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])  # its own and its ended children's
    return total


def _ended(api: AirflowApi, wanted: dict[str, str]) -> bool:
    """Whether each DAG has a run of its period that ended well."""
    runs = [run for run in api.runs() if wanted.get(run.dag) == run.period]
    if failed := [run.dag for run in runs if run.state == "failed"]:
        raise RuntimeError(f"a run of {failed[0]} failed")
    return {run.dag for run in runs if run.succeeded} >= set(wanted)


def _wait(done: Callable[[], bool], processes: Processes) -> None:
    deadline = time.monotonic() + SECONDS_AT_MOST
    while not done():
        processes.require_running()
        if time.monotonic() > deadline:
            raise TimeoutError("it took longer than a benchmark may")
        time.sleep(0.5)


@contextmanager
def _watched(processes: Processes) -> Iterator[list[int]]:
    """The largest resident memory of any one process, looked at twice a second."""
    import threading

    peak, stop = [0], threading.Event()

    def look() -> None:
        while not stop.wait(0.5):
            for process in processes.family():
                try:
                    peak[0] = max(peak[0], process.memory_info().rss)
                except psutil.Error:
                    continue

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        stop.set()
        watcher.join()
