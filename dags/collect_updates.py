"""# Collect what agencies have sent

Takes in whatever lies in the inbox folder and in the mailbox, keeps every byte, and registers it
as the next version of that agency's update. Judges nothing. Then writes to the agencies what has
to be written: receipts first of all. Departments get one letter for each form or reply.

- **Starts** every 15 minutes, or by hand.
- **Leaves** the asset `cpsa_updates`, with one partition for each quarter for which something
  waits to be checked; when nothing does, there is no partition and nothing follows. Mails that
  were dealt with are moved into the mailbox's folders Done, Refused, Bounces and Automatic.
- **When it fails**: clear it, or wait for the next run; what was taken in already is recognised
  by its bytes. One channel that is out of reach does not hold up the other, nor the letters, but
  the run is shown as failed. What was refused, and why, is told by `cpsa arrivals --refused`.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import defaults, following, letters, pools
from cpsa_airflow.assets import UPDATES
from cpsa_airflow.context import Report, desk, worker
from cpsa_airflow.timetables import TIMEZONE, RuntimePartitionsTimetable


@dag(
    schedule=RuntimePartitionsTimetable("*/15 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "updates", "sends-mail"],
    max_active_runs=1,
    default_args=defaults.TASKS,
)
def collect_updates() -> None:
    @task(outlets=[UPDATES])
    def take_in_folder(outlet_events: Any = None) -> Report:
        cycle, office, now, _ = desk()
        collected = cycle.collect_inbox(office, now)
        return announced(collected.as_json(), cycle.unchecked(office), outlet_events)

    @task(outlets=[UPDATES], pool=pools.MAIL_IN)
    def take_in_mailbox(outlet_events: Any = None) -> Report:
        cycle, office, now, _ = desk()
        if office.settings.imap_url is None:
            raise AirflowSkipException("no mailbox is set (CPSA_IMAP_URL)")
        collected = cycle.collect_mailbox(office, now)
        return announced(collected.as_json(), cycle.unchecked(office), outlet_events)

    @task(
        trigger_rule=TriggerRule.ALL_DONE,
        pool=pools.MAIL_OUT,
        execution_timeout=defaults.LONG,
    )
    def write_to_agencies() -> Report:
        cycle, office, now, _ = desk()
        return letters.report(cycle.correspond(office, now, worker()))

    @task(
        trigger_rule=TriggerRule.ALL_DONE,
        pool=pools.MAIL_OUT,
        execution_timeout=defaults.LONG,
    )
    def write_to_departments() -> Report:
        cycle, office, now, _ = desk()
        return letters.report(cycle.answer_departments(office, now, worker()))

    # A run's state is that of its last tasks: this one says that both channels could be read.
    both_read = EmptyOperator(task_id="both_read", trigger_rule=TriggerRule.NONE_FAILED)

    channels = [take_in_folder(), take_in_mailbox()]
    channels >> write_to_agencies()
    channels >> write_to_departments()
    channels >> both_read
    following.follow(after=channels)


def announced(report: Report, waiting: tuple[str, ...], outlet_events: Any) -> Report:
    """Tell of the quarters for which something waits to be checked; skip when there are none."""
    if not waiting:
        raise AirflowSkipException(f"nothing waits to be checked: {report}")
    outlet_events[UPDATES].add_partitions(list(waiting))
    return {**report, "quarters": list(waiting)}


collect_updates()
