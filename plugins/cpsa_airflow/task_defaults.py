"""What every DAG's tasks have in common: who is notified, what is tried again, and for how long."""

from __future__ import annotations

from datetime import timedelta

from cpsa_airflow import ops_alerts, retries

# A task that builds for a whole country, or writes to it at a mail server's pace of 30 a minute.
LONG_TIMEOUT = timedelta(hours=8)
TASK_DEFAULTS = {
    "owner": "cpsa-ops",
    "retries": retries.RETRIES,
    "retry_delay": retries.FIRST_BACKOFF,
    "retry_policy": retries.RetryByErrorKind(),
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": [ops_alerts.tell_ops],
}
