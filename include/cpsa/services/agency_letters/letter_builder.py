"""From a due letter to the message that the ledger plans: what an agency's letter is about.

What belongs here: gathering what a letter of each kind says. What must not: whether it is due
(``due_letters``), its wording (``templates/letters``), and planning (``send_letters``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from cpsa import signed_links
from cpsa.calendar import last_day_before
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.framework.model import QUERY_RULE_KIND
from cpsa.intake.channels.unusable_content import REASON
from cpsa.letters.letter_context import LetterContext, LetterFile, PageLink
from cpsa.letters.letter_kinds import LetterKind
from cpsa.letters.letter_message import build_message
from cpsa.letters.letter_policy import LetterPolicy
from cpsa.reference.programme_in_use import get_programme
from cpsa.services.agency_letters.closing_results import ClosingResults, load_closing_results
from cpsa.services.agency_letters.due_letters import CHECK_RESULT_KINDS, DueLetter
from cpsa.services.agency_letters.letter_attachment import store_attachment
from cpsa.services.agency_letters.reported_decisions import list_decisions_to_report
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import (
    compute_due_date_if_requested,
    find_last_end,
    load_due_dates,
)
from cpsa.services.examination.submitted_figures import SubmissionReading, load_submission_reading
from cpsa.services.quarter.agency_quarter import (
    AgencyQuarter,
    SubmissionSummary,
    load_agency_quarter,
)
from cpsa.services.workbooks.build_template import build_template
from cpsa.services.workbooks.mark_workbook import mark_workbook
from cpsa.store.database import read_transaction
from cpsa.store.queries import arrival_queries, closing_queries, figure_query_queries
from cpsa.submissions.current import newest_accepted
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.open_finding import is_open
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.submissions.state import SubmissionState

_KINDS_WITHOUT_FILE = (
    LetterKind.CLOSING,
    LetterKind.WITHDRAWN,
    LetterKind.QUERY,
    LetterKind.UNUSABLE,
)
_UNUSED_STATES = (
    SubmissionState.REJECTED,
    SubmissionState.UNREADABLE,
)  # nothing of such a file is used


class QuarterDates(NamedTuple):
    """The due dates of a quarter's agencies, and the end of the window or of the latest of them."""

    dates: Mapping[str, DueDate]
    last_end: datetime


@dataclass(frozen=True)
class LetterSource:
    """From what a letter is made: what is due, the agency's quarter, and the letter without its matter."""

    context: AppContext
    due_letter: DueLetter
    agency_quarter: AgencyQuarter
    letter: LetterContext

    @property
    def earlier(self) -> LetterFile | None:
        """The accepted file that counts until the letter's version is; None where there is none."""
        before = [
            submission
            for submission in self.agency_quarter.submissions
            if submission.version < self.due_letter.version
        ]
        counting = newest_accepted(before)
        return _make_file(counting) if counting else None


