"""From a due letter to the message that the ledger plans: an agency's quarter, put into words.

What belongs here: fetching what a letter of each kind says. What must not: whether it is due
(``due_letters``), its wording (``cpsa.letters``), and planning (``send_letters``).
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
from cpsa.letters.check_result_letter import (
    build_accepted_letter,
    build_locked_out_letter,
    build_query_letter,
    build_returned_letter,
)
from cpsa.letters.closing_notice import build_closing_notice, build_closing_withdrawal
from cpsa.letters.decision_block import append_decisions
from cpsa.letters.letter_head import AgencyAddressee, LetterHead, PageLink, ReceivedFile
from cpsa.letters.letter_kinds import LetterKind
from cpsa.letters.letter_layout import LetterBody
from cpsa.letters.letter_message import build_message
from cpsa.letters.letter_policy import LetterPolicy
from cpsa.letters.receipt_letter import build_receipt
from cpsa.letters.reminder_letter import build_reminder
from cpsa.letters.request_letter import build_request
from cpsa.letters.unusable_mail_letter import build_unusable_mail_letter
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
class LetterContext:
    """One letter being written. ``file``: the version it is about, None where it is about none."""

    context: AppContext
    due_letter: DueLetter
    agency_quarter: AgencyQuarter
    head: LetterHead
    file: ReceivedFile | None


@dataclass(frozen=True)
class LetterContent:
    """What a letter says and what goes with it."""

    body: LetterBody
    attachments: tuple[Attachment, ...] = ()


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
        letter = self._make_context(due_letter)
        content = (
            self._build_closing(letter)
            if due_letter.kind is LetterKind.CLOSING
            else _BUILDERS[due_letter.kind](letter)
        )
        if content is None:
            return None
        templates_folder = self.context.settings.templates
        body = append_decisions(
            content.body, letter.head, list_decisions_to_report(self.context, due_letter)
        )
        return build_message(templates_folder, letter.head, body, content.attachments)

    def _make_context(self, due_letter: DueLetter) -> LetterContext:
        agency_quarter = load_agency_quarter(self.context, due_letter.agency, due_letter.quarter)
        file = (
            None
            if due_letter.kind in _KINDS_WITHOUT_FILE
            else self._add_notice(_find_file(agency_quarter, due_letter.version), due_letter)
        )
        due_date, closes_after = self._find_due_date(due_letter)
        head = LetterHead(
            agency=AgencyAddressee(
                agency_quarter.agency,
                agency_quarter.name,
                agency_quarter.email,
                agency_quarter.language,
            ),
            quarter=due_letter.quarter,
            slot=due_letter.slot,
            reply_to=self.context.settings.mail_from,
            link=self._make_link(
                agency_quarter, file.received_at if file else due_letter.step_at, closes_after
            ),
            due_date=due_date,
            closes_after=closes_after,
            portal_url=self.context.settings.portal_url,
        )
        return LetterContext(self.context, due_letter, agency_quarter, head, file)

    def _add_notice(self, file: ReceivedFile | None, due_letter: DueLetter) -> ReceivedFile | None:
        if file is None:
            return None
        key = (due_letter.agency, due_letter.quarter.key, file.version)
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

    def _build_closing(self, letter: LetterContext) -> LetterContent | None:
        key = letter.due_letter.quarter.key
        if key not in self._closings:
            with read_transaction(self.context.engine) as connection:
                self._closings[key] = load_closing_results(connection, letter.due_letter.quarter)
        closing = self._closings[key]
        result = closing.results.get(letter.due_letter.agency)
        if result is None:
            return None
        framework = self.context.load_framework(letter.due_letter.quarter)
        return LetterContent(
            build_closing_notice(letter.head, closing.closed_at, result, framework)
        )


def _build_request(letter: LetterContext) -> LetterContent:
    workbook = _build_template(letter)
    return LetterContent(build_request(letter.head, workbook.name), (workbook,))


def _build_receipt(letter: LetterContext) -> LetterContent | None:
    if letter.file is None:
        return None
    earlier = _find_earlier_file(letter.agency_quarter, letter.due_letter.version)
    try:
        figures, officer = _read_figures_back(letter)
    except Exception:  # what made the check of this file fail must not stop its receipt
        figures, officer = None, SigningOfficer()
    file = replace(letter.file, officer=officer.line)
    return LetterContent(build_receipt(letter.head, file, earlier=earlier, figures=figures))


def _build_returned(letter: LetterContext) -> LetterContent | None:
    state = _get_reported_state(letter)
    if state is None or letter.file is None:
        return None
    agency_quarter, due_letter = letter.agency_quarter, letter.due_letter
    findings = [
        finding
        for finding in agency_quarter.findings
        if is_open(finding, agency_quarter.explained.get(finding, ""))
    ]
    workbook = _build_marked_workbook(letter)
    workbook_kind = "marked" if workbook else ""
    if workbook is None and state in _UNUSED_STATES:
        workbook, workbook_kind = _build_template(letter), "fresh"
    body = build_returned_letter(
        letter.head,
        letter.file,
        state,
        findings,
        letter.context.load_framework(due_letter.quarter),
        workbook=workbook_kind,
        earlier=_find_earlier_file(agency_quarter, due_letter.version),
        closed=agency_quarter.closed,
        figures=_read_figures_back(letter).figures if state == SubmissionState.RETURNED else None,
    )
    return LetterContent(body, (workbook,) if workbook else ())


def _build_accepted(letter: LetterContext) -> LetterContent | None:
    if _get_reported_state(letter) is None or letter.file is None:
        return None
    file_findings = set(letter.agency_quarter.findings)
    warnings = tuple(
        finding for finding in letter.agency_quarter.open_warnings if finding in file_findings
    )
    workbook = _build_marked_workbook(letter) if warnings else None
    body = build_accepted_letter(
        letter.head,
        letter.file,
        warnings,
        letter.context.load_framework(letter.due_letter.quarter),
        marked=workbook is not None,
        closed=letter.agency_quarter.closed,
        figures=_read_figures_back(letter).figures,
    )
    return LetterContent(body, (workbook,) if workbook else ())


def _build_query(letter: LetterContext) -> LetterContent | None:
    """A question about a figure; None once it is answered, withdrawn or the figure corrected."""
    with read_transaction(letter.context.engine) as connection:
        query = figure_query_queries.find_query(connection, letter.due_letter.query)
    if query is None or query.withdrawn_at is not None:
        return None
    framework = letter.context.load_framework(letter.due_letter.quarter)
    warnings = [
        finding
        for finding in letter.agency_quarter.open_warnings
        if framework.rules[finding.rule].kind == QUERY_RULE_KIND
        and (finding.indicator, finding.dimension) == (query.indicator, query.dimension)
    ]
    file = _find_accepted_file(letter.agency_quarter)
    if not warnings or file is None:
        return None
    workbook = _build_marked_workbook(letter, file.version)
    body = build_query_letter(
        letter.head,
        file,
        warnings,
        framework,
        marked=workbook is not None,
        closed=letter.agency_quarter.closed,
    )
    return LetterContent(body, (workbook,) if workbook else ())


def _build_locked_out(letter: LetterContext) -> LetterContent | None:
    if _get_reported_state(letter) is None or letter.file is None:
        return None
    earlier = _find_earlier_file(letter.agency_quarter, letter.due_letter.version)
    return LetterContent(build_locked_out_letter(letter.head, letter.file, earlier))


def _build_withdrawn(letter: LetterContext) -> LetterContent | None:
    with read_transaction(letter.context.engine) as connection:
        newest = closing_queries.find_newest_version(connection, letter.due_letter.quarter.key)
    if newest is None or newest["version"] != letter.due_letter.version:
        return None
    return LetterContent(build_closing_withdrawal(letter.head, newest["closed_at"]))


def _build_unusable(letter: LetterContext) -> LetterContent | None:
    with read_transaction(letter.context.engine) as connection:
        mails = arrival_queries.list_refused_mails(
            connection, REASON, letter.due_letter.quarter.key
        )
    mail = next((row for row in mails if row.id == letter.due_letter.version), None)
    if mail is None:
        return None
    kind, files = mail.problem.removeprefix(REASON), str(mail.params.get("files", ""))
    return LetterContent(build_unusable_mail_letter(letter.head, kind, files, mail.received_at))


def _build_reminder(letter: LetterContext) -> LetterContent | None:
    if letter.due_letter.step is None:
        return None
    newest = letter.agency_quarter.newest
    if newest is not None:
        returned = _find_file(letter.agency_quarter, newest.version)
        return LetterContent(build_reminder(letter.head, letter.due_letter.step, returned))
    workbook = _build_template(letter)
    body = build_reminder(letter.head, letter.due_letter.step, None, workbook.name)
    return LetterContent(body, (workbook,))


_BUILDERS: Mapping[LetterKind, Callable[[LetterContext], LetterContent | None]] = {
    LetterKind.REQUEST: _build_request,
    LetterKind.RECEIPT: _build_receipt,
    LetterKind.RETURNED: _build_returned,
    LetterKind.ACCEPTED: _build_accepted,
    LetterKind.LOCKED_OUT: _build_locked_out,
    LetterKind.QUERY: _build_query,
    LetterKind.REMINDER: _build_reminder,
    LetterKind.WITHDRAWN: _build_withdrawn,
    LetterKind.UNUSABLE: _build_unusable,
}


def _get_reported_state(letter: LetterContext) -> str | None:
    """The state of the newest file, if it is still the one that the letter reports."""
    newest = letter.agency_quarter.newest
    if newest is None or newest.version != letter.due_letter.version:
        return None
    return newest.state if CHECK_RESULT_KINDS.get(newest.state) is letter.due_letter.kind else None


def _find_file(agency_quarter: AgencyQuarter, version: int) -> ReceivedFile | None:
    for submission in agency_quarter.submissions:
        if submission.version == version:
            return _make_received_file(submission)
    return None


def _find_accepted_file(agency_quarter: AgencyQuarter) -> ReceivedFile | None:
    """The file whose figures count."""
    accepted = [
        submission
        for submission in agency_quarter.submissions
        if submission.state == SubmissionState.ACCEPTED
    ]
    return _find_file(agency_quarter, accepted[-1].version) if accepted else None


def _make_received_file(submission: SubmissionSummary) -> ReceivedFile:
    return ReceivedFile(
        submission.file_name,
        submission.version,
        submission.received_at,
        submission.receipt,
        officer=submission.officer.line,
    )


def _find_earlier_file(agency_quarter: AgencyQuarter, version: int) -> ReceivedFile | None:
    """The accepted file that counts until this version is; None where there is none."""
    before = [
        submission for submission in agency_quarter.submissions if submission.version < version
    ]
    counting = newest_accepted(before)
    return _make_received_file(counting) if counting else None


def _read_figures_back(letter: LetterContext) -> SubmissionReading:
    """The figures of the file as they were read, in the agency's language, and who signed it."""
    due_letter = letter.due_letter
    return load_submission_reading(
        letter.context,
        due_letter.agency,
        due_letter.quarter,
        due_letter.version,
        letter.agency_quarter.language,
    )


def _build_template(letter: LetterContext) -> Attachment:
    agency, quarter = letter.due_letter.agency, letter.due_letter.quarter
    due_day = last_day_before(letter.head.deadlines.due_by)
    content = build_template(letter.context, agency, quarter, due_day=due_day)
    return store_attachment(letter.context, content, _make_file_name(letter.due_letter))


def _build_marked_workbook(letter: LetterContext, version: int = 0) -> Attachment | None:
    """The agency's own workbook of a version, by default the one that the letter is about."""
    due_letter, language = letter.due_letter, letter.agency_quarter.language
    content = mark_workbook(
        letter.context,
        due_letter.agency,
        due_letter.quarter,
        version or due_letter.version,
        language,
    )
    return (
        store_attachment(letter.context, content, _make_file_name(due_letter)) if content else None
    )


def _make_file_name(due_letter: DueLetter) -> str:
    """Agency and quarter, so that a file sent back names both; in ASCII for every system."""
    return f"{due_letter.agency} {due_letter.quarter.key}.xlsx"
