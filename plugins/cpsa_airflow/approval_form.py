"""What a person reads before a half-year's documents are sent, and what follows from the answer.

Builds the text of the approval form from a dispatch plan; never decides what goes to whom.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from cpsa.calendar import IST, HalfYear
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa_airflow import run_form

if TYPE_CHECKING:
    from cpsa.delivery.mail_message import Attachment
    from cpsa.services.dispatch.plan_dispatch import DispatchPlan, PlannedMail
    from cpsa.services.dispatch_summary import DispatchSummary

log = logging.getLogger(__name__)

APPROVE, REJECT = "Approve", "Reject"
LATE_DISPATCH_AFTER = timedelta(days=45)  # as the domain refuses to send without a confirmation
ON_THE_DAY, AT_ONCE = "on_the_day", "at_once"
_COLUMNS = ("to", "language", "documents", "size")


def make_run_params() -> dict[str, Param]:
    """The form of a run that a person starts by hand; scheduled runs have the defaults."""
    return {
        **run_form.make_period_field(),
        "dry_run": Param(
            True,
            type="boolean",
            title="Dry run · केवल दिखाएं",
            description="Only show the plan in the log of plan_mails. "
            "योजना केवल plan_mails के लॉग में दिखाएं।",
        ),
        "revise": Param(
            False,
            type="boolean",
            title="Revision · संशोधन",
            description="Send documents that have changed again, as a revision. "
            "जो दस्तावेज़ बदल गए हैं उन्हें संशोधन के रूप में फिर भेजें।",
        ),
        "reason": Param(
            None,
            type=["null", "string"],
            title="Reason · कारण",
            description="Why there is a revision; recipients are informed. "
            "संशोधन का कारण; प्राप्तकर्ताओं को सूचित किया जाता है।",
        ),
    }


def make_form_fields(prepared: Mapping[str, Any] | None = None) -> dict[str, Param]:
    """What the approver fills in beside yes or no; ``prepared``: what ``make_form`` returned.

    Before the dispatch date: when to send. After it there is nothing to choose, only, long after
    it, to confirm. A question of version 1.0.0 had all fields.
    """
    prepared = prepared or {}
    late = prepared.get("days_late")
    choices = [ON_THE_DAY, AT_ONCE] if late is None else [AT_ONCE]
    fields = {
        "leave": Param(
            choices[0],
            type="string",
            title="Send / कब भेजें",
            enum=choices,
            values_display={
                ON_THE_DAY: "on the dispatch date / प्रेषण तिथि पर",
                AT_ONCE: "at once / तुरंत",
            },
        ),
        "backfill": Param(
            False,
            type="boolean",
            title="Dispatch date long past / पुरानी छमाही",
            description="To approve: confirm that it is sent though its dispatch date is more than "
            "45 days past. / स्वीकृति के लिए: पुष्टि करें कि प्रेषण तिथि बीते 45 दिन से अधिक होने पर भी भेजना है।",
        ),
        # A field that may not be empty keeps Airflow's form from being answered with yes.
        "why_rejected": Param(
            None,
            type=["null", "string"],
            title="Why rejected / अस्वीकृति का कारण",
            description="To reject: what must be corrected. / अस्वीकृत करने पर: क्या सुधारना है।",
        ),
    }
    if prepared and not prepared.get("long_past", True):
        del fields["backfill"]
    return fields


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
        raise AirflowFailException("revise needs a reason: start the run again with one")
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
    late = count_days_late(half, now)
    return {
        "subject": text("approval.subject", language, half=half.label(language)),
        "body": _format_body(plan, half, language, board, late),
        "digest": plan.digest,
        "reason": plan.reason,
        "half": half.key,
        "edition": edition,
        "days_late": late,
        "long_past": late is not None and now > half.dispatch_at + LATE_DISPATCH_AFTER,
        "valid_until": half.dispatch_at.isoformat() if late is None else None,
    }


def count_days_late(half: HalfYear, now: datetime) -> int | None:
    """Whole days from the dispatch date to today; None before its hour."""
    if now < half.dispatch_at:
        return None
    return (now.astimezone(IST).date() - half.dispatch_at.astimezone(IST).date()).days


def format_plan(plan: DispatchPlan, language: str) -> str:
    """The plan as lines for a log: no addresses, which do not belong there."""
    lines = [
        f"{mail.recipient} [{mail.language}] {_format_size(mail, language)}: "
        + "; ".join(file.name for file in mail.attachments)
        for mail in plan.messages
    ]
    return "\n".join([*lines, *(f"! {remark.text(language)}" for remark in plan.notices)])


def require_complete(sent: DispatchSummary, language: str) -> None:
    """Fail the task while mail is unsent: it is tried again, and then a person has to look."""
    if not sent.is_complete:
        raise AirflowException(_describe_unsent(sent, language))


def require_settled(sent: DispatchSummary, language: str) -> None:
    """Fail the task where a person has to look. What only waits is sent by the next runs of
    ``follow_store``, over days, within the approval that was given."""
    if sent.failed or sent.uncertain:
        raise AirflowException(_describe_unsent(sent, language))
    if sent.pending:
        log.warning("%s The next runs of follow_store send it.", _describe_unsent(sent, language))


def _describe_unsent(sent: DispatchSummary, language: str) -> str:
    counts = {"pending": sent.pending, "failed": sent.failed, "uncertain": sent.uncertain}
    return f"{text('approval.left', language, **counts)} {sent.trouble}".strip()


def _format_body(
    plan: DispatchPlan, half: HalfYear, language: str, board: str, late: int | None
) -> str:
    words = {
        "mails": len(plan.messages),
        "day": half.dispatch_at.astimezone(IST).strftime("%d.%m.%Y"),
        "days": late,
    }
    key = "body" if late is None else {0: "body_today", 1: "body_yesterday"}.get(late, "body_late")
    parts = [text(f"approval.{key}", language, **words), text("approval.if_rejected", language)]
    if plan.built_at is not None:
        built = plan.built_at.astimezone(IST).strftime("%d.%m.%Y %H:%M")
        parts.append(text("approval.built", language, built=built))
    if plan.reason:
        parts.append(f"**{text('approval.revision', language, reason=_escape_cell(plan.reason))}**")
    if plan.notices:
        remarks = "\n".join(f"- {_escape_cell(remark.text(language))}" for remark in plan.notices)
        parts.append(f"**{text('approval.remarks', language)}**\n\n{remarks}")
    heading = " | ".join(text(f"approval.{column}", language) for column in _COLUMNS)
    rows = (_format_row(message, language, board) for message in plan.messages)
    parts.append("\n".join((f"| {heading} |", "|---" * len(_COLUMNS) + "|", *rows)))
    return "\n\n".join(parts)


def _format_row(message: PlannedMail, language: str, board: str) -> str:
    """One mail as a row: to whom, in which language, its documents to look at, how large."""
    names = " ".join(_format_document_link(file, board) for file in message.attachments)
    to = f"{_escape_cell(message.to_name)} ({_escape_cell(message.to_email)})"
    return f"| {to} | {message.language} | {names} | {_format_size(message, language)} |"


def _format_document_link(file: Attachment, board: str) -> str:
    """A document by its name, with a link to exactly the edition that would be sent."""
    words = _escape_cell(file.name).replace("[", "(").replace("]", ")")
    return f"[{words}]({board}/edition/{file.sha256})"


def _format_size(message: PlannedMail, language: str) -> str:
    return text("approval.kilobytes", language, number=round(message.size / 1000))


def _escape_cell(cell_text: str) -> str:
    """Text that cannot end its cell or become markup."""
    return cell_text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