@dataclass(frozen=True)
class LetterBuilder:
    """Builds letters from the store as it is now."""

    context: AppContext
    policy: LetterPolicy
    now: datetime
    _closings: dict[str, ClosingResults] = field(default_factory=dict)
    _dates: dict[str, QuarterDates] = field(default_factory=dict)

    def build(self, due_letter: DueLetter) -> MailMessage | None:
        """The message of a letter; None when it is no longer due."""
        source = self._make_source(due_letter)
        if due_letter.kind is LetterKind.CLOSING:
            letter = self._gather_closing(source)
        else:
            letter = _GATHERERS[due_letter.kind](source)
        if letter is None:
            return None
        decisions = list_decisions_to_report(self.context, due_letter)
        return build_message(self.context.settings.templates, replace(letter, decisions=decisions))

    def _make_source(self, due_letter: DueLetter) -> LetterSource:
        agency_quarter = load_agency_quarter(self.context, due_letter.agency, due_letter.quarter)
        file = (
            None
            if due_letter.kind in _KINDS_WITHOUT_FILE
            else self._find_file(agency_quarter, due_letter.version)
        )
        due_date, closes_after = self._find_due_date(due_letter)
        settings, quarter = self.context.settings, due_letter.quarter
        letter = LetterContext(
            template=due_letter.kind.name.lower(),
            cycle=quarter.key,
            slot=due_letter.slot,
            recipient=agency_quarter.agency,
            name=agency_quarter.name.in_(agency_quarter.language),
            email=agency_quarter.email,
            language=agency_quarter.language,
            reply_to=settings.mail_from,
            reference=f"{get_programme().reference_prefix}/{quarter.key}/{agency_quarter.agency}/{due_letter.slot.upper()}",
            period=quarter,
            link=self._make_link(
                agency_quarter, file.received_at if file else due_letter.step_at, closes_after
            ),
            due_date=due_date,
            closes_after=closes_after,
            file=file,
            framework=self.context.load_framework(quarter),
            portal_url=settings.portal_url,
            closed=agency_quarter.closed,
        )
        return LetterSource(self.context, due_letter, agency_quarter, letter)

    def _find_file(self, agency_quarter: AgencyQuarter, version: int) -> LetterFile | None:
        """A version, with what its sender should know of how it came."""
        file = _find_file(agency_quarter, version)
        if file is None:
            return None
        key = (agency_quarter.agency, agency_quarter.quarter.key, version)
        with read_transaction(self.context.engine) as connection:
            return replace(file, notice=arrival_queries.find_version_notice(connection, *key))

    def _find_due_date(self, due_letter: DueLetter) -> tuple[DueDate, datetime]:
        """The due date in the letter, and until when the quarter stays open for the agency."""
        key = due_letter.quarter.key
        if key not in self._dates:
            with read_transaction(self.context.engine) as connection:
                dates = load_due_dates(connection, due_letter.quarter)
                self._dates[key] = QuarterDates(
                    dates, find_last_end(connection, due_letter.quarter)
                )
        quarter_dates = self._dates[key]
        due_date = quarter_dates.dates.get(due_letter.agency, DueDate(due_letter.quarter.due_by))
        if due_letter.kind in (LetterKind.REQUEST, LetterKind.REMINDER):
            due_date = compute_due_date_if_requested(due_letter.quarter, due_date, self.now)
        counts = due_date.requested or due_date.extended
        return due_date, max(
            quarter_dates.last_end, due_date.due_by
        ) if counts else quarter_dates.last_end

    def _make_link(
        self, agency_quarter: AgencyQuarter, since: datetime | None, closes_after: datetime
    ) -> PageLink | None:
        """``since``: when the file came, or when CPSA sent its question."""
        portal_url = self.context.settings.portal_url
        if portal_url is None:
            return None
        until = self.policy.compute_link_end(closes_after, since)
        agency_link = signed_links.AgencyLink(
            agency_quarter.agency, agency_quarter.quarter.key, until
        )
        return PageLink(
            f"{portal_url}/u/{signed_links.sign_link(self.context.seal_key, agency_link)}", until
        )

    def _gather_closing(self, source: LetterSource) -> LetterContext | None:
        quarter = source.due_letter.quarter
        if quarter.key not in self._closings:
            with read_transaction(self.context.engine) as connection:
                framework = self.context.load_framework(quarter, connection)
                self._closings[quarter.key] = load_closing_results(connection, quarter, framework)
        closing = self._closings[quarter.key]
        result = closing.results.get(source.due_letter.agency)
        return (
            replace(source.letter, closed_at=closing.closed_at, result=result) if result else None
        )


def _gather_request(source: LetterSource) -> LetterContext:
    return replace(source.letter, attachments=(_build_template(source),))


def _gather_receipt(source: LetterSource) -> LetterContext | None:
    if source.letter.file is None:
        return None
    try:
        figures, officer = _read_figures_back(source)
    except Exception:  # what made the check of this file fail must not stop its receipt
        figures, officer = None, SigningOfficer()
    file = replace(source.letter.file, officer=officer.line)
    return replace(source.letter, file=file, earlier=source.earlier, figures=figures)


def _gather_returned(source: LetterSource) -> LetterContext | None:
    state = _get_reported_state(source)
    if state is None:
        return None
    agency_quarter = source.agency_quarter
    workbooks = _build_marked_workbook(source)
    is_fresh = not workbooks and state in _UNUSED_STATES
    return replace(
        source.letter,
        state=state,
        findings=[
            finding
            for finding in agency_quarter.findings
            if is_open(finding, agency_quarter.explained.get(finding, ""))
        ],
        attachments=(_build_template(source),) if is_fresh else workbooks,
        is_fresh=is_fresh,
        earlier=source.earlier,
        figures=_read_figures_back(source).figures if state == SubmissionState.RETURNED else None,
    )


def _gather_accepted(source: LetterSource) -> LetterContext | None:
    if _get_reported_state(source) is None:
        return None
    file_findings = set(source.agency_quarter.findings)
    warnings = [
        finding for finding in source.agency_quarter.open_warnings if finding in file_findings
    ]
    return replace(
        source.letter,
        findings=warnings,
        attachments=_build_marked_workbook(source) if warnings else (),
        figures=_read_figures_back(source).figures,
    )


