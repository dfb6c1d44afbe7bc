"""# Dispatch a half-year

Shows a person what would go to whom, and sends it once it is approved. **Mail leaves here.**

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
from cpsa_airflow.context import Report, desk, run_half, run_id, run_params, run_type, worker
from cpsa_airflow.question import UNANSWERED, EditionQuestion

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
        half, revise = run_half(), approval.revision_asked(run_params())
        plan = cycle.plan_dispatch(office, half, now, revise)
        print(approval.listing(plan, language))
        if approval.is_dry_run(run_type(), run_params()):
            raise AirflowSkipException("a dry run: the plan is above, nothing is sent")
        edition = cycle.newest_edition(office, half)
        if not plan.messages:
            cycle.record_nothing_to_send(office, half, edition, run_id(), now)
            cycle.finish_announced(office, half, now)
            raise AirflowSkipException("everything of this half-year has been sent already")
        return approval.form(plan, half, language, addresses.board(), edition, now)

    # No ApprovalOperator: it skips whatever follows a rejection.
    approve = EditionQuestion(
        task_id="approve",
        prepared_in="plan_mails",
        options=[approval.APPROVE, approval.REJECT],
        fields=approval.form_fields,
        check=approval.unusable,
        record=dispatch_question.record,
        is_valid=dispatch_question.is_valid,
        end=dispatch_question.end,
        response_timeout=timedelta(days=DAYS_TO_ANSWER),
        on_failure_callback=None,  # escalate tells what there is to tell
    )

    @task(trigger_rule="one_failed", pool=pools.MAIL_OUT)
    def escalate() -> Report:
        cycle, office, now, language = desk()
        dispatch_question.end({}, run_id(), UNANSWERED)
        sent = cycle.escalate(office, run_half(), now, worker())
        approval.require_complete(sent, language)
        return sent.as_json()

    @task.branch
    def decide(answer: dict) -> str:
        if given := approval.approved(answer):
            cycle, office, _, _ = desk()
            cycle.approve(office, run_half(), **given)
        return approval.next_task(answer)

    @task(outlets=[COMPILED], pool=pools.DOCUMENTS, execution_timeout=defaults.LONG)
    def rebuild(answer: dict, outlet_events: Any = None) -> Report:
        cycle, office, now, language = desk()
        why = approval.why_rejected(answer, language)
        built = cycle.reject(office, run_half(), approval.who(answer), why, now)
        following.announce(COMPILED, [built.period], outlet_events)
        return built.as_json()

    # Often enough that mail leaves at its hour, and seldom enough for the run to end between.
    @task.sensor(poke_interval=300, timeout=timedelta(days=90), mode="reschedule")
    def wait_for_the_day(planned: dict, answer: dict) -> bool:
        cycle, office, now, language = desk()
        if not dispatch_question.is_ready_to_send(planned):
            return False
        if not approval.may_leave(run_half(), answer, now):
            return False
        with approval.not_tried_again(language):
            plan = cycle.plan_dispatch(office, run_half(), now, planned["reason"])
            cycle.require_approved(plan, run_half(), planned["digest"])
        return True

    @task(
        outlets=[DISPATCHED],
        max_active_tis_per_dag=1,
        pool=pools.MAIL_OUT,
        execution_timeout=defaults.LONG,
    )
    def send(planned: dict, answer: dict, outlet_events: Any = None) -> Report:
        cycle, office, now, language = desk()
        half, order = run_half(), approval.order(planned, answer)
        with approval.not_tried_again(language):
            sent = cycle.send(office, half, now, worker(), **order)
        approval.require_settled(sent, language)
        following.announce(DISPATCHED, [half.key], outlet_events)
        return sent.as_json()

    planned, answer = plan_mails(), approve.output
    day = wait_for_the_day(planned, answer)
    planned >> approve >> [escalate(), decision := decide(answer)]
    decision >> [day, rebuild(answer)]
    day >> send(planned, answer)


dispatch_half_year()
