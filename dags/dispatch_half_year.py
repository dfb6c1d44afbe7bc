"""# Dispatch a half-year

Shows a person what would go to whom, and sends it once it is approved. **Mail leaves here.**

- **Starts** when a half-year was compiled; nobody is asked when everything has been sent already.
  Or by hand, with the half-year as partition key, such as `2026-27-H1`: then `dry_run` is on and
  the plan only stands in the log of `plan_mails`, unless the form says otherwise. With `revise` and
  a `reason`, documents that changed since they left are sent again, with a note of what changed.
- **Approve** under *Required Actions*: mail leaves on the dispatch day (15 November, 15 May), or
  at once when the form says so; a half-year whose day is more than 45 days past only when the form
  says `backfill`. **Reject** with a reason: it is kept in the audit trail, the documents are built
  again, and a new run asks again. **Not answered** in 45 days: ops are told by mail and the run
  fails; clear `approve` to be asked again. **Late** on the evening of its day: ops are told, too.
- **Leaves** the asset `cpsa_dispatched`; after a rejection `cpsa_compiled`.
- **When it fails**: look at `cpsa outbox` first. Clearing `send` is safe: the ledger knows what
  was accepted and what is uncertain, and sends neither again. When documents were built anew after
  the question was asked, nothing is sent by its answer: answer the newest run of the same half-year.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import PartitionedAssetTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import addresses, approval, deadlines, defaults, pools
from cpsa_airflow.assets import COMPILED, DISPATCHED
from cpsa_airflow.context import Report, desk, run_half, run_params, run_type, worker

DAYS_TO_ANSWER = 45


@dag(
    schedule=PartitionedAssetTimetable(assets=COMPILED),
    doc_md=__doc__,
    tags=["cpsa", "documents", "sends-mail"],
    params=approval.asked_for(),
    deadline=deadlines.alert(hours=12),
    default_args=defaults.TASKS,
)
def dispatch_half_year() -> None:
    @task(show_return_value_in_logs=False)  # addresses belong on the form, not in a log
    def plan_mails() -> Report:
        cycle, office, now, language = desk()
        revise = approval.revision_asked(run_params())
        plan = cycle.plan_dispatch(office, run_half(), now, revise)
        print(approval.listing(plan, language))
        if approval.is_dry_run(run_type(), run_params()):
            raise AirflowSkipException("a dry run: the plan is above, nothing is sent")
        if not plan.messages:
            raise AirflowSkipException("everything of this half-year has been sent already")
        return approval.form(plan, run_half(), language, addresses.board())

    # No ApprovalOperator: it skips whatever follows a rejection. Not tried again by itself: a
    # question nobody has answered is for ops, not for 45 days more.
    approve = HITLOperator(
        task_id="approve",
        subject="{{ ti.xcom_pull(task_ids='plan_mails')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='plan_mails')['body'] }}",
        options=[approval.APPROVE, approval.REJECT],
        params=approval.form_fields(),
        response_timeout=timedelta(days=DAYS_TO_ANSWER),
        retries=0,
        execution_timeout=None,
        on_failure_callback=None,  # escalate tells what there is to tell
    )

    @task(trigger_rule="one_failed", pool=pools.MAIL_OUT)
    def escalate() -> Report:
        cycle, office, now, language = desk()
        told = cycle.escalate(office, run_half(), now, worker())
        approval.require_complete(told, language)
        return told.as_json()

    @task.branch
    def decide(answer: dict) -> str:
        if given := approval.approved(answer):
            cycle, office, _, _ = desk()
            cycle.approve(office, run_half(), **given)
        return approval.next_task(answer)

    @task(outlets=[COMPILED], pool=pools.DOCUMENTS, execution_timeout=defaults.LONG)
    def rebuild(answer: dict) -> Report:
        cycle, office, now, language = desk()
        why = approval.why_rejected(answer, language)
        return cycle.reject(office, run_half(), approval.who(answer), why, now).as_json()

    @task.sensor(poke_interval=3600, timeout=timedelta(days=90), mode="reschedule")
    def wait_for_the_day(planned: dict, answer: dict) -> bool:
        cycle, office, now, language = desk()
        with approval.not_tried_again(language):
            plan = cycle.plan_dispatch(office, run_half(), now, planned["reason"])
            cycle.require_approved(plan, run_half(), planned["digest"])
        return approval.may_leave(run_half(), answer, now)

    @task(
        outlets=[DISPATCHED],
        max_active_tis_per_dag=1,
        pool=pools.MAIL_OUT,
        execution_timeout=defaults.LONG,
    )
    def send(planned: dict, answer: dict) -> Report:
        cycle, office, now, language = desk()
        order = approval.order(planned, answer)
        with approval.not_tried_again(language):
            sent = cycle.send(office, run_half(), now, worker(), **order)
        approval.require_complete(sent, language)
        return sent.as_json()

    planned, answer = plan_mails(), approve.output
    day = wait_for_the_day(planned, answer)
    planned >> approve >> [escalate(), decision := decide(answer)]
    decision >> [day, rebuild(answer)]
    day >> send(planned, answer)


dispatch_half_year()
