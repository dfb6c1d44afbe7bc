"""What is kept of an answer: approved, or rejected and built again; and what if none comes.

What must not go here: sending what was approved (``dispatching``).
"""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import IST, HalfYear
from cpsa.cycle import notices
from cpsa.cycle.build_documents import build
from cpsa.cycle.dispatching import plan_dispatch
from cpsa.cycle.office import Office
from cpsa.cycle.posting import Sent
from cpsa.cycle.remarks import REJECTED
from cpsa.cycle.results import Built
from cpsa.errors import RequestError
from cpsa.messages import text
from cpsa.store import judgements
from cpsa.store.database import writing

APPROVED = "approve dispatch"


def approve(office: Office, half: HalfYear, who: str, how: str, answered_at: datetime) -> None:
    """Keep who said that a half-year may leave, and how; once, however often a task is run."""
    with writing(office.engine) as connection:
        before = judgements.last_audit(connection, APPROVED, half.key)
        if before is None or before.at != answered_at:
            judgements.add_audit(connection, answered_at, who, APPROVED, half.key, how)


def reject(office: Office, half: HalfYear, who: str, reason: str, now: datetime) -> Built:
    """Record why a half-year must not leave as it is, and build its documents again.

    RequestError when there is no reason: who mends it must know what to mend.
    """
    if not reason.strip():
        raise RequestError("cycle.no_reason")
    with writing(office.engine) as connection:
        judgements.add_audit(connection, now, who, REJECTED, half.key, reason.strip())
    return build(office, half, now)


def escalate(office: Office, half: HalfYear, now: datetime, worker: str) -> Sent:
    """Tell ops by mail that nobody has answered whether a half-year may leave; once a day."""
    language = office.settings.language
    plan = plan_dispatch(office, half, now)
    lines = [
        text("dispatch.unanswered.what", language, half=half.label(language)),
        text("dispatch.unanswered.mails", language, number=len(plan.messages)),
        *(remark.text(language) for remark in plan.remarks),
        text("dispatch.unanswered.mend", language, half=half.key),
    ]
    subject = text("dispatch.unanswered.subject", language, half=half.key)
    slot = f"unanswered {now.astimezone(IST):%Y-%m-%d}"
    return notices.tell(office, half.key, slot, subject, lines, now, worker)
