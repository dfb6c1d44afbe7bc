"""The question whether a half-year may be sent, as the store keeps it beside Airflow.

The store knows which edition is the newest and which run asks about it; Airflow knows who answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from cpsa.calendar import HalfYear
from cpsa_airflow.approval_form import APPROVE, REJECT
from cpsa_airflow.edition_trigger import SUPERSEDED
from cpsa_airflow.question import UNANSWERED
from cpsa_airflow.task_context import get_run_half, open_task_context

# How a question ended, by what was chosen.
_OUTCOMES = {
    APPROVE: "approved",
    REJECT: "rejected",
    SUPERSEDED: "superseded",
    UNANSWERED: "unanswered",
}


def record_question(prepared: Mapping[str, Any], run: str) -> int | None:
    """Record this run's question; returns its number, None where this run has no question."""
    from cpsa.services.publication.announce_periods import finish_announced
    from cpsa.services.publication.approval_questions import record_question

    context = open_task_context()
    half = HalfYear.parse(prepared["half"])
    question = record_question(context.app, half, prepared["edition"], run, context.now)
    finish_announced(context.app, half, context.now)
    return None if question is None else question.id


def is_valid(prepared: Mapping[str, Any], run: str) -> bool:
    """Whether an answer still has an effect: no other run asks, and no document is newer.

    A question of version 1.0.0 named no edition, and the store knows no run of it: what is sent is
    compared with what was approved.
    """
    from cpsa.services.publication.approval_questions import find_open_question, is_newest_edition

    context = open_task_context()
    question = find_open_question(context.app, get_run_half())
    if "edition" not in prepared:
        return question is None or question.run in (run, "")
    half, until = HalfYear.parse(prepared["half"]), prepared["valid_until"]
    if until is not None and context.now >= datetime.fromisoformat(until):
        return False
    is_ours = question is not None and question.run == run
    return is_ours and is_newest_edition(context.app, half, prepared["edition"])


def end_question(_prepared: Mapping[str, Any], run: str, choice: str) -> None:
    """Record how this run's question ended; version 1.0.0 named no run."""
    from cpsa.services.publication.approval_questions import end_question, find_open_question
    from cpsa.store.tables.publication_tables import QuestionOutcome

    context = open_task_context()
    question = find_open_question(context.app, get_run_half())
    if question is not None and question.run in (run, ""):
        end_question(context.app, question.id, QuestionOutcome(_OUTCOMES[choice]), context.now)


def is_ready_to_send(prepared: Mapping[str, Any]) -> bool:
    """Whether the documents that were approved are the newest and up to date.

    False while they are being built again; skips the task once there are others, which have a question
    in a run of their own.
    """
    from cpsa.services.publication.approval_questions import (
        find_newest_edition_digest,
        is_newest_edition,
    )

    if "edition" not in prepared:
        return True
    context = open_task_context()
    half = HalfYear.parse(prepared["half"])
    if find_newest_edition_digest(context.app, half) != prepared["edition"]:
        raise AirflowSkipException(
            "newer documents are asked about: nothing is sent by this answer"
        )
    return is_newest_edition(context.app, half, prepared["edition"])
