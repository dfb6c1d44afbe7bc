"""What Airflow's own database says, as JSON for ``cpsa doctor``, which runs this module in a process of its own.

Reads only: which DAGs there are, which files could not be imported, which processes run since when.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from airflow.jobs.job import Job
from airflow.models.dag import DagModel
from airflow.models.errors import ParseImportError
from airflow.utils.session import create_session
from sqlalchemy import select


def report_installation() -> dict[str, Any]:
    """DAGs with whether they are paused, faults of files, and running processes; instants as ISO texts."""
    with create_session() as session:
        dags = session.execute(
            select(DagModel.dag_id, DagModel.is_paused).where(DagModel.is_stale.is_(False))
        )
        faults = session.execute(select(ParseImportError.filename, ParseImportError.stacktrace))
        jobs = session.execute(
            select(Job.job_type, Job.start_date, Job.latest_heartbeat).where(Job.state == "running")
        )
        return {
            "paused": {dag_id: bool(is_paused) for dag_id, is_paused in dags},
            "faults": {str(name): str(trace) for name, trace in faults},
            "processes": [
                [kind, started.isoformat(), heard.isoformat()]
                for kind, started, heard in jobs
                if started and heard
            ],
        }


if __name__ == "__main__":
    json.dump(report_installation(), sys.stdout)
