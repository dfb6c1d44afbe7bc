"""# Close a quarter

Locks the quarter, checks it against the macro rules, and computes scores and reporting rates. Each
agency is informed whether its update counts and which score it has. **Mail is sent here.**

- **Starts** at 06:00 IST on the day after the window ended; by `follow_store`, if the quarter
  had to wait for an agency's own due date or for a channel; or by hand with the quarter as *Period* of the
  form or as partition key, and a reason. `airflow backfill create --dag-id close_quarter --from-date 2025-04-01
  --to-date 2026-03-31 --reprocess-behavior completed` closes the four quarters of 2025-26 again.
- **Order**: one run at a time; a run that finds an older open quarter closes that one
  first, so the order of the runs does not matter.
- **Leaves** the asset `cpsa_closed` for each quarter it closed or computed again, and a closing
  notice to each agency. For old quarters no notices are sent.
- **Run again**, it computes only what a restatement has changed, as a new version.
- **Waits** for an own due date, or for a channel that cannot be read (24 hours, and ops are notified
  at once): the run ends with *Close the quarter* (`close`) skipped, and `follow_store` starts
  another when it is due.
- **When it fails**: correct what the log says and clear the task. If the mail server cannot be
  reached, the task does not fail: the next run of `collect_updates` sends the notices. Ops are notified by mail when
  a task has failed and is not tried again, and when a quarter is still open six hours after its closing time.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa.calendar import Quarter
from cpsa_airflow import (
    deadlines,
    follow_tasks,
    letter_report,
    ops_alerts,
    pools,
    run_form,
    task_defaults,
)
from cpsa_airflow.assets import CLOSED
from cpsa_airflow.task_context import (
    TaskReport,
    get_run_quarter,
    get_run_reason,
    get_starter,
    get_worker_name,
    open_task_context,
)
from cpsa_airflow.timetables import QuarterClosingTimetable


@dag(
    schedule=QuarterClosingTimetable(),
    doc_md=__doc__,
    tags=["cpsa", "quarter", "sends-mail"],
    max_active_runs=1,
    params=run_form.make_period_and_reason_fields(),
    deadline=deadlines.make_alert(hours=6),
    default_args=task_defaults.TASK_DEFAULTS,
)
def close_quarter() -> None:
    @task(task_display_name="Close the quarter", outlets=[CLOSED])
    def close(outlet_events: Any = None) -> TaskReport:
        from cpsa.services.publication.announce_periods import announce_periods
        from cpsa.services.quarter.close_quarter import close_quarter
        from cpsa.services.quarter.report_closing import report_closing

        context = open_task_context()
        closed = close_quarter(
            context.app, get_run_quarter(), context.now, get_starter(), get_run_reason()
        )
        report_closing(
            context.app,
            closed,
            ops_alerts.get_board_page(closed.quarter),
            context.now,
            get_worker_name(),
        )
        if not closed.is_closed:
            raise AirflowSkipException(f"The closing waits: {closed.as_json()}")
        quarters = [Quarter.parse(key) for key in (closed.quarter, *closed.also)]
        keys = announce_periods(context.app, quarters, context.now, force=True)
        follow_tasks.emit_partitions(CLOSED, keys, outlet_events)
        return closed.as_json()

    @task(
        task_display_name="Send agencies the closing notice",
        pool=pools.MAIL_OUT,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def notify() -> TaskReport:
        from cpsa.services.agency_letters.send_letters import send_letters

        context = open_task_context()
        return letter_report.summarise_letters(
            send_letters(context.app, context.now, get_worker_name())
        )

    closed = close()

    closed >> notify()
    follow_tasks.add_follow_tasks(after=[closed])


close_quarter()
