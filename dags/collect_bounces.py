"""# Collect bounces

Reads what came back undelivered from its mailbox folder and tells the ledger: the mail is bounced,
with the reason, and further mail to an address that takes none waits until it is corrected.

- **Starts** every 15 minutes, or by hand.
- **Leaves** nothing but the ledger's new states, shown by `cpsa outbox --state bounced`; what came
  back is listed in the task's return value, without addresses.
- **When it fails**: clear it, or wait for the next run; a report that was read is known. What to do
  about a bounced mail stands in the runbook bounced-mail.
"""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import defaults, pools
from cpsa_airflow.context import Report, desk
from cpsa_airflow.timetables import TIMEZONE


@dag(
    schedule=CronTriggerTimetable("7,22,37,52 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "documents"],
    max_active_runs=1,
    default_args=defaults.TASKS,
)
def collect_bounces() -> None:
    @task(pool=pools.MAIL_IN)
    def tell_the_ledger() -> Report:
        cycle, office, now, _ = desk()
        if office.settings.bounces_url is None and office.settings.imap_url is None:
            raise AirflowSkipException("there is no mailbox for undelivered mail")
        return cycle.collect_bounces(office, now).as_json()

    tell_the_ledger()


collect_bounces()
