"""The form of a backfill, what a person reads before it is done, and what follows from the answer.

Turns the form into a backfill request and a preview into text; decides nothing itself.
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
from cpsa_airflow.task_context import open_task_context

if TYPE_CHECKING:
    import pandas as pd

    from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
    from cpsa.services.backfill_quarters.execute_backfill import BackfillPreview

APPROVE, DECLINE = "Do exactly this", "Leave it"
TIME_TO_ANSWER = timedelta(days=7)
# How a question ended, by what was chosen.
_OUTCOMES = {APPROVE: "approved", DECLINE: "rejected", UNANSWERED: "unanswered"}
PARTS = ("collect", "check", "score", "documents")
DEFINITIONS = "definitions"
QUARTER_PATTERN = r"^\s*20\d\d-\d\d-Q[1-4]\s*$"
ROWS_SHOWN = 60  # of each table: a form is read, a thousand rows of it are not


def make_form() -> dict[str, Param]:
    """What an admin fills in to start a run. Airflow shows one description, so it is in both
    languages."""
    return {
        "from": Param(
            None,
            type="string",
            pattern=QUARTER_PATTERN,
            title="From · कब से",
            description="The oldest quarter to redo, such as 2025-26-Q1. "
            "जिस सबसे पुरानी तिमाही से फिर करना है, जैसे 2025-26-Q1।",
        ),
        "to": Param(
            None,
            type="string",
            pattern=QUARTER_PATTERN,
            title="To · कब तक",
            description="The newest quarter to redo; it is redone as well. "
            "जिस सबसे नई तिमाही तक फिर करना है; वह भी शामिल है।",
        ),
        "agencies": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Agencies · एजेंसियां",
            description="Only these, a code on each line; all when empty. "
            "केवल ये, हर पंक्ति में एक कोड; खाली छोड़ने पर सभी।",
        ),
        "redo": Param(
            list(PARTS),
            type="array",
            items={"type": "string", "enum": [*PARTS, DEFINITIONS]},
            examples=[*PARTS, DEFINITIONS],
            title="Redo · क्या फिर करना है",
            description="Collecting brings checking with it, and checking scoring. Definitions: "
            "compute again with the present framework. "
            "संग्रह के साथ जांच और जांच के साथ अंक भी फिर होते हैं। definitions: "
            "वर्तमान फ़्रेमवर्क से फिर गणना करें।",
        ),
        "reason": Param(
            None,
            type="string",
            minLength=3,
            title="Reason · कारण",
            description="Why; kept in the audit trail and printed beside restated figures. "
            "क्यों; कारण अभिलेख में रहता है और पुनर्कथित आंकड़ों के साथ छपता है।",
        ),
        "write_to_agencies": Param(
            False,
            type="boolean",
            title="Write to agencies · एजेंसियों को पत्र",
            description="Tell the agencies whose late file is let in. "
            "जिनकी देर से आई फ़ाइल ली जाए उन एजेंसियों को बताएं।",
        ),
        "dry_run": Param(
            True,
            type="boolean",
            title="Dry run · केवल दिखाएं",
            description="Only show what would change; off, you are asked before it is done. "
            "केवल दिखाएं कि क्या बदलेगा; हटाने पर करने से पहले आपसे पूछा जाएगा।",
        ),
    }


def list_allowed_users() -> list[dict[str, str]]:
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

    context = open_task_context()
    end_question_of_run(context.app, run, _OUTCOMES[choice], context.now)


def make_form_fields(_prepared: Mapping[str, Any] | None = None) -> dict[str, Param]:
    """The fields beside approve or decline; an approval needs none."""
    return {
        "why_declined": Param(
            None,
            type=["null", "string"],
            title="Why not · क्यों नहीं",
            description="To leave it: why; kept in the audit trail. "
            "न करने पर: कारण; अभिलेख में रहता है।",
        ),
    }


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
            bool(params["write_to_agencies"]),
        )
    except RequestError as error:
        raise AirflowFailException(error.text(language)) from error


def make_question(
    request: BackfillRequest, preview: BackfillPreview, language: str
) -> dict[str, object]:
    """Subject and body of the question, what an approval approves, and the counts."""
    first, last = request.first.key, request.last.key
    return {
        "subject": text("backfill.subject", language, first=first, last=last),
        "body": format_preview(request, preview, language),
        "digest": preview.digest,
        **preview.changes.count_changes(),
        "documents": len(preview.documents),
    }


def format_preview(request: BackfillRequest, preview: BackfillPreview, language: str) -> str:
    """A preview as text that Airflow shows as markdown: the request, counts, tables."""
    from cpsa.services.backfill_quarters import backfill_report

    letters = "letters_too" if request.letters else "no_letters"
    parts = [
        backfill_report.describe_request(request, language),
        f"**{backfill_report.describe_counts(preview.changes, language)}**",
        text("backfill.body", language) + " " + text(f"backfill.{letters}", language),
    ]
    if preview.periods:
        periods = ", ".join(period.key for period in preview.periods)
        parts += [
            backfill_report.describe_document_counts(preview.documents, language),
            text("backfill.built_after", language, periods=periods),
        ]
    parts += [f"- {_escape_cell(problem)}" for problem in preview.problems]
    for title, table in backfill_report.tabulate_changes(
        preview.changes, preview.documents, language
    ):
        parts += [f"### {title} ({len(table)})", _format_table(table)]
        if len(table) > ROWS_SHOWN:
            parts.append(text("backfill.more", language, number=len(table) - ROWS_SHOWN))
    return "\n\n".join(parts)


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


def _format_table(table: pd.DataFrame) -> str:
    rows = table.head(ROWS_SHOWN).itertuples(index=False, name=None)
    heading = "| " + " | ".join(table.columns) + " |"
    border = "|---" * len(table.columns) + "|"
    return "\n".join(
        (heading, border, *(f"| {' | '.join(map(_escape_cell, row))} |" for row in rows))
    )


def _escape_cell(value: object) -> str:
    """Text that cannot end its cell or become markup."""
    return str(value).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
