"""# Open a quarter

Records which agencies owe an update for the quarter that has just ended.

- **Starts** at 06:00 IST on the first day after the quarter, or by hand with the quarter as
  partition key, such as `2026-27-Q2`.
- **Leaves** one obligation for each agency that is active in the quarter.
- **When it fails**: mend what the log says, usually the registry, and clear the task.
  Running it again adds only what is missing.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from cpsa_airflow import defaults
from cpsa_airflow.context import Report, desk, run_quarter
from cpsa_airflow.timetables import QuarterOpeningTimetable


@dag(
    schedule=QuarterOpeningTimetable(),
    doc_md=__doc__,
    tags=["cpsa", "quarter"],
    default_args=defaults.TASKS,
)
def open_quarter() -> None:
    @task
    def record_obligations() -> Report:
        cycle, office, now, _ = desk()
        return cycle.open_quarter(office, run_quarter(), now).as_json()

    record_obligations()


open_quarter()
