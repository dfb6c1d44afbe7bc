"""# Collect bounces

Reads what came back undelivered from its mailbox folder and records it in the ledger: the mail is bounced,
with the reason, and further mail to an address that takes none waits until it is corrected.

- **Starts** every 15 minutes, or by hand.
- **Leaves** nothing but the ledger's new states, shown by `cpsa outbox --state bounced`; what came
  back is listed in the task's return value, without addresses.
- **When it fails**: clear it, or wait for the next run; a report that was read is known. What to do
  about a bounced mail is in the runbook bounced-mail.
"""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import pools, task_defaults
from cpsa_airflow.task_context import TaskReport, open_task_context
from cpsa_airflow.timetables import TIMEZONE


@dag(
    schedule=CronTriggerTimetable("7,22,37,52 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "documents"],
    max_active_runs=1,
    default_args=task_defaults.TASK_DEFAULTS,
)
def collect_bounces() -> None:
    @task(task_display_name="Record bounced mail", pool=pools.MAIL_IN)
    def record_bounces() -> TaskReport:
        from cpsa.services.collection.collect_bounces import collect_bounces

        context = open_task_context()
        if context.app.settings.bounces_url is None and context.app.settings.imap_url is None:
            raise AirflowSkipException("there is no mailbox for undelivered mail")
        return collect_bounces(context.app, context.now).as_json()

    record_bounces()


collect_bounces()
