"""# Backfill quarters

Redoes closed quarters: imports changed files from the inbox, checks and scores again, and has the
documents built again. It first shows what would change, and sends nothing.

- **Starts** by hand only, with its form; for admins. *Dry run* is on by default: then the run
  only shows the preview, in the return value and the log of *Preview the changes* (`preview`).
- **Asks** under *Required Actions* when the dry run is off: *Do exactly this* or *Leave it*. Only an
  admin can answer: one of `CPSA_ADMINS` or, if that is blank, an admin in Airflow.
  Exactly what was shown is done, in one step. If the store has changed since the preview, nothing is
  done and the run says so. Framework and registry are those of each quarter. The answer and its
  reason are recorded in the audit trail (`cpsa audit`).
- **Leaves** new versions of closings, restatements with the reason, and the asset `cpsa_closed` for
  the quarters concerned, so that `publish_quarter` and `compile_half_year` build their documents.
  Letters are sent to agencies only if the form says so. A half-year that was sent is not sent again;
  for one that was not, `dispatch_half_year` asks for approval as always.
- **When it fails**: read the log of the failed task. If the request was not possible, start a new run with a
  corrected form. Clearing *Execute the backfill* (`redo`) is safe: finished work is not done again,
  and its quarters are announced again.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAtRuntime, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa.calendar import Quarter
from cpsa_airflow import approval_form, backfill_form, task_defaults
from cpsa_airflow.assets import CLOSED
from cpsa_airflow.question import QuestionOperator
from cpsa_airflow.task_context import TaskReport, get_run_params, open_task_context


@dag(
    schedule=PartitionedAtRuntime(),
    doc_md=__doc__,
    tags=["cpsa", "quarter"],
    max_active_runs=1,
    params=backfill_form.make_form(),
    default_args=task_defaults.TASK_DEFAULTS,
)
def backfill_quarters() -> None:
    @task(task_display_name="Preview the changes", execution_timeout=task_defaults.LONG_TIMEOUT)
    def preview() -> TaskReport:
        from cpsa.services.backfill_quarters.execute_backfill import preview_backfill

        context = open_task_context()
        request = backfill_form.parse_request(get_run_params(), context.language)
        with approval_form.fail_without_retry(context.language):
            found = preview_backfill(context.app, request, context.now)
        question = backfill_form.make_question(request, found, context.language)
        print(question["body"])
        return question

    @task.short_circuit(task_display_name="Stop after a dry run")
    def is_meant() -> bool:
        return not get_run_params()["dry_run"]

    # Without an answer nothing is done; that is no failure to report.
    approve = QuestionOperator(
        task_id="approve",
        task_display_name="Ask an admin",
        prepared_in="preview",
        options=[backfill_form.APPROVE, backfill_form.DECLINE],
        fields=backfill_form.make_form_fields,
        record=backfill_form.record_question,
        end=backfill_form.end_question,
        users=backfill_form.list_allowed_users,
        response_timeout=backfill_form.TIME_TO_ANSWER,
        on_failure_callback=[],
    )

    @task.branch(task_display_name="Follow the answer")
    def choose(answer: TaskReport) -> str:
        context = open_task_context()
        with approval_form.fail_without_retry(context.language):
            return backfill_form.choose_next_task(answer, context.app.settings.admins)

    @task(task_display_name="Execute the backfill", execution_timeout=task_defaults.LONG_TIMEOUT)
    def redo(previewed: TaskReport, answer: TaskReport) -> TaskReport:
        from cpsa.services.backfill_quarters.execute_backfill import execute_backfill

        context = open_task_context()
        request = backfill_form.parse_request(get_run_params(), context.language)
        with approval_form.fail_without_retry(context.language):
            done = execute_backfill(
                context.app,
                request,
                approval_form.get_responder(answer),
                context.now,
                previewed["digest"],
            )
        return {**done.changes.count_changes(), "quarters": list(done.quarters)}

    @task(task_display_name="Record the refusal")
    def leave(answer: TaskReport) -> None:
        from cpsa.services.backfill_quarters.execute_backfill import decline_backfill

        context = open_task_context()
        request = backfill_form.parse_request(get_run_params(), context.language)
        reason = backfill_form.read_decline_reason(answer, context.language)
        decline_backfill(
            context.app, request, approval_form.get_responder(answer), reason, context.now
        )

    @task(task_display_name="Announce the changed quarters", outlets=[CLOSED])
    def hand_on(done: TaskReport, outlet_events: Any = None) -> TaskReport:
        from cpsa.services.publication.announce_periods import announce_periods

        if not done["quarters"]:
            raise AirflowSkipException("the request does not include documents")
        context = open_task_context()
        quarters = [Quarter.parse(key) for key in done["quarters"]]
        announce_periods(context.app, quarters, context.now, force=True)
        outlet_events[CLOSED].add_partitions(done["quarters"])
        return done

    previewed = preview()
    answer = approve.output
    choice = choose(answer)
    done = redo(previewed, answer)

    previewed >> is_meant() >> approve >> choice
    choice >> done >> hand_on(done)
    choice >> leave(answer)


backfill_quarters()
