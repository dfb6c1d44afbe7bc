"""Gives the programme's own figures to Airflow's metrics, beside those of its tasks.

Where Airflow sends its metrics (StatsD, OpenTelemetry) and under which prefix, its own settings say;
without them nothing is asked and nothing sent. Names carry no tags, since plain StatsD drops them.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from airflow.listeners import hookimpl
from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats

from cpsa.settings import from_environment
from cpsa_airflow.context import this_instant

log = logging.getLogger(__name__)

PREFIX = "cpsa."
# After these something has changed, or a quarter of an hour has passed.
MEASURED_AFTER = frozenset(
    {
        ("collect_updates", "write_to_agencies"),
        ("check_updates", "answer"),
        ("close_quarter", "notify"),
        ("dispatch_half_year", "send"),
    }
)


@hookimpl
def on_task_instance_success(previous_state: Any, task_instance: Any) -> None:
    after(task_instance)


@hookimpl
def on_task_instance_failed(previous_state: Any, task_instance: Any, error: Any) -> None:
    after(task_instance)


def after(task_instance: Any) -> None:
    """Send every figure, when this task is one of those and somebody listens."""
    if (task_instance.dag_id, task_instance.task_id) not in MEASURED_AFTER or not _asked_for():
        return
    try:
        send()
    except Exception:  # a figure that is missing must fail no task
        log.exception("The programme's figures could not be sent.")


def send() -> None:
    from cpsa.cycle import Office
    from cpsa.cycle.measuring import measure

    office = Office.from_settings(from_environment(os.environ))
    for name, value in measure(office, this_instant()).items():
        stats.gauge(f"{PREFIX}{name}", value)


def _asked_for() -> bool:
    return any(
        conf.getboolean("metrics", setting, fallback=False) for setting in ("statsd_on", "otel_on")
    )
