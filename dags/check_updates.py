"""# Check the updates of a quarter

Reads the received files, checks each against the rules, and accepts it or returns it with all findings.
Each agency gets a letter with the result. **Mail is sent here.**

- **Starts** when `collect_updates` has received files for a quarter; one run for each quarter, one at a
  time. An update is compared with earlier quarters, so unchecked files of earlier quarters are
  checked first, whatever the order of the runs.
- **Leaves** the asset `cpsa_checked`. For old quarters that are replayed no letters are sent.
- **When it fails**: clear the failed task. No update is checked twice and no letter is written twice. If the
  mail server cannot be reached, the task does not fail: the letters wait and are sent with the next
  run of `collect_updates`.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, task

from cpsa_airflow import follow_tasks, letter_report, pools, task_defaults
from cpsa_airflow.assets import CHECKED, UPDATES
from cpsa_airflow.task_context import (
    TaskReport,
    get_run_quarter,
    get_worker_name,
    open_task_context,
    set_batch_label,
)


@dag(
    schedule=PartitionedAssetTimetable(assets=UPDATES),
    doc_md=__doc__,
    tags=["cpsa", "updates", "sends-mail"],
    max_active_runs=1,
    default_args=task_defaults.TASK_DEFAULTS,
)
def check_updates() -> None:
    # Codes of unknown agencies are names of their files, which do not belong in a log.
    @task(task_display_name="List agencies with unchecked updates", show_return_value_in_logs=False)
    def list_batches() -> list[list[str]]:
        from cpsa.services.examination.examine_updates import list_check_batches

        context = open_task_context()
        workers = context.app.settings.check_workers
        return list_check_batches(context.app, get_run_quarter(), workers)

    @task(
        task_display_name="Check the updates of a batch",
        outlets=[CHECKED],
        map_index_template="{{ batch_label }}",
    )
    def check_batch(agencies: list[str]) -> TaskReport:
        from cpsa.services.quarter.check_updates import check_quarter
        from cpsa.submissions.state import CHECK_OUTCOMES

        set_batch_label(f"{agencies[0]} to {agencies[-1]}")
        context = open_task_context()
        checked = check_quarter(context.app, get_run_quarter(), context.now, agencies)
        return {state.value: checked.count(state) for state in CHECK_OUTCOMES}

    @task(
        task_display_name="Send agencies their results",
        trigger_rule="none_failed",
        pool=pools.MAIL_OUT,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def answer() -> TaskReport:
        from cpsa.services.agency_letters.send_letters import send_letters

        context = open_task_context()
        return letter_report.summarise_letters(
            send_letters(context.app, context.now, get_worker_name())
        )

    checked = check_batch.expand(agencies=list_batches())

    checked >> answer()
    follow_tasks.add_follow_tasks(after=[checked])


check_updates()
