"""One agency's account for one quarter: what it owes, what it sent, and what became of it.

What the portal shows and letters tell. Derived from the store at every call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from cpsa.bilingual import Text
from cpsa.calendar import Quarter
from cpsa.check import explained
from cpsa.collect.arrival import receipt_number
from cpsa.cycle.due_dates import agency_due_date
from cpsa.cycle.explaining import current_findings, newest_findings
from cpsa.cycle.office import Office
from cpsa.cycle.standing import Standing
from cpsa.errors import RequestError
from cpsa.store import closings, judgements
from cpsa.store.database import reading
from cpsa.store.judgements import Stated
from cpsa.store.signing_officers import list_signing_officers
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.finding import Finding, subject_of
from cpsa.submissions.open_finding import WARNING, is_open, open_warnings
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.submissions.state import SubmissionState


@dataclass(frozen=True)
class Received:
    """One version of an update. ``examined_at`` is None while nobody has looked at it.

    ``officer``: who signed it, once it was examined, as far as its file says so.
    """

    version: int
    state: str
    received_at: datetime
    examined_at: datetime | None
    sha256: str
    file_name: str
    channel: str
    receipt: str
    officer: SigningOfficer = field(default_factory=SigningOfficer)


@dataclass(frozen=True)
class Account:
    """An agency's account. ``state``: the agency's state (``cpsa.submissions.current``).

    ``findings`` are those of the newest update that was examined, in the order told;
    ``current_findings`` those of the current submission and the newest closing that the agency can
    answer; ``explained`` gives the explanations that are valid for any of them.
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
    current_findings: tuple[Finding, ...] = ()
    explained: Mapping[Finding, str] = field(default_factory=dict)
    open_warnings: tuple[Finding, ...] = ()
    due_date: DueDate | None = None

    @property
    def newest(self) -> Received | None:
        return self.submissions[-1] if self.submissions else None

    @property
    def locked_out(self) -> bool:
        """Whether the newest file waits for a lock exception."""
        return self.newest is not None and self.newest.state == SubmissionState.LOCKED_OUT

    @cached_property
    def all_findings(self) -> tuple[Finding, ...]:
        """``findings``, then what is open beside them: in the current submission and at closing."""
        about = {subject_of(finding) for finding in self.findings}
        others = (one for one in self.current_findings if subject_of(one) not in about)
        return (*self.findings, *others)

    @cached_property
    def to_explain(self) -> tuple[Finding, ...]:
        """Warnings without an explanation: the open ones, and those of a newer file."""
        return tuple(
            finding
            for finding in self.all_findings
            if finding.severity == WARNING and is_open(finding, self.explained.get(finding, ""))
        )


def account(office: Office, agency: str, quarter: Quarter) -> Account:
    """The account of an agency; RequestError when it owes nothing for this quarter."""
    with reading(office.engine) as connection:
        return read_account(office, connection, agency, quarter)


def read_account(office: Office, connection: Connection, agency: str, quarter: Quarter) -> Account:
    """``account`` within a transaction."""
    active = office.register_of_quarter(connection, quarter).active_in(quarter.key)
    rows = active[active["code"] == agency]
    if rows.empty:
        raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
    row = rows.iloc[0]
    today = office.roll(connection).agencies
    email, language = next(
        iter(today.loc[today["code"] == agency, ["email", "language"]].itertuples(index=False)),
        (row["email"], row["language"]),
    )
    closed = closings.first_closing(connection, quarter.key) is not None
    standing = Standing.read(connection, quarter.key, [agency])
    own = standing.of(quarter.key)
    framework = office.framework(quarter, connection)
    findings = newest_findings(connection, own)
    current = current_findings(connection, own, agency, quarter.key, framework)
    said = judgements.explanations(connection, quarter.key, [agency])
    answers = explained((*findings, *current), said, framework)
    officers = list_signing_officers(connection, [row.id for row in own])
    return Account(
        agency=agency,
        form=row["form"],
        name=Text(row["name_en"], row["name_hi"]),
        email=email,
        language=language,
        quarter=quarter,
        state=standing.state(agency, quarter.key, closed),
        closed=closed,
        submissions=tuple(_received(row, officers.get(row.id)) for row in own),
        findings=tuple(findings),
        due_date=agency_due_date(connection, quarter, agency),
        current_findings=tuple(current),
        explained=answers,
        open_warnings=tuple(open_warnings(current, answers, framework)),
    )


def _received(row: Stated, officer: SigningOfficer | None) -> Received:
    return Received(
        version=row.version,
        state=row.state,
        received_at=row.received_at,
        examined_at=row.examined_at,
        sha256=row.sha256,
        file_name=row.file_name,
        channel=row.channel,
        receipt=receipt_number(row.agency, row.quarter, row.version, row.sha256),
        officer=officer or SigningOfficer(),
    )
