"""The form of a dispatch, the approver's question, and what follows from the answer.

Never decides what goes to whom. What the approver reads is made by the domain (``dispatch_report``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from cpsa.calendar import HalfYear
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa_airflow import run_form

if TYPE_CHECKING:
    from cpsa.services.dispatch.plan_dispatch import DispatchPlan
    from cpsa.services.dispatch_summary import DispatchSummary

log = logging.getLogger(__name__)

APPROVE, REJECT = "Approve", "Reject"
ON_THE_DAY, AT_ONCE = "on_the_day", "at_once"
_SEPARATOR = " / "  # between the languages of a question's fields


def make_run_params() -> dict[str, Param]:
    """The form of a run that a person starts by hand; scheduled runs have the defaults."""
    return {
        **run_form.make_period_field(),
        "dry_run": run_form.make_field("dispatch_dry_run", default=True, type="boolean"),
        "revise": run_form.make_field("revise", default=False, type="boolean"),
        "reason": run_form.make_field("revision_reason", None, type=run_form.OPTIONAL_TEXT),
    }


def make_form_fields(prepared: Mapping[str, Any] | None = None) -> dict[str, Param]:
    """What the approver fills in beside yes or no; ``prepared``: what ``make_form`` returned.

    Before the dispatch date: when to send. After it there is nothing to choose, only, long after
    it, to confirm. A question of version 1.0.0 had all fields.
    """
    prepared = prepared or {}
    choices = [ON_THE_DAY, AT_ONCE] if prepared.get("days_late") is None else [AT_ONCE]
    fields = {
        "leave": Param(
            choices[0],
            type="string",
            title=run_form.join_languages("forms.send_time.title", _SEPARATOR),
            enum=choices,
            values_display={
                choice: run_form.join_languages(f"forms.send_time.{choice}", _SEPARATOR)
                for choice in (ON_THE_DAY, AT_ONCE)
            },
        ),
        "backfill": _make_answer_field("confirm_late", default=False, type="boolean"),
        # A field that may not be empty keeps Airflow's form from being answered with yes.
        "why_rejected": _make_answer_field("why_rejected", None, type=run_form.OPTIONAL_TEXT),
    }
    if prepared and not prepared.get("long_past", True):
        del fields["backfill"]
    return fields


def _make_answer_field(name: str, default: Any, **schema: Any) -> Param:
    return run_form.make_field(name, default, separators=(_SEPARATOR, _SEPARATOR), **schema)


def find_answer_problem(prepared: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Why an approval has no effect, blank where it has one: long after the dispatch date it needs a confirmation."""
    is_yes = list(answer["chosen_options"]) == [APPROVE]
    if is_yes and prepared.get("long_past") and not read_form_field(dict(answer), "backfill"):
        return "the dispatch date is more than 45 days past, and this was not confirmed"
    return ""


def read_revision_reason(params: dict[str, Any]) -> str:
    """Why documents are sent again; blank when they are not."""
    reason = str(params.get("reason") or "").strip()
    if params.get("revise") and not reason:
        raise AirflowFailException("A revision needs a reason: start the run again and give one.")
    return reason if params.get("revise") else ""


def is_dry_run(run_type: str, params: dict[str, Any]) -> bool:
    """A run by hand only shows the plan unless its form says otherwise; other runs never."""
    return run_type == "manual" and bool(params.get("dry_run", True))


def choose_next_task(answer: dict[str, Any]) -> str:
    """The id of the task that follows the answer."""
    approved = answer["chosen_options"] == [APPROVE]
    return "wait_for_the_day" if approved else "rebuild"


def get_responder(answer: dict[str, Any]) -> str:
    """The name of the person who answered, as Airflow knows it."""
    user = answer.get("responded_by_user") or {}
    return str(user.get("name") or user.get("id") or "airflow")


def parse_approval(answer: dict[str, Any]) -> dict[str, Any] | None:
    """Who approved, when, and how mail is sent, for the audit; None for a rejection."""
    if answer["chosen_options"] != [APPROVE]:
        return None
    moment = answer["responded_at"]
    answered_at = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    return {
        "who": get_responder(answer),
        "how": read_form_field(answer, "leave"),
        "answered_at": answered_at,
    }


def read_form_field(answer: dict[str, Any], field: str) -> Any:
    """What the approver wrote into a field; its default where nothing was."""
    given = answer.get("params_input") or {}
    return given.get(field, make_form_fields()[field].value)


def read_rejection_reason(answer: dict[str, Any], language: str) -> str:
    """The reason given, or that none was: the rejection counts all the same."""
    reason = str(read_form_field(answer, "why_rejected") or "").strip()
    return reason or text("approval.no_reason", language)


def can_send(half: HalfYear, answer: dict[str, Any], now: datetime) -> bool:
    """Whether approved mail may be sent by now."""
    return read_form_field(answer, "leave") == AT_ONCE or now >= half.dispatch_at


def make_dispatch_arguments(planned: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """What was approved and by whom: the arguments of the service that sends it."""
    return {
        "approved": planned["digest"],
        "revise": planned["reason"],
        "who": get_responder(answer),
        "backfill": bool(read_form_field(answer, "backfill")),
    }


@contextmanager
def fail_without_retry(language: str) -> Iterator[None]:
    """A request that is wrong in itself fails for good; a database that cannot be reached does not."""
    try:
        yield
    except RequestError as error:
        if error.key.startswith("store."):
            raise
        raise AirflowFailException(error.text(language)) from error


def make_form(
    plan: DispatchPlan, half: HalfYear, language: str, board: str, edition: str, now: datetime
) -> dict[str, Any]:
    """Subject and body of the approval form, what is approved by it, and why it is a revision.

    ``board``: the quarter board's address, where the documents can be looked at; ``edition``: names
    the documents. ``days_late``: whole days since the dispatch date, None before it;
    ``valid_until``: from then on another text would be right.
    """
    from cpsa.services.dispatch.dispatch_half_year import LATE_DISPATCH_AFTER
    from cpsa.services.dispatch.dispatch_report import count_days_late, format_question

    late = count_days_late(half, now)
    return {
        "subject": text("approval.subject", language, half=half.label(language)),
        "body": format_question(plan, half, language, board, late),
        "digest": plan.digest,
        "reason": plan.reason,
        "half": half.key,
        "edition": edition,
        "days_late": late,
        "long_past": late is not None and now > half.dispatch_at + LATE_DISPATCH_AFTER,
        "valid_until": half.dispatch_at.isoformat() if late is None else None,
    }


def require_complete(sent: DispatchSummary, language: str) -> None:
    """Fail the task while mail is unsent: it is tried again, and then a person has to look."""
    from cpsa.services.dispatch.dispatch_report import describe_unsent

    if not sent.is_complete:
        raise AirflowException(describe_unsent(sent, language))


def require_settled(sent: DispatchSummary, language: str) -> None:
    """Fail the task where a person has to look. What only waits is sent by the next runs of
    ``follow_store``, over days, within the approval that was given."""
    from cpsa.services.dispatch.dispatch_report import describe_unsent

    if sent.failed or sent.uncertain:
        raise AirflowException(describe_unsent(sent, language))
    if sent.pending:
        log.warning("%s The next runs of follow_store send it.", describe_unsent(sent, language))
