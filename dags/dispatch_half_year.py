"""# Dispatch a half-year

Shows a person what would go to whom, and sends it once it is approved. **Mail is sent here.**

- **Starts** when a half-year was compiled; nobody is asked when everything has been sent already.
  Or by hand, with the half-year as *Period* of the form or as partition key, such as `2026-27-H1`:
  then *Dry run* is on and the plan is only shown in the log of `plan_mails`. With *Revision* and a
  *Reason*, documents that changed since they were sent are sent again, with a note of what changed.
- **Approve** under *Required Actions*: the mails are sent at 06:00 on the dispatch date
  (15 November, 15 May), or at once when the form says so. After the dispatch date the form says how
  long ago it was, and a yes sends at once; more than 45 days after it the form asks to confirm that.
- **Reject** with a reason: it is kept in the audit trail, the documents are built again, and a new
  run asks again. **Not answered** in 45 days: ops are notified by mail and the run fails; clear
  `approve` to be asked again.
- **Superseded**: when documents are built again, or the dispatch date passes, a question ends by
  itself within a minute and a new run asks. An answer to the old one has no effect.
- **Leaves** the asset `cpsa_dispatched`; after a rejection `cpsa_compiled`. A mail that waits, for a
  full mailbox or a mail server that is away, is sent by the next runs of `follow_store`.
- **When it fails**: look at `cpsa outbox` first. Clearing `send` is safe: the ledger knows what
  was accepted and what is uncertain, and sends neither again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import (
    addresses,
    approval,
    deadlines,
    defaults,
    dispatch_question,
    following,
    pools,
)
from cpsa_airflow.assets import COMPILED, DISPATCHED
from cpsa_airflow.context import (
    TaskReport,
    get_run_half,
    get_run_id,
    get_run_params,
    get_run_type,
    get_worker_name,
    open_task_context,
)
from cpsa_airflow.question import UNANSWERED, EditionQuestionOperator

DAYS_TO_ANSWER = 45


@dag(
    schedule=PartitionedAssetTimetable(assets=COMPILED),
    doc_md=__doc__,
    tags=["cpsa", "documents", "sends-mail"],
    params=approval.make_run_params(),
    deadline=deadlines.make_alert(hours=12),
    default_args=defaults.TASK_DEFAULTS,
)
def dispatch_half_year() -> None:
    @task(show_return_value_in_logs=False)  # addresses belong on the form, not in a log
    def plan_mails() -> TaskReport:
        services, context, now, language = open_task_context()
        half, revise = get_run_half(), approval.read_revision_reason(get_run_params())
        plan = services.plan_dispatch(context, half, now, revise)
        print(approval.format_plan(plan, language))
        if approval.is_dry_run(get_run_type(), get_run_params()):
            raise AirflowSkipException("a dry run: the plan is above, nothing is sent")
        edition = services.find_newest_edition_digest(context, half)
        if not plan.messages:
            services.record_nothing_to_send(context, half, edition, get_run_id(), now)
            services.finish_announced(context, half, now)
            raise AirflowSkipException("everything of this half-year has been sent already")
        return approval.make_form(plan, half, language, addresses.get_board_address(), edition, now)

    # No ApprovalOperator: it skips whatever follows a rejection.
    approve = EditionQuestionOperator(
        task_id="approve",
        prepared_in="plan_mails",
        options=[approval.APPROVE, approval.REJECT],
        fields=approval.make_form_fields,
        check=approval.find_answer_problem,
        record=dispatch_question.record_question,
        is_valid=dispatch_question.is_valid,
        end=dispatch_question.end_question,
        response_timeout=timedelta(days=DAYS_TO_ANSWER),
        on_failure_callback=None,  # escalate notifies ops
    )

    @task(trigger_rule="one_failed", pool=pools.MAIL_OUT)
    def escalate() -> TaskReport:
        services, context, now, language = open_task_context()
        dispatch_question.end_question({}, get_run_id(), UNANSWERED)
        sent = services.escalate_approval(context, get_run_half(), now, get_worker_name())
        approval.require_complete(sent, language)
        return sent.as_json()

    @task.branch
    def decide(answer: dict) -> str:
        if approval_answer := approval.parse_approval(answer):
            services, context, _, _ = open_task_context()
            services.approve_dispatch(context, get_run_half(), **approval_answer)
        return approval.choose_next_task(answer)

    @task(outlets=[COMPILED], pool=pools.DOCUMENTS, execution_timeout=defaults.LONG_TIMEOUT)
    def rebuild(answer: dict, outlet_events: Any = None) -> TaskReport:
        services, context, now, language = open_task_context()
        reason = approval.read_rejection_reason(answer, language)
        built = services.reject_dispatch(
            context, get_run_half(), approval.get_responder(answer), reason, now
        )
        following.emit_partitions(COMPILED, [built.period], outlet_events)
        return built.as_json()

    # Often enough that mail is sent at its hour, and seldom enough for the run to end between.
    @task.sensor(poke_interval=300, timeout=timedelta(days=90), mode="reschedule")
    def wait_for_the_day(planned: dict, answer: dict) -> bool:
        services, context, now, language = open_task_context()
        if not dispatch_question.is_ready_to_send(planned):
            return False
        if not approval.can_send(get_run_half(), answer, now):
            return False
        with approval.fail_without_retry(language):
            plan = services.plan_dispatch(context, get_run_half(), now, planned["reason"])
            services.require_approved(plan, get_run_half(), planned["digest"])
        return True

    @task(
        outlets=[DISPATCHED],
        max_active_tis_per_dag=1,
        pool=pools.MAIL_OUT,
        execution_timeout=defaults.LONG_TIMEOUT,
    )
    def send(planned: dict, answer: dict, outlet_events: Any = None) -> TaskReport:
        services, context, now, language = open_task_context()
        half, arguments = get_run_half(), approval.make_dispatch_arguments(planned, answer)
        with approval.fail_without_retry(language):
            sent = services.dispatch_half_year(context, half, now, get_worker_name(), **arguments)
        approval.require_settled(sent, language)
        following.emit_partitions(DISPATCHED, [half.key], outlet_events)
        return sent.as_json()

    planned, answer = plan_mails(), approve.output
    day = wait_for_the_day(planned, answer)
    planned >> approve >> [escalate(), decision := decide(answer)]
    decision >> [day, rebuild(answer)]
    day >> send(planned, answer)


dispatch_half_year()
