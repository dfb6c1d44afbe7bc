"""# Close a quarter

Locks the quarter, checks it against the macro rules, and computes scores and reporting rates. Each
agency is informed whether its update counts and what it scored. **Mail is sent here.**

- **Starts** at 06:00 IST on the day after the window ended; by `follow_store`, where the quarter
  had to wait, for an own due date or for a channel; or by hand with the quarter as *Period* of the
  form or as partition key, and a reason. `airflow backfill create --dag-id close_quarter --from-date 2025-04-01
  --to-date 2026-03-31 --reprocess-behavior completed` closes the four quarters of 2025-26 again.
- **Order**: one run at a time; a run that finds an older quarter unfinished closes that one
  first, so the runs may come in any order.
- **Leaves** the asset `cpsa_closed` for each quarter it closed or computed again, and a closing
  notice to each agency where the window ended of late; old quarters are closed in silence.
- **Run again**, it works out only what a restatement changed, as a new version.
- **Waits** for an own due date, or for a channel that cannot be read (24 hours, and ops are notified
  at once): the run ends with `close` skipped, and `follow_store` starts another when it is due.
- **When it fails**: correct what the log says and clear the task. A mail server that is away fails
  nothing: the notices are sent by the next run of `collect_updates`. Ops are notified by mail when
  a task has failed for good, and six hours after its closing was due.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa.calendar import Quarter
from cpsa_airflow import deadlines, defaults, following, letters, pools, run_form, watching
from cpsa_airflow.assets import CLOSED
from cpsa_airflow.context import (
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
    default_args=defaults.TASK_DEFAULTS,
)
def close_quarter() -> None:
    @task(outlets=[CLOSED])
    def close(outlet_events: Any = None) -> TaskReport:
        services, context, now, _ = open_task_context()
        closed = services.close_quarter(
            context, get_run_quarter(), now, get_starter(), get_run_reason()
        )
        services.report_closing(
            context, closed, watching.get_board_page(closed.quarter), now, get_worker_name()
        )
        if not closed.is_closed:
            raise AirflowSkipException(f"closing waits: {closed.as_json()}")
        quarters = [Quarter.parse(key) for key in (closed.quarter, *closed.also)]
        keys = services.announce_periods(context, quarters, now, force=True)
        following.emit_partitions(CLOSED, keys, outlet_events)
        return closed.as_json()

    @task(pool=pools.MAIL_OUT, execution_timeout=defaults.LONG_TIMEOUT)
    def notify() -> TaskReport:
        services, context, now, _ = open_task_context()
        return letters.summarise_letters(services.send_letters(context, now, get_worker_name()))

    closed = close()
    closed >> notify()
    following.add_follow_tasks(after=[closed])


close_quarter()
