"""Sending a half-year's documents: what goes to whom, and then, once approved, the ledger's work.

What has left is never planned again, whatever was built since: newer editions leave as a revision,
which a person asks for with a reason. What must not go here: which documents a seat is due
(``packing``), what of them has changed (``revising``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cpsa.calendar import IST, HalfYear
from cpsa.cycle import received, remarks
from cpsa.cycle.building import edition
from cpsa.cycle.files import write_whole
from cpsa.cycle.office import Office
from cpsa.cycle.pack_states import read_pack_states
from cpsa.cycle.packing import Packing, size
from cpsa.cycle.posting import Sent, mail_port
from cpsa.cycle.received import Post
from cpsa.cycle.remarks import Remark
from cpsa.cycle.revising import Revising
from cpsa.cycle.stale_periods import is_stale
from cpsa.cycle.standing import digest
from cpsa.deliver import ledger, pack
from cpsa.deliver.message import Message
from cpsa.documents import Kind
from cpsa.errors import RequestError
from cpsa.store import documents as shelf
from cpsa.store import judgements, questions
from cpsa.store.database import reading, writing
from cpsa.store.tables.dispatch import State
from cpsa.store.tables.publication import QuestionOutcome, question

REVISED, BACKFILLED = "send revise", "send backfill"
BY_HAND = "send"  # without an approval in Airflow
_NOTE = str(Kind.RESTATEMENT_NOTE)
LONG_PAST = timedelta(days=45)  # after its dispatch day a half-year leaves only when told


@dataclass(frozen=True)
class PlannedMail:
    """One mail as an approver sees it; ``size`` in bytes of what is attached.

    ``revision``: whether the seat has got documents before.
    """

    message: Message
    size: int
    revision: bool = False

    def __getattr__(self, name: str):
        return getattr(self.message, name)


@dataclass(frozen=True)
class Plan:
    """What would leave now. ``sent``: seats that have theirs; ``outdated``: an older edition.

    ``notes``: the restatement notes among the files, as they are registered when they leave.
    """

    half: str
    messages: tuple[PlannedMail, ...]
    sent: int
    outdated: int
    remarks: tuple[Remark, ...] = ()
    reason: str = ""
    built_at: datetime | None = None
    notes: tuple[Mapping[str, Any], ...] = ()
    unknown_departments: tuple[str, ...] = ()
    former_codes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Names these documents for these seats, mail by mail, so that what is sent was approved."""
        return ".".join(_part(mail.recipient, mail) for mail in self.messages)

    def is_approved(self, approved: str) -> bool:
        """Whether each mail is among those of an approved digest, also by a former code."""
        parts = set(filter(None, approved.split(".")))
        return all(
            any(_part(name, mail) in parts for name in self._names(mail)) for mail in self.messages
        )

    def _names(self, mail: PlannedMail) -> list[str]:
        """What a recipient is called, and was while its department had another code."""
        code, _, place = mail.recipient.partition(":")
        former = self.former_codes.get(code, ())
        return [mail.recipient, *(f"{earlier}:{place}" for earlier in former)]

    def as_json(self) -> dict[str, object]:
        mails = [
            {
                "recipient": one.recipient,
                "language": one.language,
                "attachments": [attachment.name for attachment in one.attachments],
                "size": one.size,
                "revision": one.revision,
            }
            for one in self.messages
        ]
        return {"half": self.half, "mails": mails, "sent": self.sent, "outdated": self.outdated}


def plan_dispatch(office: Office, half: HalfYear, now: datetime, revise: str = "") -> Plan:
    """What would go to whom; sends and records nothing.

    ``revise``: why documents that changed are sent again, as a revision, to whoever got the
    earlier ones. RequestError while the documents are not built.
    """
    packing = Packing.read(office, half, now)
    with reading(office.engine) as connection:
        posts = received.read(connection, half, office.reference.department_codes)
        before = judgements.last_audit(connection, REVISED, half.key)
    reason = revise.strip()
    comparing = Revising(packing, reason or (before.reason if before else ""))
    seats = [(seat, posts.get(seat.id, Post())) for seat in packing.seats]
    planned = []
    for seat, post in seats:
        message = _owed(comparing, seat, post, bool(reason))
        if message is not None:
            planned.append(_planned(message, bool(post.documents)))
    outdated = sum(comparing.is_outdated(seat, post) for seat, post in seats)
    return Plan(
        half.key,
        tuple(planned),
        sum(post.mails > 0 and not post.waits for _, post in seats),
        outdated,
        remarks.of(packing, [one.message for one in planned], 0 if reason else outdated),
        reason,
        max(
            (one["built_at"] for name, one in packing.built.items() if name[0] != _NOTE),
            default=None,
        ),
        tuple(comparing.rows),
        packing.unknown_departments,
        {code: found.former for code, found in office.reference.departments.items()},
    )


