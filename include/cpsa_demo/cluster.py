"""A trial of the distributed form on one machine: CeleryExecutor on Redis and PostgreSQL.

The same processes and settings as in docker-compose.yaml, without containers and on 127.0.0.1 only.
Two databases of its own are made on the server and dropped at the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import URL, create_engine, make_url, text

from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

SERVER = os.environ.get("CPSA_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("CPSA_TEST_REDIS", "redis://127.0.0.1:6379/7")
WORKER_CONCURRENCY = 2


@dataclass(frozen=True)
class Cluster(Place):
    """A place whose Airflow and store live on the PostgreSQL server, its workers behind Redis.

    ``name`` is part of everything it makes on servers it shares: two databases and a queue.
    """

    name: str

    @property
    def store(self) -> URL:
        return make_url(SERVER).set(database=f"{self.name}_store")

    @property
    def records(self) -> URL:
        """Airflow's own database."""
        return make_url(SERVER).set(database=f"{self.name}_airflow")

    def _cpsa(self) -> dict[str, str]:
        return {**super()._cpsa(), "CPSA_DATABASE_URL": _format_url(self.store)}

    def _airflow(self) -> dict[str, str]:
        records = _format_url(self.records.set(drivername="postgresql+psycopg2"))
        sections = {
            "CORE__EXECUTOR": "CeleryExecutor",
            "DATABASE__SQL_ALCHEMY_CONN": records,
            "CELERY__BROKER_URL": REDIS,
            "CELERY__RESULT_BACKEND": f"db+{_format_url(self.records.set(drivername='postgresql'))}",
            "CELERY__WORKER_CONCURRENCY": str(WORKER_CONCURRENCY),
            "OPERATORS__DEFAULT_QUEUE": self.name,
        }
        return {
            **super()._airflow(),
            **{f"AIRFLOW__{key}": value for key, value in sections.items()},
        }


@contextmanager
def databases(cluster: Cluster) -> Iterator[None]:
    """The cluster's databases, empty, for as long as the block lasts."""
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    names = [str(url.database) for url in (cluster.store, cluster.records)]
    with server.connect() as connection:
        for name in names:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield
    finally:
        with server.connect() as connection:
            for name in names:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        server.dispose()


def serve(cluster: Cluster, processes: Processes, workers: int = 2) -> None:
    """Start Airflow's servers and so many workers; the databases must have been migrated."""
    processes.start("api-server", ["airflow", "api-server"])
    processes.start("scheduler", ["airflow", "scheduler", "--skip-serve-logs"])
    processes.start("dag-processor", ["airflow", "dag-processor"])
    for number in range(1, workers + 1):
        start_worker(cluster, processes, number)


def start_worker(cluster: Cluster, processes: Processes, number: int) -> str:
    """Start one worker; the name of its process."""
    name = f"worker-{number}"
    hostname = f"{name}-{cluster.name}@%h"
    options = ["--skip-serve-logs", "--celery-hostname", hostname, "--queues", cluster.name]
    processes.start(name, ["airflow", "celery", "worker", *options])
    return name


def make_cluster_name() -> str:
    return f"cpsa_{uuid4().hex[:12]}"


def _format_url(url: URL) -> str:
    return url.render_as_string(hide_password=False)
