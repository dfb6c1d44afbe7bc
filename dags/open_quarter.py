"""# Open a quarter

Records which agencies' updates are due for the quarter that has just ended, and requests them.
**Mail is sent here.**

- **Starts** at 06:00 IST on the first day after the quarter; by `follow_store`, if that was
  missed and an admin has opened the first quarter; or by hand with the quarter as *Period* of the
  form or as partition key, such as `2026-27-Q2`.
- **Leaves** one obligation for each agency that is active in the quarter, and a request in the
  mailbox of each, with its workbook. A quarter whose window has ended is a replay: no letters are
  sent. Before an admin has opened the programme's first quarter, nothing is opened by a schedule.
- **When it fails**: correct what the log says, usually the registry, and clear the task.
  Running it again adds only what is missing, and sends no request twice. If the mail server
  cannot be reached, the task does not fail: the next run of `collect_updates` sends the requests.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from cpsa_airflow import letter_report, pools, run_form, task_defaults
from cpsa_airflow.task_context import (
    TaskReport,
    get_run_quarter,
    get_starter,
    get_worker_name,
    open_task_context,
)
from cpsa_airflow.timetables import QuarterOpeningTimetable


@dag(
    schedule=QuarterOpeningTimetable(),
    doc_md=__doc__,
    tags=["cpsa", "quarter", "sends-mail"],
    params=run_form.make_period_field(),
    default_args=task_defaults.TASK_DEFAULTS,
)
def open_quarter() -> None:
    @task(task_display_name="Record which updates are due")
    def record_obligations() -> TaskReport:
        from cpsa.services.quarter.open_quarter import open_quarter

        context = open_task_context()
        return open_quarter(context.app, get_run_quarter(), context.now, get_starter()).as_json()

    @task(
        task_display_name="Request updates from agencies",
        pool=pools.MAIL_OUT,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def request_updates() -> TaskReport:
        from cpsa.services.agency_letters.send_letters import send_letters

        context = open_task_context()
        return letter_report.summarise_letters(
            send_letters(context.app, context.now, get_worker_name())
        )

    record_obligations() >> request_updates()


open_quarter()
