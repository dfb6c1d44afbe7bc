"""# Collect what agencies have sent

Imports every file in the inbox folder and in the mailbox, keeps every byte, and registers it
as the next version of that agency's update. Judges nothing. Then writes to the agencies what has
to be written: receipts first of all. Departments get one letter for each form or reply.

- **Starts** every 15 minutes, or by hand.
- **Leaves** the asset `cpsa_updates`, with one partition for each quarter for which something
  waits to be checked; when nothing does, there is no partition and nothing follows. Mails that
  were handled are moved into the mailbox's folders Done, Refused, Bounces and Automatic.
- **When it fails**: clear it, or wait for the next run; what was imported already is recognised
  by its bytes. One channel that is out of reach does not stop the other, nor the letters, but
  the run is shown as failed. What was refused, and why, is listed by `cpsa arrivals --refused`.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import follow_tasks, letter_report, pools, task_defaults
from cpsa_airflow.assets import UPDATES
from cpsa_airflow.task_context import TaskReport, get_worker_name, open_task_context
from cpsa_airflow.timetables import TIMEZONE, RuntimePartitionsTimetable


@dag(
    schedule=RuntimePartitionsTimetable("*/15 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "updates", "sends-mail"],
    max_active_runs=1,
    default_args=task_defaults.TASK_DEFAULTS,
)
def collect_updates() -> None:
    @task(task_display_name="Import files from the inbox folder", outlets=[UPDATES])
    def import_folder(outlet_events: Any = None) -> TaskReport:
        from cpsa.services.collection.collect_inbox import collect_inbox
        from cpsa.services.collection.import_update import list_unchecked_quarters

        context = open_task_context()
        collected = collect_inbox(context.app, context.now)
        return emit_unchecked_quarters(
            collected.as_json(), list_unchecked_quarters(context.app), outlet_events
        )

    @task(task_display_name="Import files from the mailbox", outlets=[UPDATES], pool=pools.MAIL_IN)
    def import_mailbox(outlet_events: Any = None) -> TaskReport:
        from cpsa.services.collection.collect_mailbox import collect_mailbox
        from cpsa.services.collection.import_update import list_unchecked_quarters

        context = open_task_context()
        if context.app.settings.imap_url is None:
            raise AirflowSkipException("no mailbox is set (CPSA_IMAP_URL)")
        collected = collect_mailbox(context.app, context.now)
        return emit_unchecked_quarters(
            collected.as_json(), list_unchecked_quarters(context.app), outlet_events
        )

    @task(
        task_display_name="Write to agencies",
        trigger_rule=TriggerRule.ALL_DONE,
        pool=pools.MAIL_OUT,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def write_to_agencies() -> TaskReport:
        from cpsa.services.agency_letters.send_letters import send_letters

        context = open_task_context()
        return letter_report.summarise_letters(
            send_letters(context.app, context.now, get_worker_name())
        )

    @task(
        task_display_name="Write to departments",
        trigger_rule=TriggerRule.ALL_DONE,
        pool=pools.MAIL_OUT,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def write_to_departments() -> TaskReport:
        from cpsa.services.department_letters.answer_departments import answer_departments

        context = open_task_context()
        return letter_report.summarise_letters(
            answer_departments(context.app, context.now, get_worker_name())
        )

    # A run's state is that of its last tasks: this one says that both channels could be read.
    both_read = EmptyOperator(
        task_id="both_read",
        task_display_name="Confirm that both channels were read",
        trigger_rule=TriggerRule.NONE_FAILED,
    )

    channels = [import_folder(), import_mailbox()]

    channels >> write_to_agencies()
    channels >> write_to_departments()
    channels >> both_read
    follow_tasks.add_follow_tasks(after=channels)


def emit_unchecked_quarters(
    report: TaskReport, quarters: tuple[str, ...], outlet_events: Any
) -> TaskReport:
    """Emit the quarters in which something is to be checked; skip when there are none."""
    if not quarters:
        raise AirflowSkipException(f"nothing waits to be checked: {report}")
    outlet_events[UPDATES].add_partitions(list(quarters))
    return {**report, "quarters": list(quarters)}


collect_updates()
