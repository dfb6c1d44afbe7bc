"""What a person reads before a half-year's documents leave, and what follows from the answer.

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
from cpsa.messages import text
from cpsa_airflow import run_form

if TYPE_CHECKING:
    from cpsa.cycle.dispatching import Plan, PlannedMail
    from cpsa.cycle.posting import Sent
    from cpsa.deliver.message import Attachment

log = logging.getLogger(__name__)

APPROVE, REJECT = "Approve", "Reject"
LONG_PAST = timedelta(days=45)  # as the domain refuses to send without a confirmation
ON_THE_DAY, AT_ONCE = "on_the_day", "at_once"
_COLUMNS = ("to", "language", "documents", "size")


def asked_for() -> dict[str, Param]:
    """What a person may ask for who starts a run by hand; scheduled runs have the defaults."""
    return {
        **run_form.period(),
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


def form_fields(prepared: Mapping[str, Any] | None = None) -> dict[str, Param]:
    """What the approver fills in beside yes or no; ``prepared``: what ``form`` returned.

    Before the dispatch date: when to send. After it there is nothing to choose, only, long after
    it, to confirm. A question of version 1.0.0 had all fields.
    """
    prepared = prepared or {}
    days_late = prepared.get("days_late")
    when = [ON_THE_DAY, AT_ONCE] if days_late is None else [AT_ONCE]
    fields = {
        "leave": Param(
            when[0],
            type="string",
            title="Send / कब भेजें",
            enum=when,
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


def unusable(prepared: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Why a yes has no effect: long after the dispatch date it needs a confirmation."""
    is_yes = list(answer["chosen_options"]) == [APPROVE]
    if is_yes and prepared.get("long_past") and not filled_in(dict(answer), "backfill"):
        return "the dispatch date is more than 45 days past, and this was not confirmed"
    return ""


def revision_asked(params: dict[str, Any]) -> str:
    """Why documents are to be sent again; blank when they are not."""
    reason = str(params.get("reason") or "").strip()
    if params.get("revise") and not reason:
        raise AirflowFailException("revise needs a reason: start the run again with one")
    return reason if params.get("revise") else ""


def is_dry_run(run_type: str, params: dict[str, Any]) -> bool:
    """A run by hand only shows the plan unless it is told otherwise; others never."""
    return run_type == "manual" and bool(params.get("dry_run", True))


def next_task(answer: dict[str, Any]) -> str:
    """Which task follows the answer."""
    approved = answer["chosen_options"] == [APPROVE]
    return "wait_for_the_day" if approved else "rebuild"


def who(answer: dict[str, Any]) -> str:
    """Who gave the answer, as Airflow knows them."""
    user = answer.get("responded_by_user") or {}
    return str(user.get("name") or user.get("id") or "airflow")


def approved(answer: dict[str, Any]) -> dict[str, Any] | None:
    """Who said yes, when, and how mail may leave, for the audit trail; None for a no."""
    if answer["chosen_options"] != [APPROVE]:
        return None
    at = answer["responded_at"]
    answered_at = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return {"who": who(answer), "how": filled_in(answer, "leave"), "answered_at": answered_at}


def filled_in(answer: dict[str, Any], field: str) -> Any:
    """What the approver wrote into a field; its default where nothing was."""
    given = answer.get("params_input") or {}
    return given.get(field, form_fields()[field].value)


def why_rejected(answer: dict[str, Any], language: str) -> str:
    """The reason given, or that none was: the rejection counts all the same."""
    said = str(filled_in(answer, "why_rejected") or "").strip()
    return said or text("approval.no_reason", language)


def may_leave(half: HalfYear, answer: dict[str, Any], now: datetime) -> bool:
    """Whether approved mail may leave already."""
    return filled_in(answer, "leave") == AT_ONCE or now >= half.dispatch_at


