"""# Follow the store

Asks the store what is missing, and starts it. The store is the truth: whatever closes, reopens,
waives, explains, decides, builds or imports changes it, in Airflow, on the command line or in the
portal; this DAG is how Airflow hears of it.

- **Starts** every 15 minutes, or by hand. The same tasks stand at the end of `collect_updates`,
  `check_updates` and `close_quarter`.
- **Leaves** partitions of `cpsa_closed` (a closed quarter whose documents are out of date) and of
  `cpsa_half_due` (a half-year to be compiled and asked about); runs of `open_quarter` and
  `close_quarter` for quarters that are due, named `due__<quarter>__<hour>`. A period is handed on
  once, and again when the store knows more or when nothing came of it within six hours.
- **When it fails**: clear it, or wait for the next run; nothing is lost and nothing done twice.
"""

from __future__ import annotations

from airflow.sdk import dag

from cpsa_airflow import defaults, following
from cpsa_airflow.timetables import TIMEZONE, RuntimePartitionsTimetable


@dag(
    schedule=RuntimePartitionsTimetable("4,19,34,49 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "quarter", "documents"],
    max_active_runs=1,
    default_args=defaults.TASKS,
)
def follow_store() -> None:
    following.follow()


follow_store()
