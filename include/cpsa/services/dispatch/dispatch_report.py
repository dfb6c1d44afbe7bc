"""A dispatch plan as a person reads it: the approver's question, and lines for a log.

What must not go here: what is sent to whom (``plan_dispatch``), and how a form is answered.
"""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import IST, HalfYear
from cpsa.delivery.mail_message import Attachment, AttachmentUse
from cpsa.i18n.catalogue import text
from cpsa.services.dispatch.plan_dispatch import DispatchPlan, PlannedMail
from cpsa.services.dispatch_summary import DispatchSummary
from cpsa.services.markdown import escape_cell, format_table
from cpsa.translator import format_dotted_date, format_dotted_moment

_COLUMNS = ("to", "language", "documents", "size")


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
    return "\n".join([*lines, *(f"! {notice.text(language)}" for notice in plan.notices)])


def format_question(
    plan: DispatchPlan, half: HalfYear, language: str, board: str, days_late: int | None
) -> str:
    """The body of the approver's question, in markdown; ``board``: the address of the board."""
    params = {
        "mails": len(plan.messages),
        "day": format_dotted_date(half.dispatch_at),
        "days": days_late,
    }
    key = (
        "body"
        if days_late is None
        else {0: "body_today", 1: "body_yesterday"}.get(days_late, "body_late")
    )
    parts = [text(f"approval.{key}", language, **params), text("approval.if_rejected", language)]
    if plan.built_at is not None:
        built = format_dotted_moment(plan.built_at)
        parts.append(text("approval.built", language, built=built))
    if plan.reason:
        parts.append(f"**{text('approval.revision', language, reason=escape_cell(plan.reason))}**")
    if plan.notices:
        notices = "\n".join(f"- {escape_cell(notice.text(language))}" for notice in plan.notices)
        parts.append(f"**{text('approval.remarks', language)}**\n\n{notices}")
    headings = [text(f"approval.{column}", language) for column in _COLUMNS]
    rows = [_make_row(mail, language, board) for mail in plan.messages]
    return "\n\n".join([*parts, format_table(headings, rows)])


def describe_unsent(sent: DispatchSummary, language: str) -> str:
    """How much was not sent, and what the mail server said."""
    counts = {"pending": sent.pending, "failed": sent.failed, "uncertain": sent.uncertain}
    return f"{text('approval.left', language, **counts)} {sent.trouble}".strip()


def _make_row(mail: PlannedMail, language: str, board: str) -> tuple[str, ...]:
    """One mail: to whom, in which language, its documents to look at, how large."""
    documents = " ".join(
        _format_document_link(file, board)
        for file in mail.attachments
        if file.use is not AttachmentUse.CHECK
    )
    recipient = f"{escape_cell(mail.to_name)} ({escape_cell(mail.to_email)})"
    return recipient, mail.language, documents, _format_size(mail, language)


def _format_document_link(file: Attachment, board: str) -> str:
    """A document by its name, with a link to exactly the edition that would be sent."""
    name = escape_cell(file.name).replace("[", "(").replace("]", ")")
    return f"[{name}]({board}/edition/{file.sha256})"


def _format_size(mail: PlannedMail, language: str) -> str:
    return text("approval.kilobytes", language, number=round(mail.size / 1000))
