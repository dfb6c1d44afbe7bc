"""# Check the updates of a quarter

Reads what came in, holds it against the rules, and accepts it or returns it with all findings.

- **Starts** when `collect_updates` has touched a quarter, one run for each quarter, one at a
  time: an update is judged against the quarters before it, so what is still unchecked of those
  is done first, whatever the order of the runs.
- **Leaves** the asset `cpsa_checked`.
- **When it fails**: clear the failed task. An update that was judged is not judged again.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from cpsa_airflow import defaults
from cpsa_airflow.assets import CHECKED, UPDATES
from cpsa_airflow.context import Report, desk, run_quarter

AGENCIES_IN_A_BATCH = 250
STATES = ("accepted", "returned", "rejected", "unreadable", "held")


@dag(
    schedule=PartitionedAssetTimetable(assets=UPDATES),
    doc_md=__doc__,
    tags=["cpsa", "updates"],
    max_active_runs=1,
    default_args=defaults.TASKS,
)
def check_updates() -> None:
    @task
    def list_batches() -> list[list[str]]:
        cycle, office, _, _ = desk()
        return cycle.batches(office, run_quarter(), AGENCIES_IN_A_BATCH)

    @task(outlets=[CHECKED], map_index_template="{{ batch_label }}")
    def check_batch(agencies: list[str]) -> Report:
        get_current_context()["batch_label"] = f"{agencies[0]} to {agencies[-1]}"
        cycle, office, now, _ = desk()
        checked = cycle.check(office, run_quarter(), now, agencies)
        return {one: checked.count(one) for one in STATES}

    check_batch.expand(agencies=list_batches())


check_updates()
