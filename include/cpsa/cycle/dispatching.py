"""Sending a half-year's documents: what goes to whom, and then, once approved, the ledger's work.

What has left is never planned again, whatever was built since: a new edition needs a revision,
which a person asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from cpsa.calendar import HalfYear
from cpsa.cycle.building import edition
from cpsa.cycle.office import Office
from cpsa.cycle.posting import mail_port
from cpsa.cycle.standing import digest
from cpsa.deliver import ledger, pack
from cpsa.deliver.message import Attachment, Message
from cpsa.documents import ALL, STATE, Kind
from cpsa.errors import RequestError
from cpsa.messages import text
from cpsa.store import closings
from cpsa.store import documents as shelf
from cpsa.store.database import reading
from cpsa.store.tables.dispatch import State

NODAL_DEPARTMENT = "DOMSME"  # receives every compilation (road map, Stage III, Outcome 2)
MOST_URGENT = 3
_URGENCIES = ("high", "medium", "low")
_NOT_LEFT = {State.PENDING, State.FAILED, State.EXPIRED}


@dataclass(frozen=True)
class PlannedMail:
    """One mail as an approver sees it; ``size`` in bytes."""

    message: Message
    size: int

    def __getattr__(self, name: str):
        return getattr(self.message, name)


@dataclass(frozen=True)
class Plan:
    """What would leave now. ``sent``: seats that have theirs; ``outdated``: an older edition."""

    half: str
    messages: tuple[PlannedMail, ...]
    sent: int
    outdated: int

    @property
    def digest(self) -> str:
        """Names exactly these documents for these seats, so that what is sent was approved."""
        return digest(f"{one.recipient} {one.message.digest}" for one in self.messages)

    def as_json(self) -> dict[str, object]:
        mails = [
            {
                "recipient": one.recipient,
                "language": one.language,
                "attachments": [attachment.name for attachment in one.attachments],
                "size": one.size,
            }
            for one in self.messages
        ]
        return {"half": self.half, "mails": mails, "sent": self.sent, "outdated": self.outdated}


@dataclass(frozen=True)
class Sent:
    """``accepted`` counts this call; ``already`` had theirs before; the rest still waits."""

    half: str
    accepted: int
    failed: int
    uncertain: int
    pending: int
    already: int
    trouble: str = ""

    @property
    def complete(self) -> bool:
        return not (self.failed or self.uncertain or self.pending)

    def as_json(self) -> dict[str, object]:
        return dict(vars(self))


def plan_dispatch(office: Office, half: HalfYear) -> Plan:
    """What would go to whom; writes nothing. RequestError while the documents are not built."""
    with reading(office.engine) as connection:
        built = shelf.current(connection, half.key)
        actions = closings.actions(connection, half.last_quarter.key)
        recipients = office.registry(connection).recipients
    asked = actions[actions["quarter"].isin([quarter.key for quarter in half.quarters])]
    messages = [
        _message(office, half, seat, built, asked[asked["department"] == seat.department])
        for seat in pack.seats(recipients)
    ]
    standing = {
        line.recipient: line
        for line in ledger.outbox(office.engine, half.key)
        if line.slot == pack.SLOT and line.state != State.SUPERSEDED
    }
    left = {seat: line for seat, line in standing.items() if line.state not in _NOT_LEFT}
    waiting = [
        PlannedMail(one, sum(file.path.stat().st_size for file in one.attachments))
        for one in messages
        if one.recipient not in left
    ]
    outdated = sum(
        one.recipient in left and left[one.recipient].digest != one.digest for one in messages
    )
    return Plan(half.key, tuple(waiting), len(left), outdated)


def send(
    office: Office,
    half: HalfYear,
    now: datetime,
    worker: str,
    approved: str | None = None,
    at_once: bool = False,
) -> Sent:
    """Send what has not left yet. ``approved``: the digest of the plan a person approved.

    ``at_once`` also tries what waits for its next attempt: a person knows the cause is gone.
    RequestError when the documents are no longer those that were approved. Mail that the server
    does not take now stays in the ledger, with the reason and the next attempt.
    """
    plan = plan_dispatch(office, half)
    if approved is not None and plan.messages and plan.digest != approved:
        raise RequestError("cycle.approved_other", period=half.key)
    with mail_port(office) as port:
        ledger.plan(office.engine, [one.message for one in plan.messages], now, revise=True)
        if at_once:
            ledger.hasten(office.engine, half.key)
        result = ledger.dispatch(office.engine, half.key, port, worker)
    return Sent(
        half.key,
        result.accepted,
        result.failed,
        result.uncertain,
        result.pending,
        plan.sent,
        result.trouble.text(office.settings.language) if result.trouble else "",
    )


def _message(
    office: Office,
    half: HalfYear,
    seat: pack.Seat,
    built: Mapping[tuple[str, ...], Mapping],
    asked: pd.DataFrame,
) -> Message:
    departments = office.reference.departments
    if seat.department not in departments:
        raise RequestError("cycle.no_department", value=seat.department)
    own = [(Kind.POLICY_ACTIONS, seat.department), (Kind.LEARNING, STATE)]
    if seat.department == NODAL_DEPARTMENT:
        own.insert(0, (Kind.POLICY_ACTIONS, ALL))
    return pack.letter(
        office.settings.templates,
        half,
        departments[seat.department],
        seat,
        [_attachment(office, half, kind, subject, seat.language, built) for kind, subject in own],
        len(asked),
        _most_urgent(asked),
        office.settings.mail_from,
    )


def _attachment(
    office: Office,
    half: HalfYear,
    kind: Kind,
    subject: str,
    language: str,
    built: Mapping[tuple[str, ...], Mapping],
) -> Attachment:
    document = built.get((str(kind), half.key, subject, language, "pdf"))
    if document is None:
        raise RequestError("cycle.not_built", period=half.key)
    sha256 = document["sha256"]
    name = text(f"dispatch.file.{kind}", language, period=half.key, subject=subject)
    return Attachment(edition(office, sha256), name, sha256)


def _most_urgent(asked: pd.DataFrame) -> Sequence[str]:
    """The first lines of what is asked, the most urgent first, in the agencies' words."""
    ordered = sorted(
        asked.to_dict("records"), key=lambda row: (_URGENCIES.index(row["urgency"]), row["number"])
    )
    return [f"{row['number']}: {row['text']} {row['request']}" for row in ordered[:MOST_URGENT]]
