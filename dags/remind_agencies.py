"""# Remind agencies

Writes to the agencies whose update is due while its window is open: before the due date, after it,
and before the window ends. New files are imported first, so that nobody is reminded whose file is
there. **Mail is sent here.**

- **Starts** daily at 09:00 IST, or by hand at any time.
- **Leaves** at most one reminder for each agency and step; the steps are in
  `include/reference/letters.yaml`. Whoever has an update accepted, or one that is just being
  checked, is left in peace. After an outage only the newest step is written, not all that were
  missed. Who was never asked gets the request instead.
- **Then** writes to ops (`CPSA_OPS_MAIL`) what waits for a person, once a day and only if anything
  does: the list of the board, with the failed runs that ops were notified about since yesterday.
- **When it fails**: clear the task; nobody is reminded twice. A mail server that is away does not
  fail it: the reminders wait, and those that no longer hold by then are taken back.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import TriggerRule, dag, task

from cpsa_airflow import addresses, defaults, digest, following, letters, pools
from cpsa_airflow.assets import UPDATES
from cpsa_airflow.context import Report, desk, worker
from cpsa_airflow.timetables import TIMEZONE, RuntimePartitionsTimetable


@dag(
    schedule=RuntimePartitionsTimetable("0 9 * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "updates", "sends-mail"],
    max_active_runs=1,
    default_args=defaults.TASKS,
)
def remind_agencies() -> None:
    @task(outlets=[UPDATES], pool=pools.MAIL_IN)
    def import_new_files(outlet_events: Any = None) -> Report:
        cycle, office, now, _ = desk()
        imported = cycle.import_new_files(office, now, worker())
        following.announce(UPDATES, cycle.unchecked(office), outlet_events)
        return imported.as_json()

    @task(
        trigger_rule=TriggerRule.ALL_DONE,
        pool=pools.MAIL_OUT,
        execution_timeout=defaults.LONG,
    )
    def remind() -> Report:
        cycle, office, now, _ = desk()
        return letters.report(cycle.remind(office, now, worker()))

    @task(pool=pools.MAIL_OUT, trigger_rule=TriggerRule.ALL_DONE)
    def write_digest() -> Report:
        from cpsa import board

        at = desk()
        items = digest.still_failed(at)
        sent = board.daily_digest(at.office, items, addresses.board(), at.now, worker())
        return sent.as_json() if sent else "nothing waits"

    import_new_files() >> remind() >> write_digest()


remind_agencies()
