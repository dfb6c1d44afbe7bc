"""Two workers behind Redis, on PostgreSQL: two quarters, while a worker, the scheduler and every
connection to Redis are lost on the way. The figures are those of the single machine, row for row.

Each loss comes while tasks are surely at work: the test holds the store's own lock, on which they
wait, until the loss has happened.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from tests.e2e.conftest import Programme, set_paused

from cpsa_demo import cluster as trial
from cpsa_demo import inbox
from cpsa_demo.airflow_api import AirflowApi
from cpsa_demo.command import prepare
from cpsa_demo.place import SAMPLE
from cpsa_demo.ports import free_port
from cpsa_demo.processes import Processes

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

QUARTERS = ("2024-25-Q3", "2024-25-Q4")
LOSSES = {"a worker", "the scheduler", "Redis"}
DAGS = frozenset(("open_quarter", "collect_updates", "check_updates", "close_quarter"))
STORE_LOCK = 20170401
SECONDS = 300
# Looked into while empty, the inbox would date each file by that look: it waits until they lie there.
COLLECTS = "collect_updates"
PAUSED = {"AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True"}
# A worker that stopped giving signs of life is given up after seconds, not after five minutes.
SOON = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
}


@dataclass
class Office:
    """A trial cluster, looked at from outside."""

    cluster: trial.Cluster
    processes: Processes
    api: AirflowApi

    def until(self, what: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not reached():
            self.processes.require_running()
            assert time.monotonic() < deadline, f"{what} did not come about in time"
            time.sleep(0.5)

    def finished(self, dag: str, quarters: Sequence[str] = QUARTERS) -> None:
        """Wait until the DAG has a run for each quarter that ended well, and none at work."""

        def ended() -> bool:
            runs = [run for run in self.api.runs() if run.dag == dag]
            assert not [run for run in runs if run.state == "failed"], dag
            done = {run.period for run in runs if run.succeeded}
            return done >= set(quarters) and all(run.succeeded for run in runs)

        self.until(f"the end of {dag}", ended)

    def receive(self) -> None:
        """The files of both quarters come in, and only now is the inbox looked into."""
        everything = self.cluster.home / "sent"
        inbox.drop_files(SAMPLE, everything)
        inbox.drop_tables(SAMPLE, everything)
        for quarter in QUARTERS:
            shutil.copytree(everything / quarter, self.cluster.inbox / quarter)
        set_paused(self.api, COLLECTS, False)

    def at_work(self) -> bool:
        """Whether a task waits for the lock that the test holds."""
        waiting = """SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
            WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"""
        with self._store() as connection:
            return connection.execute(text(waiting)).scalar_one() > 0

    @contextmanager
    def _store(self) -> Iterator:
        engine = create_engine(self.cluster.store)
        with engine.connect() as connection:
            yield connection
        engine.dispose()

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Tasks that write to the store wait, and are at work, until the block ends."""
        with self._store() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": STORE_LOCK})
            yield

    def busy_worker(self) -> str:
        """A worker on which a task is running: it has more processes than an idle one."""
        sizes = {name: len(self.processes.family_of(name)) for name in ("worker-1", "worker-2")}
        return max(sizes, key=lambda name: sizes[name])


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Iterator[Office]:
    require_services()
    home = tmp_path_factory.mktemp("cluster") / "home"
    cluster = trial.Cluster(home, free_port(), free_port(), "en", trial.make_cluster_name())
    environment = cluster.environment() | SOON | PAUSED
    with trial.databases(cluster), Processes(environment, cluster.logs) as processes:
        prepare(cluster, processes)
        shutil.rmtree(cluster.inbox)
        trial.serve(cluster, processes)
        with closing(AirflowApi(cluster.board)) as api:
            office = Office(cluster, processes, api)
            office.until("Airflow", lambda: api.ready(DAGS))
            for dag in sorted(DAGS - {COLLECTS}):
                set_paused(api, dag, False)
            yield office


def require_services() -> None:
    try:
        create_engine(trial.SERVER).connect().close()
        redis.Redis.from_url(trial.REDIS).ping()
    except (OperationalError, redis.ConnectionError):
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("no PostgreSQL or no Redis here")


def test_what_is_lost_on_the_way_changes_no_figure(office: Office, finished) -> None:
    losses = set()
    for quarter in QUARTERS:  # in their order: whichever is opened first is the first quarter
        office.api.trigger("open_quarter", quarter)
        office.finished("open_quarter", [quarter])

    with office.held_up():
        office.receive()
        office.api.trigger("collect_updates")
        office.until("a task at work", office.at_work)
        office.processes.kill(office.busy_worker())
        losses.add("a worker")
    trial.start_worker(office.cluster, office.processes, 3)
    office.finished("check_updates")

    with office.held_up():
        for quarter in QUARTERS:
            office.api.trigger("close_quarter", quarter)
        office.until("a task at work", office.at_work)
        office.processes.kill("scheduler")
        losses.add("the scheduler")
        assert cut_connections() > 0
        losses.add("Redis")
    office.processes.start("scheduler", ["airflow", "scheduler", "--skip-serve-logs"])
    office.finished("close_quarter")

    assert losses == LOSSES
    assert figures(Programme(office.cluster)) == figures(finished)


def cut_connections() -> int:
    """Cut every connection to the workers' part of Redis; how many there were."""
    with redis.Redis.from_url(trial.REDIS) as server:
        own = server.client_id()
        number = server.connection_pool.connection_kwargs["db"]
        others = [
            one["id"]
            for one in server.client_list()
            if int(one["db"]) == number and int(one["id"]) != own
        ]
        for client in others:
            server.client_kill_filter(_id=client)
    return len(others)


def figures(programme: Programme) -> dict[str, frozenset[str]]:
    """What the command line says of the two quarters, as sets of lines."""
    found = programme.figures() | {
        quarter: frozenset(programme.cpsa("status", quarter, "--format", "csv"))
        for quarter in QUARTERS
    }
    assert all(found.values())
    return {
        name: frozenset(line for line in lines if name in QUARTERS or of_the_quarters(line))
        for name, lines in found.items()
    }


def of_the_quarters(line: str) -> bool:
    """By its own column: a later quarter's finding may name one of them as well."""
    return any(quarter in line.split(",")[:4] for quarter in QUARTERS)
