"""# Remind agencies

Writes to the agencies whose update is due while its window is open: before the due date, after it,
and before the window ends. New files are imported first, so that no agency is reminded whose file has just
arrived. **Mail is sent here.**

- **Starts** daily at 09:00 IST, or by hand at any time.
- **Leaves** at most one reminder for each agency and step; the steps are in
  `include/programme/reference/letters.yaml`. An agency whose update is accepted or still has to be
  checked gets no reminder. After an outage only the newest step is written, not all that were
  missed. An agency that has not got a request yet gets the request instead.
- **Then** sends ops (`CPSA_OPS_MAIL`) the list of what needs attention, once a day and only if there is
  anything: the list of the board, with the failed runs that ops were notified about since yesterday.
- **When it fails**: clear the task; no agency is reminded twice. If the mail server cannot be reached, the
  task does not fail: the reminders wait, and those that no longer apply by then are withdrawn.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import TriggerRule, dag, task

from cpsa_airflow import (
    failed_runs,
    follow_tasks,
    letter_report,
    pools,
    task_defaults,
    web_addresses,
)
from cpsa_airflow.assets import UPDATES
from cpsa_airflow.task_context import TaskReport, get_worker_name, open_task_context
from cpsa_airflow.timetables import TIMEZONE, RuntimePartitionsTimetable


@dag(
    schedule=RuntimePartitionsTimetable("0 9 * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "updates", "sends-mail"],
    max_active_runs=1,
    default_args=task_defaults.TASK_DEFAULTS,
)
def remind_agencies() -> None:
    @task(task_display_name="Import new files", outlets=[UPDATES], pool=pools.MAIL_IN)
    def import_new_files(outlet_events: Any = None) -> TaskReport:
        from cpsa.services.collection.import_new_files import import_new_files
        from cpsa.services.collection.import_update import list_unchecked_quarters

        context = open_task_context()
        imported = import_new_files(context.app, context.now, get_worker_name())
        follow_tasks.emit_partitions(UPDATES, list_unchecked_quarters(context.app), outlet_events)
        return imported.as_json()

    @task(
        task_display_name="Remind agencies",
        trigger_rule=TriggerRule.ALL_DONE,
        pool=pools.MAIL_OUT,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def remind() -> TaskReport:
        from cpsa.services.agency_letters.remind_agencies import remind_agencies

        context = open_task_context()
        return letter_report.summarise_letters(
            remind_agencies(context.app, context.now, get_worker_name())
        )

    @task(
        task_display_name="Send ops the daily list",
        pool=pools.MAIL_OUT,
        trigger_rule=TriggerRule.ALL_DONE,
    )
    def write_digest() -> TaskReport:
        from cpsa.web.board.daily_digest import send_daily_digest

        task_context = open_task_context()
        items = failed_runs.list_failed_runs(task_context)
        sent = send_daily_digest(
            task_context.app,
            items,
            web_addresses.get_board_address(),
            task_context.now,
            get_worker_name(),
        )
        return sent.as_json() if sent else "nothing waits"

    import_new_files() >> remind() >> write_digest()


remind_agencies()
