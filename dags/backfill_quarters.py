"""# Backfill quarters

Redoes closed quarters: imports what has changed in the inbox, checks, scores, and has their
documents built again. It shows first what would change, and sends nothing.

- **Starts** by hand only, with its form; for admins. *Dry run* is on unless it is turned off: then
  the preview stands in the return value and the log of `preview`, and nothing else happens.
- **Asks** under *Required Actions* when the dry run is off: *Do exactly this* or *Leave it*. Only an
  admin can answer: one of `CPSA_ADMINS` or, where that is blank, an admin in Airflow. What
  is done is what was shown, in one step; when the store has changed since, nothing is done and the
  run says so. Framework and registry are those of each quarter. An answer and its
  reason are kept: `cpsa audit`.
- **Leaves** new versions of closings, restatements with the reason, and the asset `cpsa_closed` for
  the quarters concerned, so that `publish_quarter` and `compile_half_year` build their documents.
  Agencies are written to only if the form says so. A half-year that was sent is not sent again; one
  that was not is asked about by `dispatch_half_year` as always.
- **When it fails**: read the log of the failed task; a form with an impossible request is
  filled in again. Clearing `redo` is safe: what was done is not done again, and is handed on again.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAtRuntime, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa.calendar import Quarter
from cpsa_airflow import approval, backfill, defaults
from cpsa_airflow.assets import CLOSED
from cpsa_airflow.context import TaskReport, get_run_params, open_task_context
from cpsa_airflow.question import QuestionOperator


@dag(
    schedule=PartitionedAtRuntime(),
    doc_md=__doc__,
    tags=["cpsa", "quarter"],
    max_active_runs=1,
    params=backfill.make_form(),
    default_args=defaults.TASK_DEFAULTS,
)
def backfill_quarters() -> None:
    @task(execution_timeout=defaults.LONG_TIMEOUT)
    def preview() -> TaskReport:
        services, context, now, language = open_task_context()
        request = backfill.parse_request(get_run_params(), language)
        with approval.fail_without_retry(language):
            found = services.preview_backfill(context, request, now)
        print(backfill.format_preview(request, found, language))
        return backfill.make_question(request, found, language)

    @task.short_circuit
    def is_meant() -> bool:
        return not get_run_params()["dry_run"]

    # No fault: what nobody has answered is not done.
    approve = QuestionOperator(
        task_id="approve",
        prepared_in="preview",
        options=[backfill.APPROVE, backfill.DECLINE],
        fields=backfill.make_form_fields,
        record=backfill.record_question,
        end=backfill.end_question,
        users=backfill.list_allowed_users,
        response_timeout=backfill.TIME_TO_ANSWER,
        on_failure_callback=[],
    )

    @task.branch
    def choose(answer: dict) -> str:
        _, context, _, language = open_task_context()
        with approval.fail_without_retry(language):
            return backfill.choose_next_task(answer, context.settings.admins)

    @task(execution_timeout=defaults.LONG_TIMEOUT)
    def redo(previewed: dict, answer: dict) -> TaskReport:
        services, context, now, language = open_task_context()
        request = backfill.parse_request(get_run_params(), language)
        with approval.fail_without_retry(language):
            done = services.execute_backfill(
                context, request, approval.get_responder(answer), now, previewed["digest"]
            )
        return {**done.changes.counts(), "quarters": list(done.quarters)}

    @task
    def leave(answer: dict) -> None:
        services, context, now, language = open_task_context()
        request = backfill.parse_request(get_run_params(), language)
        reason = backfill.read_decline_reason(answer, language)
        services.decline_backfill(context, request, approval.get_responder(answer), reason, now)

    @task(outlets=[CLOSED])
    def hand_on(done: dict, outlet_events: Any = None) -> TaskReport:
        if not done["quarters"]:
            raise AirflowSkipException("documents were not asked for")
        services, context, now, _ = open_task_context()
        quarters = [Quarter.parse(key) for key in done["quarters"]]
        services.announce_periods(context, quarters, now, force=True)
        outlet_events[CLOSED].add_partitions(done["quarters"])
        return done

    previewed, answer = preview(), approve.output
    previewed >> is_meant() >> approve >> (choice := choose(answer))
    done = redo(previewed, answer)
    choice >> [done, leave(answer)]
    hand_on(done)


backfill_quarters()
