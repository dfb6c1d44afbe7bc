"""What every DAG's tasks have in common: who is told, what is tried again, and for how long."""

from __future__ import annotations

from datetime import timedelta

from cpsa_airflow import retries, watching

# A task that builds for a whole country, or writes to it at a mail server's pace of 30 a minute.
LONG = timedelta(hours=8)
TASKS = {
    "owner": "cpsa-ops",
    "retries": retries.TRIES_AGAIN,
    "retry_delay": retries.FIRST_PAUSE,
    "retry_policy": retries.ByKind(),
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": [watching.tell_ops],
}
