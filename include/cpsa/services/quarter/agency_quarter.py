"""One agency's state for one quarter: what is due, what it sent, and the outcome of each version.

What the portal shows and letters state. Derived from the store at every call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.i18n.text import Text
from cpsa.intake.arrival import receipt_number
from cpsa.registry.active_quarters import ActiveQuarters
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import find_agency_due_date
from cpsa.services.examination.current_findings import load_current_findings, load_newest_findings
from cpsa.store.database import read_transaction
from cpsa.store.queries import closing_queries, explanation_queries
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.queries.signing_officer_queries import list_signing_officers
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.explanations import match_explanations
from cpsa.submissions.finding import Finding, get_finding_subject
from cpsa.submissions.open_finding import WARNING, is_open, open_warnings
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.submissions.state import SubmissionState


@dataclass(frozen=True)
class SubmissionSummary:
    """One version of an update. ``examined_at`` is None until it is examined.

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
class AgencyQuarter:
    """An agency's state for a quarter. ``state``: the agency's state (``cpsa.submissions.current``).

    ``findings`` are those of the newest update that was examined, in the order in which they are listed;
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
    submissions: tuple[SubmissionSummary, ...] = ()
    findings: tuple[Finding, ...] = ()
    current_findings: tuple[Finding, ...] = ()
    explained: Mapping[Finding, str] = field(default_factory=dict)
    open_warnings: tuple[Finding, ...] = ()
    due_date: DueDate | None = None

    @property
    def newest(self) -> SubmissionSummary | None:
        return self.submissions[-1] if self.submissions else None

    @property
    def locked_out(self) -> bool:
        """Whether the newest file waits for a lock exception."""
        return self.newest is not None and self.newest.state == SubmissionState.LOCKED_OUT

    @cached_property
    def all_findings(self) -> tuple[Finding, ...]:
        """``findings``, then what is open beside them: in the current submission and at closing."""
        about = {get_finding_subject(finding) for finding in self.findings}
        other_findings = (
            current_finding
            for current_finding in self.current_findings
            if get_finding_subject(current_finding) not in about
        )
        return (*self.findings, *other_findings)

    @cached_property
    def to_explain(self) -> tuple[Finding, ...]:
        """Warnings without an explanation: the open ones, and those of a newer file."""
        return tuple(
            finding
            for finding in self.all_findings
            if finding.severity == WARNING and is_open(finding, self.explained.get(finding, ""))
        )


def load_agency_quarter(context: AppContext, agency: str, quarter: Quarter) -> AgencyQuarter:
    """The state of an agency for a quarter; RequestError when nothing is due from it for this quarter."""
    with read_transaction(context.engine) as connection:
        return read_agency_quarter(context, connection, agency, quarter)


def read_agency_quarter(
    context: AppContext, connection: Connection, agency: str, quarter: Quarter
) -> AgencyQuarter:
    """``load_agency_quarter`` within a transaction."""
    first_closing = closing_queries.find_first_closing(connection, quarter.key)
    closed = first_closing is not None
    today = context.load_register(connection)
    register = (
        context.load_register(connection, int(first_closing["registry_load"]))
        if first_closing is not None
        else today
    )
    row = register.find_agency(agency)
    if row is None or quarter.key not in ActiveQuarters(row["active_from"], row["active_to"]):
        raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
    now = today.find_agency(agency) or row
    submissions = StoredSubmissions.load(connection, quarter.key, [agency])
    own = submissions.for_quarter(quarter.key)
    # An open quarter has no closing to ask for, neither its framework nor its findings.
    framework = (
        context.load_framework(quarter, connection)
        if closed
        else context.load_framework_closed_with(connection, quarter, None)
    )
    findings = load_newest_findings(connection, own)
    closing = closing_queries.find_newest_closing_id(connection, quarter.key) if closed else None
    current = load_current_findings(connection, own, agency, closing, framework)
    explanations = explanation_queries.load_explanations(connection, quarter.key, [agency])
    answers = match_explanations((*findings, *current), explanations, framework)
    officers = list_signing_officers(connection, [row.id for row in own])
    return AgencyQuarter(
        agency=agency,
        form=row["form"],
        name=Text.from_columns(row, "name"),
        email=now["email"],
        language=now["language"],
        quarter=quarter,
        state=submissions.state(agency, quarter.key, closed=closed),
        closed=closed,
        submissions=tuple(_summarize_submission(row, officers.get(row.id)) for row in own),
        findings=tuple(findings),
        due_date=find_agency_due_date(connection, quarter, agency),
        current_findings=tuple(current),
        explained=answers,
        open_warnings=tuple(open_warnings(current, answers, framework)),
    )


def _summarize_submission(
    row: SubmissionRecord, officer: SigningOfficer | None
) -> SubmissionSummary:
    return SubmissionSummary(
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
