"""# Verify the store

Compares the store with its files, its journals, and a sample of what can be computed again, as `cpsa verify` does.

- **Starts** every night at 02:30 IST, or by hand.
- **Leaves** the number of faults found, shown by the board under "Needs attention" and by `/health` of the portal.
  Nothing in the store is changed.
- **When it fails**: damage was found. Run `cpsa verify --all`, which names file, table and row, and follow the runbook
  damage-found. Clearing it only verifies again.
"""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task
from airflow.sdk.exceptions import AirflowFailException

from cpsa_airflow import task_defaults
from cpsa_airflow.task_context import TaskReport, open_task_context
from cpsa_airflow.timetables import TIMEZONE


@dag(
    schedule=CronTriggerTimetable("30 2 * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa"],
    max_active_runs=1,
    default_args=task_defaults.TASK_DEFAULTS,
)
def verify_store() -> None:
    @task(
        task_display_name="Check the store for damage",
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def find_damage() -> TaskReport:
        from cpsa.services.verify_store.verify_store import verify_store

        context = open_task_context()
        result = verify_store(context.app, context.now)
        if result.faults:
            raise AirflowFailException(result.text(context.language))
        return result.counts

    find_damage()


verify_store()
