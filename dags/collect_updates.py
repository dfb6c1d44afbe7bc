"""# Collect what agencies have sent

Imports every file in the inbox folder and in the mailbox, keeps every byte, and registers it
as the next version of that agency's update. It checks nothing. Then it sends the letters that are due to
agencies, such as receipts. Departments get one letter for each form or reply.

- **Starts** every 15 minutes, or by hand.
- **Leaves** the asset `cpsa_updates`, with one partition for each quarter with unchecked
  files; if there are none, no other DAG is started. Mails that were read are moved into the mailbox's folders Done, Refused, Bounces and Automatic.
- **When it fails**: clear it, or wait for the next run; files that were already imported are recognised
  by their content. If one channel cannot be read, the other channel is still read and letters are sent, but
  the run is shown as failed. `cpsa arrivals --refused` lists refused files with the reason.
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
            raise AirflowSkipException("No mailbox is configured (CPSA_IMAP_URL).")
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
        raise AirflowSkipException(f"No file has to be checked: {report}")
    outlet_events[UPDATES].add_partitions(list(quarters))
    return {**report, "quarters": list(quarters)}


collect_updates()