def order(planned: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """What was approved, by whom, and how it may leave: for the verb that sends."""
    return {
        "approved": planned["digest"],
        "revise": planned["reason"],
        "who": who(answer),
        "backfill": bool(filled_in(answer, "backfill")),
    }


@contextmanager
def not_tried_again(language: str) -> Iterator[None]:
    """A request that is wrong in itself fails for good; a database that is away does not."""
    try:
        yield
    except RequestError as error:
        if error.key.startswith("store."):
            raise
        raise AirflowFailException(error.text(language)) from error


def form(
    plan: Plan, half: HalfYear, language: str, board: str, edition: str, now: datetime
) -> dict[str, Any]:
    """Subject and body of the approval form, what is approved by it, and why it is a revision.

    ``board``: the quarter board's address, where the documents can be looked at; ``edition``: names
    the documents. ``days_late``: whole days since the dispatch date, None before it;
    ``valid_until``: from then on another text would be right.
    """
    late = days_late(half, now)
    return {
        "subject": text("approval.subject", language, half=half.label(language)),
        "body": _body(plan, half, language, board, late),
        "digest": plan.digest,
        "reason": plan.reason,
        "half": half.key,
        "edition": edition,
        "days_late": late,
        "long_past": late is not None and now > half.dispatch_at + LONG_PAST,
        "valid_until": half.dispatch_at.isoformat() if late is None else None,
    }


def days_late(half: HalfYear, now: datetime) -> int | None:
    """Whole days from the dispatch date to today; None before its hour."""
    if now < half.dispatch_at:
        return None
    return (now.astimezone(IST).date() - half.dispatch_at.astimezone(IST).date()).days


def listing(plan: Plan, language: str) -> str:
    """The plan as lines for a log: no addresses, which do not belong there."""
    lines = [
        f"{one.recipient} [{one.language}] {_size(one, language)}: "
        + "; ".join(file.name for file in one.attachments)
        for one in plan.messages
    ]
    return "\n".join([*lines, *(f"! {remark.text(language)}" for remark in plan.remarks)])


def require_complete(sent: Sent, language: str) -> None:
    """Fail the task while mail is left: it is tried again, and then a person has to look."""
    if not sent.complete:
        raise AirflowException(_left(sent, language))


def require_settled(sent: Sent, language: str) -> None:
    """Fail the task where a person has to look. What only waits is sent by the next runs of
    ``follow_store``, over days, within the approval that was given."""
    if sent.failed or sent.uncertain:
        raise AirflowException(_left(sent, language))
    if sent.pending:
        log.warning("%s The next runs of follow_store send it.", _left(sent, language))


def _left(sent: Sent, language: str) -> str:
    counts = {"pending": sent.pending, "failed": sent.failed, "uncertain": sent.uncertain}
    return f"{text('approval.left', language, **counts)} {sent.trouble}".strip()


def _body(plan: Plan, half: HalfYear, language: str, board: str, late: int | None) -> str:
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
        parts.append(f"**{text('approval.revision', language, reason=_cell(plan.reason))}**")
    if plan.remarks:
        remarks = "\n".join(f"- {_cell(remark.text(language))}" for remark in plan.remarks)
        parts.append(f"**{text('approval.remarks', language)}**\n\n{remarks}")
    heading = " | ".join(text(f"approval.{column}", language) for column in _COLUMNS)
    rows = (_row(message, language, board) for message in plan.messages)
    parts.append("\n".join((f"| {heading} |", "|---" * len(_COLUMNS) + "|", *rows)))
    return "\n\n".join(parts)


def _row(message: PlannedMail, language: str, board: str) -> str:
    """One mail as a row: to whom, in which language, its documents to look at, how large."""
    names = " ".join(_document(file, board) for file in message.attachments)
    to = f"{_cell(message.to_name)} ({_cell(message.to_email)})"
    return f"| {to} | {message.language} | {names} | {_size(message, language)} |"


def _document(file: Attachment, board: str) -> str:
    """A document by its name, with a link to the very edition that would leave."""
    words = _cell(file.name).replace("[", "(").replace("]", ")")
    return f"[{words}]({board}/edition/{file.sha256})"


def _size(message: PlannedMail, language: str) -> str:
    return text("approval.kilobytes", language, number=round(message.size / 1000))


def _cell(words: str) -> str:
    """Text that cannot end its cell or become markup."""
    return words.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
