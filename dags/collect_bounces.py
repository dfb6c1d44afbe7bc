"""# Collect bounces

Reads reports of undelivered mail from their mailbox folder and records them in the ledger: the mail is marked
as bounced, with the reason. If an address accepts no mail, further mail to it waits until the address is corrected.

- **Starts** every 15 minutes, or by hand.
- **Leaves** only the new states in the ledger, shown by `cpsa outbox --state bounced`; the task's
  return value lists the undelivered mails, without addresses.
- **When it fails**: clear it, or wait for the next run; no report is recorded twice. For what to
  do about a bounced mail see the runbook bounced-mail.
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
            raise AirflowSkipException(
                "No mailbox for undelivered mail is configured (CPSA_IMAP_URL, CPSA_BOUNCES_URL)."
            )
        return collect_bounces(context.app, context.now).as_json()

    record_bounces()


collect_bounces()
