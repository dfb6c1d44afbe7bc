"""# Remind agencies

Writes to the agencies that still owe an update while its window is open: before the due date, after
it, and before the window ends. **Mail leaves here.**

- **Starts** daily at 09:00 IST, or by hand at any time.
- **Leaves** at most one reminder for each agency and step; the steps are in
  `include/reference/letters.yaml`. Whoever has an update accepted, or one that is just being
  checked, is left in peace. After an outage only the newest step is written, not all that were
  missed. Who was never asked gets the request instead.
- **When it fails**: clear the task; nobody is reminded twice. A mail server that is away does not
  fail it: the reminders wait, and those that no longer hold by then are taken back.
"""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task

from cpsa_airflow import defaults, letters, pools
from cpsa_airflow.context import Report, desk, worker
from cpsa_airflow.timetables import TIMEZONE


@dag(
    schedule=CronTriggerTimetable("0 9 * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "updates", "sends-mail"],
    max_active_runs=1,
    default_args=defaults.TASKS,
)
def remind_agencies() -> None:
    @task(pool=pools.MAIL_OUT, execution_timeout=defaults.LONG)
    def remind() -> Report:
        cycle, office, now, _ = desk()
        return letters.report(cycle.remind(office, now, worker()))

    remind()


remind_agencies()
