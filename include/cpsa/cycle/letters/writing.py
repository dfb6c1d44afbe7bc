"""From a letter that is owed to the message the ledger plans: an agency's account, put into words.

What belongs here: fetching what a letter of each kind says. What must not: whether it is owed
(``due``), its wording (``cpsa.letters``), and planning (``sending``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from cpsa import letters, links
from cpsa.calendar import last_day_before
from cpsa.collect.channels.unusable import REASON
from cpsa.cycle import templates
from cpsa.cycle.accounts import Account, Received, account
from cpsa.cycle.due_dates import due_date_if_requested, due_dates, last_end
from cpsa.cycle.letters.attaching import keep
from cpsa.cycle.letters.decided import decided
from cpsa.cycle.letters.due import VERDICTS, Owed
from cpsa.cycle.letters.results import Closing, read_closing
from cpsa.cycle.office import Office
from cpsa.cycle.submitted_figures import ReadBack, read_back
from cpsa.deliver.message import Attachment, Message
from cpsa.framework import ASKED
from cpsa.letters import Body, Head, Kind, Link, Policy, ReceivedFile
from cpsa.store import arrivals, closings, figure_queries
from cpsa.store.database import reading
from cpsa.submissions.current import newest_accepted
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.submissions.state import SubmissionState

_OF_NO_FILE = (Kind.CLOSING, Kind.WITHDRAWN, Kind.QUERY, Kind.UNUSABLE)
_NOT_USED = (
    SubmissionState.REJECTED,
    SubmissionState.UNREADABLE,
)  # nothing of such a file was taken over


class QuarterDates(NamedTuple):
    """The due dates of a quarter's agencies, and the end of the window or of the latest of them."""

    dates: Mapping[str, DueDate]
    last_end: datetime


@dataclass(frozen=True)
class Case:
    """One letter being written. ``file``: the version it is about, None where it is about none."""

    office: Office
    owed: Owed
    account: Account
    head: Head
    file: ReceivedFile | None


@dataclass(frozen=True)
class Drawn:
    """What a letter says and what goes with it."""

    body: Body
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Scribe:
    """Writes letters from the store as it is now."""

    office: Office
    policy: Policy
    now: datetime
    _closings: dict[str, Closing] = field(default_factory=dict)
    _dates: dict[str, QuarterDates] = field(default_factory=dict)

    def write(self, owed: Owed) -> Message | None:
        """The message of a letter; None when its ground has gone since it was found to be owed."""
        case = self._case(owed)
        drawn = self._closing(case) if owed.kind is Kind.CLOSING else _DRAW[owed.kind](case)
        if drawn is None:
            return None
        forms = self.office.settings.templates
        body = letters.with_decisions(drawn.body, case.head, decided(self.office, owed))
        return letters.message(forms, case.head, body, drawn.attachments)

    def _case(self, owed: Owed) -> Case:
        found = account(self.office, owed.agency, owed.quarter)
        file = None if owed.kind in _OF_NO_FILE else self._noted(_file(found, owed.version), owed)
        date, closes_after = self._due_date(owed)
        head = Head(
            agency=letters.Addressee(found.agency, found.name, found.email, found.language),
            quarter=owed.quarter,
            slot=owed.slot,
            reply_to=self.office.settings.mail_from,
            link=self._link(found, file.received_at if file else owed.step_at, closes_after),
            due_date=date,
            closes_after=closes_after,
            portal_url=self.office.settings.portal_url,
        )
        return Case(self.office, owed, found, head, file)

    def _noted(self, file: ReceivedFile | None, owed: Owed) -> ReceivedFile | None:
        if file is None:
            return None
        key = (owed.agency, owed.quarter.key, file.version)
        with reading(self.office.engine) as connection:
            return replace(file, notice=arrivals.notice_of_version(connection, *key))

    def _due_date(self, owed: Owed) -> tuple[DueDate, datetime]:
        """The agency's due date as the letter states it, and until when the quarter stays open."""
        key = owed.quarter.key
        if key not in self._dates:
            with reading(self.office.engine) as connection:
                dates = due_dates(connection, owed.quarter)
                self._dates[key] = QuarterDates(dates, last_end(connection, owed.quarter))
        found = self._dates[key]
        date = found.dates.get(owed.agency, DueDate(owed.quarter.due_by))
        if owed.kind in (Kind.REQUEST, Kind.REMINDER):
            date = due_date_if_requested(owed.quarter, date, self.now)
        counts = date.requested or date.extended
        return date, max(found.last_end, date.due_by) if counts else found.last_end

    def _link(
        self, account: Account, since: datetime | None, closes_after: datetime
    ) -> Link | None:
        """``since``: when the file came, or when CPSA asked."""
        portal = self.office.settings.portal_url
        if portal is None:
            return None
        until = self.policy.link_until(closes_after, since)
        holder = links.Pass(account.agency, account.quarter.key, until)
        return Link(f"{portal}/u/{links.sign(self.office.seal_key, holder)}", until)

    def _closing(self, case: Case) -> Drawn | None:
        key = case.owed.quarter.key
        if key not in self._closings:
            with reading(self.office.engine) as connection:
                self._closings[key] = read_closing(connection, case.owed.quarter)
        found = self._closings[key]
        result = found.results.get(case.owed.agency)
        if result is None:
            return None
        framework = self.office.framework(case.owed.quarter)
        return Drawn(letters.closing(case.head, found.closed_at, result, framework))


