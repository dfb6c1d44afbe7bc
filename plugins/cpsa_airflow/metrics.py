"""Gives the programme's own figures to Airflow's metrics, beside those of its tasks.

Where Airflow sends its metrics (StatsD, OpenTelemetry) and under which prefix, is in its own settings;
without them nothing is measured and nothing sent. Names carry no tags, since plain StatsD drops them.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from airflow.listeners import hookimpl
from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats

from cpsa.settings import from_environment
from cpsa_airflow.task_context import this_instant

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
    send_metrics_after(task_instance)


@hookimpl
def on_task_instance_failed(previous_state: Any, task_instance: Any, error: Any) -> None:
    send_metrics_after(task_instance)


def send_metrics_after(task_instance: Any) -> None:
    """Send every figure, when this task is one of those and somebody listens."""
    if (task_instance.dag_id, task_instance.task_id) not in MEASURED_AFTER or not _are_metrics_on():
        return
    try:
        send_metrics()
    except Exception:  # a figure that is missing must fail no task
        log.exception("The programme's figures could not be sent.")


def send_metrics() -> None:
    from cpsa.services.app_context import AppContext
    from cpsa.services.reports.measure_programme import measure_programme

    context = AppContext.from_settings(from_environment(os.environ))
    for name, value in measure_programme(context, this_instant()).items():
        stats.gauge(f"{PREFIX}{name}", value)


def _are_metrics_on() -> bool:
    return any(
        conf.getboolean("metrics", setting, fallback=False) for setting in ("statsd_on", "otel_on")
    )
