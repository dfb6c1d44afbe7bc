"""# Open a quarter

Records which agencies' updates are due for the quarter that has just ended, and requests them.
**Mail is sent here.**

- **Starts** at 06:00 IST on the first day after the quarter; by `follow_store`, where that was
  missed and an admin has opened the first quarter; or by hand with the quarter as *Period* of the
  form or as partition key, such as `2026-27-Q2`.
- **Leaves** one obligation for each agency that is active in the quarter, and a request in the
  mailbox of each, with its workbook. A quarter whose window has ended is a replay: nobody is written
  to. Before an admin has opened the programme's first quarter, nothing is opened by a schedule.
- **When it fails**: correct what the log says, usually the registry, and clear the task.
  Running it again adds only what is missing, and writes to nobody twice. A mail server that is away
  does not fail it: the requests are sent by the next run of `collect_updates`.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from cpsa_airflow import defaults, letters, pools, run_form
from cpsa_airflow.context import Report, desk, run_quarter, started_by, worker
from cpsa_airflow.timetables import QuarterOpeningTimetable


@dag(
    schedule=QuarterOpeningTimetable(),
    doc_md=__doc__,
    tags=["cpsa", "quarter", "sends-mail"],
    params=run_form.period(),
    default_args=defaults.TASKS,
)
def open_quarter() -> None:
    @task
    def record_obligations() -> Report:
        cycle, office, now, _ = desk()
        return cycle.open_quarter(office, run_quarter(), now, started_by()).as_json()

    @task(pool=pools.MAIL_OUT, execution_timeout=defaults.LONG)
    def ask() -> Report:
        cycle, office, now, _ = desk()
        return letters.report(cycle.correspond(office, now, worker()))

    record_obligations() >> ask()


open_quarter()
