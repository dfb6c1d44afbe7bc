"""# Check the updates of a quarter

Reads what came in, holds it against the rules, and accepts it or returns it with all findings.
Each agency gets a letter that says which. **Mail leaves here.**

- **Starts** when `collect_updates` has touched a quarter, one run for each quarter, one at a
  time: an update is judged against the quarters before it, so what is still unchecked of those
  is done first, whatever the order of the runs.
- **Leaves** the asset `cpsa_checked`. Old quarters that are replayed are checked in silence.
- **When it fails**: clear the failed task. An update that was judged is not judged again, and a
  letter that was written is not written again. A mail server that is away fails nothing: the
  letters wait and leave with the next run of `collect_updates`.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from cpsa_airflow import defaults, following, letters, pools
from cpsa_airflow.assets import CHECKED, UPDATES
from cpsa_airflow.context import Report, desk, run_quarter, worker

AGENCIES_IN_A_BATCH = 250
STATES = ("accepted", "returned", "rejected", "unreadable", "held")


@dag(
    schedule=PartitionedAssetTimetable(assets=UPDATES),
    doc_md=__doc__,
    tags=["cpsa", "updates", "sends-mail"],
    max_active_runs=1,
    default_args=defaults.TASKS,
)
def check_updates() -> None:
    @task(show_return_value_in_logs=False)  # of strangers, agencies are what their files are called
    def list_batches() -> list[list[str]]:
        cycle, office, _, _ = desk()
        return cycle.batches(office, run_quarter(), AGENCIES_IN_A_BATCH)

    @task(outlets=[CHECKED], map_index_template="{{ batch_label }}")
    def check_batch(agencies: list[str]) -> Report:
        get_current_context()["batch_label"] = f"{agencies[0]} to {agencies[-1]}"
        cycle, office, now, _ = desk()
        checked = cycle.check(office, run_quarter(), now, agencies)
        return {one: checked.count(one) for one in STATES}

    @task(trigger_rule="none_failed", pool=pools.MAIL_OUT, execution_timeout=defaults.LONG)
    def answer() -> Report:
        cycle, office, now, _ = desk()
        return letters.report(cycle.correspond(office, now, worker()))

    checked = check_batch.expand(agencies=list_batches())
    checked >> answer()
    following.follow(after=[checked])


check_updates()
