"""# Dispatch a half-year

Shows a person what would go to whom, and sends it once it is approved. **Mail leaves here.**

- **Starts** when a half-year was compiled. Nobody is asked when everything has been sent already.
- **Approve** under *Required Actions*: mail leaves on the dispatch day (15 November, 15 May), or
  at once when the form says so. Rejected, nothing is sent and the run ends.
- **Leaves** the asset `cpsa_dispatched`.
- **When it fails**: look at `cpsa outbox` first. Clearing `send` is safe: the ledger knows what
  was accepted and what is uncertain, and sends neither again. When documents were built anew after
  the approval, nothing is sent: approve the newer run of the same half-year instead.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import PartitionedAssetTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import approval, defaults
from cpsa_airflow.assets import COMPILED, DISPATCHED
from cpsa_airflow.context import Report, desk, run_half, this_instant, worker

DAYS_TO_ANSWER = 45


@dag(
    schedule=PartitionedAssetTimetable(assets=COMPILED),
    doc_md=__doc__,
    tags=["cpsa", "documents", "sends-mail"],
    default_args=defaults.TASKS,
)
def dispatch_half_year() -> None:
    @task
    def plan_mails() -> Report:
        cycle, office, _, language = desk()
        plan = cycle.plan_dispatch(office, run_half())
        if not plan.messages:
            raise AirflowSkipException("everything of this half-year has been sent already")
        return approval.form(plan, run_half(), language)

    approve = ApprovalOperator(
        task_id="approve",
        subject="{{ ti.xcom_pull(task_ids='plan_mails')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='plan_mails')['body'] }}",
        params=approval.leaving(),
        response_timeout=timedelta(days=DAYS_TO_ANSWER),
    )

    @task.sensor(poke_interval=3600, timeout=timedelta(days=90), mode="reschedule")
    def wait_for_the_day(answer: dict) -> bool:
        return approval.may_leave(run_half(), answer, this_instant())

    @task(outlets=[DISPATCHED], max_active_tis_per_dag=1)
    def send(planned: dict) -> Report:
        cycle, office, now, language = desk()
        sent = cycle.send(office, run_half(), now, worker(), approved=planned["digest"])
        approval.require_complete(sent, language)
        return sent.as_json()

    planned = plan_mails()
    planned >> approve
    wait_for_the_day(approve.output) >> send(planned)


dispatch_half_year()
