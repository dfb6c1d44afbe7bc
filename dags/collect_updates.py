"""# Collect what agencies have sent

Takes in whatever lies in the inbox, keeps every byte, and registers it as the next version of
that agency's update. Judges nothing.

- **Starts** every 15 minutes, or by hand.
- **Leaves** the asset `cpsa_updates`, with one partition for each quarter it touched; when
  nothing new came, there is no partition and nothing follows.
- **When it fails**: clear it, or wait for the next run; what was taken in already is recognised
  by its bytes.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import defaults
from cpsa_airflow.assets import UPDATES
from cpsa_airflow.context import Report, desk
from cpsa_airflow.timetables import TIMEZONE, RuntimePartitionsTimetable

OUTCOMES = ("new", "repeat", "entries", "refused")


@dag(
    schedule=RuntimePartitionsTimetable("*/15 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "updates"],
    max_active_runs=1,
    default_args=defaults.TASKS,
)
def collect_updates() -> None:
    @task(outlets=[UPDATES])
    def take_in(outlet_events: Any = None) -> Report:
        cycle, office, now, _ = desk()
        collected = cycle.collect_inbox(office, now)
        if not collected.quarters:
            raise AirflowSkipException("no update that was not known already")
        quarters = list(collected.quarters)
        outlet_events[UPDATES].add_partitions(quarters)
        return {"quarters": quarters, **{one: collected.count(one) for one in OUTCOMES}}

    take_in()


collect_updates()