def _gather_query(source: LetterSource) -> LetterContext | None:
    """A question about a figure; None once it is answered, withdrawn or the figure corrected."""
    with read_transaction(source.context.engine) as connection:
        query = figure_query_queries.find_query(connection, source.due_letter.query)
    if query is None or query.withdrawn_at is not None:
        return None
    rules = source.context.load_framework(source.due_letter.quarter).rules
    questions = [
        finding
        for finding in source.agency_quarter.open_warnings
        if rules[finding.rule].kind == QUERY_RULE_KIND
        and (finding.indicator, finding.dimension) == (query.indicator, query.dimension)
    ]
    accepted = [
        submission
        for submission in source.agency_quarter.submissions
        if submission.state == SubmissionState.ACCEPTED
    ]
    if not questions or not accepted:
        return None
    file = _make_file(accepted[-1])
    workbooks = _build_marked_workbook(source, file.version)
    return replace(source.letter, file=file, findings=questions, attachments=workbooks)


def _gather_locked_out(source: LetterSource) -> LetterContext | None:
    if _get_reported_state(source) is None:
        return None
    return replace(source.letter, earlier=source.earlier)


def _gather_withdrawn(source: LetterSource) -> LetterContext | None:
    with read_transaction(source.context.engine) as connection:
        newest = closing_queries.find_newest_version(connection, source.due_letter.quarter.key)
    if newest is None or newest["version"] != source.due_letter.version:
        return None
    return replace(source.letter, closed_at=newest["closed_at"])


def _gather_unusable(source: LetterSource) -> LetterContext | None:
    quarter = source.due_letter.quarter
    with read_transaction(source.context.engine) as connection:
        mails = arrival_queries.list_refused_mails(connection, REASON, quarter.key)
    mail = next((row for row in mails if row.id == source.due_letter.version), None)
    if mail is None:
        return None
    file = LetterFile(str(mail.params.get("files", "")), mail.received_at)
    return replace(source.letter, kind=mail.problem.removeprefix(REASON), file=file)


def _gather_reminder(source: LetterSource) -> LetterContext | None:
    step, deadlines = source.due_letter.step, source.letter.deadlines
    if step is None:
        return None
    newest = source.agency_quarter.newest
    return replace(
        source.letter,
        is_overdue=step.get_day(deadlines) > last_day_before(deadlines.due_by),
        file=_make_file(newest) if newest else None,
        attachments=() if newest else (_build_template(source),),
    )


_GATHERERS: Mapping[LetterKind, Callable[[LetterSource], LetterContext | None]] = {
    LetterKind.REQUEST: _gather_request,
    LetterKind.RECEIPT: _gather_receipt,
    LetterKind.RETURNED: _gather_returned,
    LetterKind.ACCEPTED: _gather_accepted,
    LetterKind.LOCKED_OUT: _gather_locked_out,
    LetterKind.QUERY: _gather_query,
    LetterKind.REMINDER: _gather_reminder,
    LetterKind.WITHDRAWN: _gather_withdrawn,
    LetterKind.UNUSABLE: _gather_unusable,
}


def _get_reported_state(source: LetterSource) -> str | None:
    """The state of the newest file, if it is still the one that the letter reports."""
    newest, due_letter = source.agency_quarter.newest, source.due_letter
    if newest is None or newest.version != due_letter.version:
        return None
    return newest.state if CHECK_RESULT_KINDS.get(newest.state) is due_letter.kind else None


def _find_file(agency_quarter: AgencyQuarter, version: int) -> LetterFile | None:
    submissions = agency_quarter.submissions
    return next((_make_file(row) for row in submissions if row.version == version), None)


def _make_file(submission: SubmissionSummary) -> LetterFile:
    return LetterFile(
        submission.file_name,
        submission.received_at,
        submission.version,
        submission.receipt,
        officer=submission.officer.line,
    )


def _read_figures_back(source: LetterSource) -> SubmissionReading:
    """The figures of the file as they were read, in the agency's language, and who signed it."""
    due_letter, language = source.due_letter, source.letter.language
    return load_submission_reading(
        source.context, due_letter.agency, due_letter.quarter, due_letter.version, language
    )


def _build_template(source: LetterSource) -> Attachment:
    due_letter = source.due_letter
    due_day = last_day_before(source.letter.deadlines.due_by)
    content = build_template(source.context, due_letter.agency, due_letter.quarter, due_day=due_day)
    return _store_workbook(source, content)


def _build_marked_workbook(source: LetterSource, version: int = 0) -> tuple[Attachment, ...]:
    """The agency's own workbook of a version, by default the one that the letter is about; none
    where it sent none."""
    due_letter, language = source.due_letter, source.letter.language
    content = mark_workbook(
        source.context,
        due_letter.agency,
        due_letter.quarter,
        version or due_letter.version,
        language,
    )
    return (_store_workbook(source, content),) if content else ()


def _store_workbook(source: LetterSource, content: bytes) -> Attachment:
    """Its name has agency and quarter, so that a file sent back names both; in ASCII for every system."""
    due_letter = source.due_letter
    name = f"{due_letter.agency} {due_letter.quarter.key}.xlsx"
    return store_attachment(source.context, content, name)
