"""What a person reads before a half-year's documents leave, and when they leave once approved.

Builds the text of the approval form from a dispatch plan; never decides what goes to whom.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowException

from cpsa.calendar import IST, HalfYear
from cpsa.messages import text

if TYPE_CHECKING:
    from cpsa.cycle.dispatching import Plan, Sent

ON_THE_DAY, AT_ONCE = "on_the_day", "at_once"
_COLUMNS = ("to", "language", "documents", "size")


def leaving() -> dict[str, Param]:
    """The one choice on the form: on the half-year's dispatch day, or as soon as approved."""
    return {"leave": Param(ON_THE_DAY, type="string", enum=[ON_THE_DAY, AT_ONCE])}


def may_leave(half: HalfYear, answer: dict[str, Any], now: datetime) -> bool:
    """Whether approved mail may leave already."""
    chosen = (answer.get("params_input") or {}).get("leave")
    return chosen == AT_ONCE or now >= half.dispatch_at


def form(plan: Plan, half: HalfYear, language: str) -> dict[str, str]:
    """Subject and body of the approval form, a table with one row for each mail; and its digest."""
    day = half.dispatch_at.astimezone(IST).strftime("%d.%m.%Y")
    heading = " | ".join(text(f"approval.{column}", language) for column in _COLUMNS)
    rows = (_row(message, language) for message in plan.messages)
    table = "\n".join((f"| {heading} |", "|---" * len(_COLUMNS) + "|", *rows))
    return {
        "subject": text("approval.subject", language, half=half.label(language)),
        "body": text("approval.body", language, mails=len(plan.messages), day=day) + "\n\n" + table,
        "digest": plan.digest,
    }


def require_complete(sent: Sent, language: str) -> None:
    """Fail the task while mail is left: it is tried again, and then a person has to look."""
    if not sent.complete:
        counts = {"pending": sent.pending, "failed": sent.failed, "uncertain": sent.uncertain}
        raise AirflowException(
            f"{text('approval.left', language, **counts)} {sent.trouble}".strip()
        )


def _row(message: Any, language: str) -> str:
    """One mail as a row: to whom, in which language, what is attached, how large."""
    names = "<br>".join(_cell(attachment.name) for attachment in message.attachments)
    size = text("approval.kilobytes", language, number=round(message.size / 1000))
    to = f"{_cell(message.to_name)} ({_cell(message.to_email)})"
    return f"| {to} | {message.language} | {names} | {size} |"


def _cell(words: str) -> str:
    """Text that cannot end its cell or become markup."""
    return words.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
