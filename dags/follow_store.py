"""# Follow the store

Finds out from the store which step is missing, and starts it. The store can be changed in Airflow, on the
command line and in the portal; through this DAG Airflow learns of every change.

- **Starts** every 15 minutes, or by hand. The same tasks are the last of `collect_updates`,
  `check_updates` and `close_quarter`.
- **Leaves** partitions of `cpsa_closed` (a closed quarter whose documents are out of date) and of
  `cpsa_half_due` (a half-year to be compiled and approved); runs of `open_quarter` and
  `close_quarter` for quarters that are due, named `due__<quarter>__<hour>`. A period is announced
  once, and again when the store has changed or when no result followed within six hours.
- **Sends** approved mail that had to wait for a mail server or a full mailbox; letters to the approver
  about open questions; and a notice to ops if the quarters of a half-year are closed and after a day
  no approval was requested. **Mail is sent here.**
- **When it fails**: clear it, or wait for the next run; nothing is lost and nothing done twice.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from cpsa_airflow import follow_tasks, ops_alerts, pools, task_defaults, web_addresses
from cpsa_airflow.task_context import TaskReport, get_worker_name, open_task_context
from cpsa_airflow.timetables import TIMEZONE, RuntimePartitionsTimetable


@dag(
    schedule=RuntimePartitionsTimetable("4,19,34,49 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    tags=["cpsa", "quarter", "documents", "sends-mail"],
    max_active_runs=1,
    default_args=task_defaults.TASK_DEFAULTS,
)
def follow_store() -> None:
    @task(
        task_display_name="Send mail that is approved or due",
        pool=pools.MAIL_OUT,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def send_due_mail() -> TaskReport:
        from cpsa.services.dispatch.report_missing_questions import report_missing_questions
        from cpsa.services.dispatch.send_approved_packs import send_approved_packs
        from cpsa.services.dispatch.write_approver_letters import write_approver_letters

        context = open_task_context()
        sent = [
            *send_approved_packs(context.app, context.now, get_worker_name()),
            *write_approver_letters(
                context.app, context.now, get_worker_name(), web_addresses.get_question_address
            ),
            *report_missing_questions(
                context.app, context.now, get_worker_name(), ops_alerts.get_board_page
            ),
        ]
        return [
            outcome.as_json() for outcome in sent if outcome.accepted or not outcome.is_complete
        ]

    send_due_mail()
    follow_tasks.add_follow_tasks()


follow_store()