def _request(case: Case) -> Drawn:
    workbook = _template(case)
    return Drawn(letters.request(case.head, workbook.name), (workbook,))


def _receipt(case: Case) -> Drawn | None:
    if case.file is None:
        return None
    earlier = _earlier(case.account, case.owed.version)
    try:
        figures, officer = _read_back(case)
    except Exception:  # what made the check of this file fail must not stop its receipt
        figures, officer = None, SigningOfficer()
    file = replace(case.file, officer=officer.line)
    return Drawn(letters.receipt(case.head, file, earlier=earlier, figures=figures))


def _returned(case: Case) -> Drawn | None:
    state = _state_told(case)
    if state is None or case.file is None:
        return None
    account, owed = case.account, case.owed
    findings = [one for one in account.findings if one not in account.explained and not one.waived]
    workbook = _marked(case)
    goes_with = "marked" if workbook else ""
    if workbook is None and state in _NOT_USED:
        workbook, goes_with = _template(case), "fresh"
    body = letters.returned(
        case.head,
        case.file,
        state,
        findings,
        case.office.framework(owed.quarter),
        workbook=goes_with,
        earlier=_earlier(account, owed.version),
        closed=account.closed,
        figures=_read_back(case).figures if state == SubmissionState.RETURNED else None,
    )
    return Drawn(body, (workbook,) if workbook else ())


def _accepted(case: Case) -> Drawn | None:
    if _state_told(case) is None or case.file is None:
        return None
    of_this_file = set(case.account.findings)
    warnings = tuple(one for one in case.account.open_warnings if one in of_this_file)
    workbook = _marked(case) if warnings else None
    body = letters.accepted(
        case.head,
        case.file,
        warnings,
        case.office.framework(case.owed.quarter),
        marked=workbook is not None,
        closed=case.account.closed,
        figures=_read_back(case).figures,
    )
    return Drawn(body, (workbook,) if workbook else ())


def _query(case: Case) -> Drawn | None:
    """A question about a figure; None once it is answered, withdrawn or the figure corrected."""
    with reading(case.office.engine) as connection:
        asked = figure_queries.find_query(connection, case.owed.query)
    if asked is None or asked.withdrawn_at is not None:
        return None
    framework = case.office.framework(case.owed.quarter)
    warnings = [
        finding
        for finding in case.account.open_warnings
        if framework.rules[finding.rule].kind == ASKED
        and (finding.indicator, finding.dimension) == (asked.indicator, asked.dimension)
    ]
    file = _accepted_file(case.account)
    if not warnings or file is None:
        return None
    workbook = _marked(case, file.version)
    body = letters.query(
        case.head,
        file,
        warnings,
        framework,
        marked=workbook is not None,
        closed=case.account.closed,
    )
    return Drawn(body, (workbook,) if workbook else ())


