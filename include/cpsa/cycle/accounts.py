"""One agency's account for one quarter: what it owes, what it sent, and what became of it.

What the portal shows and letters tell. Derived from the store at every call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from cpsa.bilingual import Text
from cpsa.calendar import Quarter
from cpsa.check import explained
from cpsa.check.finding import Finding
from cpsa.collect.arrival import receipt_number
from cpsa.cycle.explaining import findings_in
from cpsa.cycle.office import Office
from cpsa.cycle.standing import Standing
from cpsa.errors import RequestError
from cpsa.framework import Framework
from cpsa.store import closings, judgements
from cpsa.store.database import reading
from cpsa.store.judgements import Stated


@dataclass(frozen=True)
class Received:
    """One version of an update. ``examined_at`` is None while nobody has looked at it."""

    version: int
    state: str
    received_at: datetime
    examined_at: datetime | None
    sha256: str
    file_name: str
    channel: str
    receipt: str


@dataclass(frozen=True)
class Account:
    """An agency's account. ``state`` is that of the obligation: expected, submitted, accepted or
    missing, and more exactly returned, rejected, unreadable or held where the newest file is.

    ``findings`` are those of the newest update that was examined, in the order told;
    ``explained`` gives the warnings among them that the agency has answered.
    """

    agency: str
    form: str
    name: Text
    email: str
    language: str
    quarter: Quarter
    state: str
    closed: bool
    submissions: tuple[Received, ...] = ()
    findings: tuple[Finding, ...] = ()
    explained: Mapping[Finding, str] = field(default_factory=dict)

    @property
    def newest(self) -> Received | None:
        return self.submissions[-1] if self.submissions else None

    @property
    def open_warnings(self) -> tuple[Finding, ...]:
        """Warnings that nobody has explained or waived."""
        return tuple(
            one
            for one in self.findings
            if one.severity == "warning" and not one.waived and one not in self.explained
        )


def account(office: Office, agency: str, quarter: Quarter) -> Account:
    """The account of an agency; RequestError when it owes nothing for this quarter."""
    with reading(office.engine) as connection:
        return read_account(office, connection, agency, quarter)


def read_account(office: Office, connection: Connection, agency: str, quarter: Quarter) -> Account:
    """``account`` within a transaction."""
    active = office.roll(connection).active_in(quarter.key)
    rows = active[active["code"] == agency]
    if rows.empty:
        raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
    row = rows.iloc[0]
    closed = closings.first_closing(connection, quarter.key) is not None
    standing = Standing.read(connection, quarter.key, [agency])
    own = standing.of(quarter.key)
    findings, answers = _findings(connection, own, agency, office.framework(quarter))
    return Account(
        agency=agency,
        form=row["form"],
        name=Text(row["name_en"], row["name_hi"]),
        email=row["email"],
        language=row["language"],
        quarter=quarter,
        state=_state(standing, own, quarter, closed),
        closed=closed,
        submissions=tuple(map(_received, own)),
        findings=findings,
        explained=answers,
    )


def _state(standing: Standing, own: Sequence[Stated], quarter: Quarter, closed: bool) -> str:
    if any(standing.counts(one) for one in own):
        return "accepted"
    if not own:
        return "missing" if closed else "expected"
    newest = own[-1].state
    return "submitted" if newest == "received" else newest


def _received(row: Stated) -> Received:
    return Received(
        version=row.version,
        state=row.state,
        received_at=row.received_at,
        examined_at=row.examined_at,
        sha256=row.sha256,
        file_name=row.file_name,
        channel=row.channel,
        receipt=receipt_number(row.agency, row.quarter, row.version, row.sha256),
    )


def _findings(
    connection: Connection, own: Sequence[Stated], agency: str, framework: Framework
) -> tuple[tuple[Finding, ...], Mapping[Finding, str]]:
    examined = [one.examination_id for one in own if one.state != "held" and one.examination_id]
    found = findings_in(connection, examined[-1:])
    if not found:
        return (), {}
    said = judgements.explanations(connection, found[0].quarter, [agency])
    return tuple(found), explained(found, said, framework)
