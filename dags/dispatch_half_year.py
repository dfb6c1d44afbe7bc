"""# Dispatch a half-year

Shows a person what would be sent to which recipient, and sends it after approval. **Mail is sent here.**

- **Starts** when a half-year was compiled; if everything was already sent, no approval is requested.
  Or by hand, with the half-year as *Period* of the form or as partition key, such as `2026-27-H1`:
  then *Dry run* is on and the plan is only shown in the log of *Plan the mails* (`plan_mails`). With
  *Revision* and a *Reason*, documents that changed since they were sent are sent again, with a note of what changed.
- **Approve** under *Required Actions*: the mails are sent at 06:00 on the dispatch date
  (15 November, 15 May), or at once when the form says so. After the dispatch date the form says how
  long ago it was, and an approval sends at once; more than 45 days after it the form asks to confirm that.
- **Reject** with a reason: the reason is recorded in the audit trail, the documents are built again, and a new
  run asks again. **Not answered** in 45 days: ops are notified by mail and the run fails; clear
  *Ask for approval* (`approve`) to get a new question.
- **Superseded**: when documents are built again, or the dispatch date passes, a question ends by
  itself within a minute and a new run asks. An answer to the old one has no effect.
- **Leaves** the asset `cpsa_dispatched`; after a rejection `cpsa_compiled`. If a mail has to wait,
  for a full mailbox or an unreachable mail server, the next runs of `follow_store` send it.
- **When it fails**: look at `cpsa outbox` first. Clearing *Send the mails* (`send`) is safe: the
  ledger knows what was accepted and what is uncertain, and sends neither again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import (
    approval_form,
    deadlines,
    dispatch_question,
    follow_tasks,
    pools,
    task_defaults,
    web_addresses,
)
from cpsa_airflow.assets import COMPILED, DISPATCHED
from cpsa_airflow.question import UNANSWERED, EditionQuestionOperator
from cpsa_airflow.task_context import (
    TaskReport,
    get_run_half,
    get_run_id,
    get_run_params,
    get_run_type,
    get_worker_name,
    open_task_context,
)

DAYS_TO_ANSWER = 45


@dag(
    schedule=PartitionedAssetTimetable(assets=COMPILED),
    doc_md=__doc__,
    tags=["cpsa", "documents", "sends-mail"],
    params=approval_form.make_run_params(),
    deadline=deadlines.make_alert(hours=12),
    default_args=task_defaults.TASK_DEFAULTS,
)
def dispatch_half_year() -> None:
    # Addresses belong on the form, not in a log.
    @task(task_display_name="Plan the mails", show_return_value_in_logs=False)
    def plan_mails() -> TaskReport:
        from cpsa.services.dispatch.dispatch_report import format_plan
        from cpsa.services.dispatch.plan_dispatch import plan_dispatch
        from cpsa.services.publication.announce_periods import finish_announced
        from cpsa.services.publication.approval_questions import (
            find_newest_edition_digest,
            record_nothing_to_send,
        )

        context = open_task_context()
        half, revise = get_run_half(), approval_form.read_revision_reason(get_run_params())
        plan = plan_dispatch(context.app, half, context.now, revise)
        print(format_plan(plan, context.language))
        if approval_form.is_dry_run(get_run_type(), get_run_params()):
            raise AirflowSkipException("This was a dry run: the plan is above, nothing was sent.")
        edition = find_newest_edition_digest(context.app, half)
        if not plan.messages:
            record_nothing_to_send(context.app, half, edition, get_run_id(), context.now)
            finish_announced(context.app, half, context.now)
            raise AirflowSkipException("Everything of this half-year was already sent.")
        return approval_form.make_form(
            plan, half, context.language, web_addresses.get_board_address(), edition, context.now
        )

    # No ApprovalOperator: it skips whatever follows a rejection.
    approve = EditionQuestionOperator(
        task_id="approve",
        task_display_name="Ask for approval",
        prepared_in="plan_mails",
        options=[approval_form.APPROVE, approval_form.REJECT],
        fields=approval_form.make_form_fields,
        check=approval_form.find_answer_problem,
        record=dispatch_question.record_question,
        is_valid=dispatch_question.is_valid,
        end=dispatch_question.end_question,
        response_timeout=timedelta(days=DAYS_TO_ANSWER),
        on_failure_callback=None,  # escalate notifies ops
    )

    @task(
        task_display_name="Notify ops of the missing answer",
        trigger_rule="one_failed",
        pool=pools.MAIL_OUT,
    )
    def escalate() -> TaskReport:
        from cpsa.services.dispatch.escalate_approval import escalate_approval

        context = open_task_context()
        dispatch_question.end_question({}, get_run_id(), UNANSWERED)
        sent = escalate_approval(context.app, get_run_half(), context.now, get_worker_name())
        approval_form.require_complete(sent, context.language)
        return sent.as_json()

    @task.branch(task_display_name="Follow the answer")
    def decide(answer: TaskReport) -> str:
        from cpsa.services.dispatch.approve_dispatch import approve_dispatch

        if approval_answer := approval_form.parse_approval(answer):
            context = open_task_context()
            approve_dispatch(context.app, get_run_half(), **approval_answer)
        return approval_form.choose_next_task(answer)

    @task(
        task_display_name="Build the documents again after a rejection",
        outlets=[COMPILED],
        pool=pools.DOCUMENTS,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def rebuild(answer: TaskReport, outlet_events: Any = None) -> TaskReport:
        from cpsa.services.dispatch.reject_dispatch import reject_dispatch

        context = open_task_context()
        reason = approval_form.read_rejection_reason(answer, context.language)
        built = reject_dispatch(
            context.app, get_run_half(), approval_form.get_responder(answer), reason, context.now
        )
        follow_tasks.emit_partitions(COMPILED, [built.period], outlet_events)
        return built.as_json()

    # Often enough that mail is sent at its hour, and seldom enough for the run to end between.
    @task.sensor(
        task_display_name="Wait for the dispatch date",
        poke_interval=300,
        timeout=timedelta(days=90).total_seconds(),
        mode="reschedule",
    )
    def wait_for_the_day(planned: TaskReport, answer: TaskReport) -> bool:
        from cpsa.services.dispatch.plan_dispatch import plan_dispatch, require_approved

        context = open_task_context()
        if not dispatch_question.is_ready_to_send(planned):
            return False
        if not approval_form.can_send(get_run_half(), answer, context.now):
            return False
        with approval_form.fail_without_retry(context.language):
            plan = plan_dispatch(context.app, get_run_half(), context.now, planned["reason"])
            plan = plan.without_new_members(planned["digest"])
            require_approved(plan, get_run_half(), planned["digest"])
        return True

    @task(
        task_display_name="Send the mails",
        outlets=[DISPATCHED],
        max_active_tis_per_dag=1,
        pool=pools.MAIL_OUT,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def send(planned: TaskReport, answer: TaskReport, outlet_events: Any = None) -> TaskReport:
        from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year

        context = open_task_context()
        half, arguments = get_run_half(), approval_form.make_dispatch_arguments(planned, answer)
        with approval_form.fail_without_retry(context.language):
            sent = dispatch_half_year(
                context.app, half, context.now, get_worker_name(), **arguments
            )
        approval_form.require_settled(sent, context.language)
        follow_tasks.emit_partitions(DISPATCHED, [half.key], outlet_events)
        return sent.as_json()

    planned = plan_mails()
    answer = approve.output
    decision = decide(answer)

    planned >> approve >> decision
    approve >> escalate()
    decision >> rebuild(answer)
    decision >> wait_for_the_day(planned, answer) >> send(planned, answer)


dispatch_half_year()
