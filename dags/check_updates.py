"""# Check the updates of a quarter

Reads what was received, checks it against the rules, and accepts it or returns it with all findings.
Each agency gets a letter that says which. **Mail is sent here.**

- **Starts** when `collect_updates` has touched a quarter, one run for each quarter, one at a
  time: an update is judged against the quarters before it, so what is still unchecked of those
  is done first, whatever the order of the runs.
- **Leaves** the asset `cpsa_checked`. Old quarters that are replayed are checked in silence.
- **When it fails**: clear the failed task. An update that was judged is not judged again, and a
  letter that was written is not written again. A mail server that is away fails nothing: the
  letters wait and are sent with the next run of `collect_updates`.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from cpsa_airflow import defaults, following, letters, pools
from cpsa_airflow.assets import CHECKED, UPDATES
from cpsa_airflow.context import TaskReport, get_run_quarter, get_worker_name, open_task_context

AGENCIES_IN_A_BATCH = 250
STATES = ("accepted", "returned", "rejected", "unreadable", "held")


@dag(
    schedule=PartitionedAssetTimetable(assets=UPDATES),
    doc_md=__doc__,
    tags=["cpsa", "updates", "sends-mail"],
    max_active_runs=1,
    default_args=defaults.TASK_DEFAULTS,
)
def check_updates() -> None:
    @task(
        show_return_value_in_logs=False
    )  # the codes of unknown agencies are the names of their files
    def list_batches() -> list[list[str]]:
        services, context, _, _ = open_task_context()
        return services.list_check_batches(context, get_run_quarter(), AGENCIES_IN_A_BATCH)

    @task(outlets=[CHECKED], map_index_template="{{ batch_label }}")
    def check_batch(agencies: list[str]) -> TaskReport:
        get_current_context()["batch_label"] = f"{agencies[0]} to {agencies[-1]}"
        services, context, now, _ = open_task_context()
        checked = services.check_quarter(context, get_run_quarter(), now, agencies)
        return {state: checked.count(state) for state in STATES}

    @task(trigger_rule="none_failed", pool=pools.MAIL_OUT, execution_timeout=defaults.LONG_TIMEOUT)
    def answer() -> TaskReport:
        services, context, now, _ = open_task_context()
        return letters.summarise_letters(services.send_letters(context, now, get_worker_name()))

    checked = check_batch.expand(agencies=list_batches())
    checked >> answer()
    following.add_follow_tasks(after=[checked])


check_updates()
