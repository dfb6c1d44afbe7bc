"""# Backfill quarters

Redoes closed quarters: takes in what has changed in the inbox, checks, scores, and has their
documents built again. It shows first what would change, and sends nothing.

- **Starts** by hand only, with its form; for admins. *Dry run* is on unless it is turned off: then
  the preview stands in the return value and the log of `preview`, and nothing else happens.
- **Asks** under *Required Actions* when the dry run is off: *Do exactly this* or *Leave it*. Only an
  admin can answer: one of `CPSA_ADMINS` or, where that is blank, an admin in Airflow. What
  is done is what was shown, in one step; when the store has changed since, nothing is done and the
  run says so. Framework and registry are taken as they held in each quarter. An answer and its
  reason are kept: `cpsa audit`.
- **Leaves** new versions of closings, restatements with the reason, and the asset `cpsa_closed` for
  the quarters concerned, so that `publish_quarter` and `compile_half_year` build their documents.
  Agencies are written to only if the form says so. A half-year that was sent is not sent again; one
  that was not is asked about by `dispatch_half_year` as always.
- **When it fails**: read the log of the failed task; a form that asked for something impossible is
  filled in anew. Clearing `redo` is safe: what was done is not done again, and is handed on again.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAtRuntime, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa.calendar import Quarter
from cpsa_airflow import approval, backfill, defaults
from cpsa_airflow.assets import CLOSED
from cpsa_airflow.context import Report, desk, run_params
from cpsa_airflow.question import Question


@dag(
    schedule=PartitionedAtRuntime(),
    doc_md=__doc__,
    tags=["cpsa", "quarter"],
    max_active_runs=1,
    params=backfill.form(),
    default_args=defaults.TASKS,
)
def backfill_quarters() -> None:
    @task(execution_timeout=defaults.LONG)
    def preview() -> Report:
        cycle, office, now, language = desk()
        asked = backfill.order(run_params(), language)
        with approval.not_tried_again(language):
            found = cycle.preview_backfill(office, asked, now)
        print(backfill.listing(asked, found, language))
        return backfill.question(asked, found, language)

    @task.short_circuit
    def is_meant() -> bool:
        return not run_params()["dry_run"]

    # No fault: what nobody has answered is not done.
    approve = Question(
        task_id="approve",
        prepared_in="preview",
        options=[backfill.APPROVE, backfill.DECLINE],
        fields=backfill.form_fields,
        record=backfill.record_question,
        end=backfill.end_question,
        users=backfill.who_may_answer,
        response_timeout=backfill.TIME_TO_ANSWER,
        on_failure_callback=[],
    )

    @task.branch
    def choose(answer: dict) -> str:
        _, office, _, language = desk()
        with approval.not_tried_again(language):
            return backfill.chosen(answer, office.settings.admins)

    @task(execution_timeout=defaults.LONG)
    def redo(previewed: dict, answer: dict) -> Report:
        cycle, office, now, language = desk()
        asked = backfill.order(run_params(), language)
        with approval.not_tried_again(language):
            done = cycle.backfill(office, asked, approval.who(answer), now, previewed["digest"])
        return {**done.changes.counts(), "quarters": list(done.quarters)}

    @task
    def leave(answer: dict) -> None:
        cycle, office, now, language = desk()
        asked = backfill.order(run_params(), language)
        why = backfill.why_declined(answer, language)
        cycle.decline_backfill(office, asked, approval.who(answer), why, now)

    @task(outlets=[CLOSED])
    def hand_on(done: dict, outlet_events: Any = None) -> Report:
        if not done["quarters"]:
            raise AirflowSkipException("documents were not asked for")
        cycle, office, now, _ = desk()
        quarters = [Quarter.parse(key) for key in done["quarters"]]
        cycle.announce_periods(office, quarters, now, force=True)
        outlet_events[CLOSED].add_partitions(done["quarters"])
        return done

    previewed, answer = preview(), approve.output
    previewed >> is_meant() >> approve >> (choice := choose(answer))
    done = redo(previewed, answer)
    choice >> [done, leave(answer)]
    hand_on(done)


backfill_quarters()