def _held(case: Case) -> Drawn | None:
    if _state_told(case) is None or case.file is None:
        return None
    earlier = _earlier(case.account, case.owed.version)
    return Drawn(letters.held(case.head, case.file, earlier))


def _withdrawn(case: Case) -> Drawn | None:
    with reading(case.office.engine) as connection:
        newest = closings.newest_version(connection, case.owed.quarter.key)
    if newest is None or newest["version"] != case.owed.version:
        return None
    return Drawn(letters.closing_withdrawn(case.head, newest["closed_at"]))


def _unusable(case: Case) -> Drawn | None:
    with reading(case.office.engine) as connection:
        mails = arrivals.refused_mails(connection, REASON, case.owed.quarter.key)
    mail = next((row for row in mails if row.id == case.owed.version), None)
    if mail is None:
        return None
    kind, files = mail.problem.removeprefix(REASON), str(mail.params.get("files", ""))
    return Drawn(letters.unusable(case.head, kind, files, mail.received_at))


def _reminder(case: Case) -> Drawn | None:
    if case.owed.step is None:
        return None
    newest = case.account.newest
    if newest is not None:
        returned = _file(case.account, newest.version)
        return Drawn(letters.reminder(case.head, case.owed.step, returned))
    workbook = _template(case)
    body = letters.reminder(case.head, case.owed.step, None, workbook.name)
    return Drawn(body, (workbook,))


_DRAW: Mapping[Kind, Callable[[Case], Drawn | None]] = {
    Kind.REQUEST: _request,
    Kind.RECEIPT: _receipt,
    Kind.RETURNED: _returned,
    Kind.ACCEPTED: _accepted,
    Kind.HELD: _held,
    Kind.QUERY: _query,
    Kind.REMINDER: _reminder,
    Kind.WITHDRAWN: _withdrawn,
    Kind.UNUSABLE: _unusable,
}


def _state_told(case: Case) -> str | None:
    """The state of the newest file, if that is still what the letter was going to say."""
    newest = case.account.newest
    if newest is None or newest.version != case.owed.version:
        return None
    return newest.state if VERDICTS.get(newest.state) is case.owed.kind else None


def _file(account: Account, version: int) -> ReceivedFile | None:
    for one in account.submissions:
        if one.version == version:
            return _named_file(one)
    return None


def _accepted_file(account: Account) -> ReceivedFile | None:
    """The file whose figures count."""
    accepted = [one for one in account.submissions if one.state == SubmissionState.ACCEPTED]
    return _file(account, accepted[-1].version) if accepted else None


def _named_file(received: Received) -> ReceivedFile:
    return ReceivedFile(
        received.file_name,
        received.version,
        received.received_at,
        received.receipt,
        officer=received.officer.line,
    )


def _earlier(account: Account, version: int) -> ReceivedFile | None:
    """The accepted file that counts until this version is; None where there is none."""
    before = [one for one in account.submissions if one.version < version]
    counting = newest_accepted(before)
    return _named_file(counting) if counting else None


def _read_back(case: Case) -> ReadBack:
    """The figures of the file as they were read, in the agency's language, and who signed it."""
    owed = case.owed
    return read_back(case.office, owed.agency, owed.quarter, owed.version, case.account.language)


def _template(case: Case) -> Attachment:
    agency, quarter = case.owed.agency, case.owed.quarter
    due_day = last_day_before(case.head.deadlines.due_by)
    content = templates.template(case.office, agency, quarter, due_day=due_day)
    return keep(case.office, content, _named(case.owed))


def _marked(case: Case, version: int = 0) -> Attachment | None:
    """The agency's own workbook of a version, by default the one that the letter is about."""
    owed, language = case.owed, case.account.language
    content = templates.marked_workbook(
        case.office, owed.agency, owed.quarter, version or owed.version, language
    )
    return keep(case.office, content, _named(owed)) if content else None


def _named(owed: Owed) -> str:
    """Agency and quarter, so that whoever sends it back says both, in letters every system has."""
    return f"{owed.agency} {owed.quarter.key}.xlsx"
