"""The form of a backfill, the question before it is done, and what follows from the answer.

Turns the form into a backfill request; decides nothing itself. What a person reads is made by the
domain (``backfill_report``).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException

from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.settings import from_environment
from cpsa_airflow import admin_answers, approval_form
from cpsa_airflow.question import UNANSWERED
from cpsa_airflow.run_form import OPTIONAL_TEXT, make_field
from cpsa_airflow.task_context import open_task_context

if TYPE_CHECKING:
    from airflow.sdk.execution_time.hitl import HITLUser

    from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
    from cpsa.services.backfill_quarters.execute_backfill import BackfillPreview

APPROVE, DECLINE = "Do exactly this", "Leave it"
TIME_TO_ANSWER = timedelta(days=7)
# How a question ended, by what was chosen.
_OUTCOMES = {APPROVE: "approved", DECLINE: "rejected", UNANSWERED: "unanswered"}
PARTS = ("collect", "check", "score", "documents")
DEFINITIONS = "definitions"
QUARTER_PATTERN = r"^\s*20\d\d-\d\d-Q[1-4]\s*$"


def make_form() -> dict[str, Param]:
    """What an admin fills in to start a run."""
    steps = [*PARTS, DEFINITIONS]
    return {
        "from": make_field("backfill_from", None, type="string", pattern=QUARTER_PATTERN),
        "to": make_field("backfill_to", None, type="string", pattern=QUARTER_PATTERN),
        "agencies": make_field("backfill_agencies", [], type="array", items={"type": "string"}),
        "redo": make_field(
            "backfill_redo",
            list(PARTS),
            type="array",
            items={"type": "string", "enum": steps},
            examples=steps,
        ),
        "reason": make_field("backfill_reason", None, type="string", minLength=3),
        "write_to_agencies": make_field("backfill_letters", default=False, type="boolean"),
        "dry_run": make_field("backfill_dry_run", default=True, type="boolean"),
    }


def list_allowed_users() -> list[HITLUser]:
    """The admins, as far as a task can know them."""
    return admin_answers.list_assigned_users(from_environment(os.environ).admins)


def record_question(prepared: Mapping[str, Any], run: str) -> int:
    """Record the question of this run in the store; returns its number there."""
    from cpsa.services.publication.approval_questions import record_backfill_question

    context = open_task_context()
    until = context.now + TIME_TO_ANSWER
    return record_backfill_question(context.app, prepared["subject"], run, until, context.now).id


def end_question(_prepared: Mapping[str, Any], run: str, choice: str) -> None:
    """Write how the question of this run ended."""
    from cpsa.services.publication.approval_questions import end_question_of_run
    from cpsa.store.tables.publication_tables import QuestionOutcome

    context = open_task_context()
    end_question_of_run(context.app, run, QuestionOutcome(_OUTCOMES[choice]), context.now)


def make_form_fields(_prepared: Mapping[str, Any] | None = None) -> dict[str, Param]:
    """The fields beside approve or decline; an approval needs none."""
    return {"why_declined": make_field("why_declined", None, type=OPTIONAL_TEXT)}


def parse_request(params: dict[str, Any], language: str) -> BackfillRequest:
    """The backfill request of a form; a form that makes no sense fails the run, and is not tried again."""
    from cpsa.services.backfill_quarters.backfill_request import BackfillRequest

    try:
        return BackfillRequest.parse(
            params["from"] or "",
            params["to"] or "",
            params["agencies"] or (),
            params["redo"] or (),
            params["reason"] or "",
            letters=bool(params["write_to_agencies"]),
        )
    except RequestError as error:
        raise AirflowFailException(error.text(language)) from error


def make_question(
    request: BackfillRequest, preview: BackfillPreview, language: str
) -> dict[str, object]:
    """Subject and body of the question, what an approval approves, and the counts."""
    from cpsa.services.backfill_quarters.backfill_report import format_preview

    first, last = request.first.key, request.last.key
    return {
        "subject": text("backfill.subject", language, first=first, last=last),
        "body": format_preview(request, preview, language),
        "digest": preview.digest,
        **preview.changes.count_changes(),
        "documents": len(preview.documents),
    }


def choose_next_task(answer: dict[str, Any], admins: Collection[str]) -> str:
    """Which task follows the answer; RequestError for an approval by somebody who is no admin.

    ``admins``: their names in Airflow; where none is named, everyone whom Airflow lets answer is one.
    """
    if answer["chosen_options"] != [APPROVE]:
        return "leave"
    if admins and approval_form.get_responder(answer) not in admins:
        raise RequestError("backfill.not_an_admin")
    return "redo"


def read_decline_reason(answer: dict[str, Any], language: str) -> str:
    """The reason given, or that none was."""
    reason = str((answer.get("params_input") or {}).get("why_declined") or "").strip()
    return reason or text("backfill.declined_silently", language)