def send(
    office: Office,
    half: HalfYear,
    now: datetime,
    worker: str,
    approved: str | None = None,
    at_once: bool = False,
    revise: str = "",
    who: str = "",
    backfill: bool = False,
) -> Sent:
    """Send what has not left yet. ``approved``: the digest of the plan a person approved.

    ``at_once`` also tries what waits for its next attempt: a person knows the cause is gone.
    ``revise``: see ``plan_dispatch``; kept in the audit trail with ``who`` asked for it, as is
    ``backfill``, without which nothing leaves long after its day. RequestError when the documents
    are no longer those that were approved. Mail that the server does not take now stays in the
    ledger, with the reason and the next attempt.
    """
    plan = plan_dispatch(office, half, now, revise)
    require_approved(plan, half, approved)
    require_current(office, plan, half)
    require_recent(plan, half, now, backfill)
    with mail_port(office) as port:
        _record(office, half, plan, now, who or worker, backfill, by_hand=approved is None)
        if at_once:
            ledger.hasten(office.engine, half.key)
        result = ledger.dispatch(office.engine, half.key, port, worker)
    if approved is None and plan.messages and not plan.reason:
        _end_question(office, half, now)
    with reading(office.engine) as connection:
        states = read_pack_states(connection, half)
    sent = Sent.of(half.key, result, office.settings.language, already=plan.sent)
    sent = sent.naming(states.waiting, states.refused)
    return replace(sent, unknown_departments=plan.unknown_departments)


def _end_question(office: Office, half: HalfYear, now: datetime) -> None:
    """Who sends by hand has answered the question that waits in Airflow."""
    with writing(office.engine) as connection:
        of_half = question.c.half == half.key
        questions.end_questions(connection, QuestionOutcome.APPROVED, now, of_half)


def require_approved(plan: Plan, half: HalfYear, approved: str | None) -> None:
    """RequestError when something would leave now that was not approved.

    What has left since may be missing: a run that broke off halfway goes on where it was.
    """
    if approved is not None and not plan.is_approved(approved):
        built = plan.built_at.astimezone(IST).strftime("%d.%m.%Y %H:%M") if plan.built_at else "–"
        raise RequestError("cycle.approved_other", period=half.key, built=built)


def require_current(office: Office, plan: Plan, half: HalfYear) -> None:
    """RequestError when something would be sent that is older than what the store holds."""
    with reading(office.engine) as connection:
        if plan.messages and is_stale(connection, half):
            raise RequestError("cycle.not_current", period=half.key)


def _part(recipient: str, mail: PlannedMail) -> str:
    return digest((recipient, mail.message.digest))[:16]


def require_recent(plan: Plan, half: HalfYear, now: datetime, backfill: bool) -> None:
    """RequestError when something would leave long after its day and nobody said that it may."""
    if plan.messages and now > half.dispatch_at + LONG_PAST and not backfill:
        day = half.dispatch_at.astimezone(IST)
        raise RequestError("cycle.long_past", period=half.key, day=day, mails=len(plan.messages))


def _record(
    office: Office,
    half: HalfYear,
    plan: Plan,
    now: datetime,
    who: str,
    backfill: bool,
    by_hand: bool,
) -> None:
    """Put into the ledger what is owed, and into the audit trail what a person asked for."""
    verbs = [REVISED] if plan.reason else []
    if backfill and now > half.dispatch_at + LONG_PAST:
        verbs.append(BACKFILLED)
    if by_hand and not verbs:
        verbs.append(BY_HAND)
    if plan.messages and verbs:
        with writing(office.engine) as connection:
            for verb in verbs:
                judgements.add_audit(connection, now, who, verb, half.key, plan.reason)
    with writing(office.engine) as connection:
        shelf.add_new(connection, plan.notes)
    for one in plan.notes:
        kept, shown = edition(office, one["sha256"]), office.settings.documents / one["path"]
        write_whole(shown, kept.read_bytes())
    owed = [one.message for one in plan.messages]
    if plan.reason:
        ledger.plan(office.engine, owed, now, revise=True, secret=office.seal_key)
    else:
        ledger.plan(office.engine, owed, now, renew=True, secret=office.seal_key)


def _owed(comparing: Revising, seat: pack.Seat, post: Post, revise: bool) -> Message | None:
    """The mail a seat is owed now: its first, one that waits or came back, or a revision."""
    corrected = post.email.casefold() != seat.email.strip().casefold()
    came_back = post.state is State.BOUNCED and corrected
    if not (post.state is None or post.waits or came_back or revise):
        return None
    if post.documents:
        message = comparing.mail(seat, post)
    else:
        packing = comparing.packing
        files = [packing.file(one) for one in packing.due_to(seat).values()]
        message = packing.mail(seat, files)
    if message is None or (post.gave_up and not corrected and message.digest == post.digest):
        return None  # what was refused is tried again only when a person says so
    return message


def _planned(message: Message, revision: bool) -> PlannedMail:
    return PlannedMail(message, size(message.attachments), revision)
