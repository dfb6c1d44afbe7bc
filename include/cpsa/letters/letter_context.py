"""What a letter is about, as its template sees it: one context for all kinds of letters.

What belongs here: values, and what follows from them. What must not: words and layout, which are the templates'
(``templates/letters``), and reading the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from cpsa.actions.decision import Decision
from cpsa.calendar import AnyPeriod, HalfYear, Quarter, last_day_before
from cpsa.delivery.mail_message import Attachment
from cpsa.framework.model import Framework
from cpsa.i18n.text import Text
from cpsa.letters.letter_policy import Deadlines
from cpsa.letters.letter_text import LetterText
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.figure_description import FigureOverview
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import SubmissionState


@dataclass(frozen=True)
class PageLink:
    """The address of a reader's own page, and until when it is valid."""

    address: str
    until: datetime

    @property
    def last_day(self) -> date:
        return last_day_before(self.until)


@dataclass(frozen=True)
class LetterFile:
    """A file that a letter names; of a whole mail, ``name`` is its subject or the names of its files.

    Of a version of an update also: ``notice``: what its sender should know of how it came, as a key
    of the catalogue; ``officer``: who signed it, personal data that only the agency itself is shown.
    """

    name: str
    received_at: datetime
    version: int = 0
    receipt: str = ""
    notice: str = ""
    officer: str = field(default="", repr=False)


@dataclass(frozen=True)
class ClosingResult:
    """The result of closing for an agency: its state, and its scores where it has some.

    ``status`` is blank, ``coverage`` None where agencies of its form have no scores.
    """

    state: str
    status: str = ""
    composite: float | None = None
    coverage: float | None = None
    groups: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class DecisionRow:
    """A decision on an agency's request; ``request`` and ``remarks`` are quoted as written."""

    number: str
    department: Text
    request: str
    decision: Decision
    day: date
    remarks: str
    promised: date | None = None
    """The date by which the department promised to complete it."""


@dataclass(frozen=True)
class RecordedDecision:
    """A decision of a department as it was recorded."""

    number: str
    decision: Decision
    day: date
    promised: date | None


@dataclass(frozen=True)
class UnrecordedRow:
    """A row of a department's form that was not recorded: where it is and why, and what to do."""

    problem: str
    to_do: str


@dataclass(frozen=True)
class ReplacedDocument:
    """A document sent before that another one replaces; ``reference`` is the mail's."""

    name: str
    reference: str
    sent_on: date


@dataclass(frozen=True)
class PackRevision:
    """The number of the revision, its reason, what it replaces, and the file that says what changed."""

    number: int
    reason: str
    replaced: tuple[ReplacedDocument, ...]
    note: str


@dataclass(frozen=True)
class RequestSummary:
    """What is requested, of a department or of all. ``requested``: in this half-year, to be answered by
    ``reply_by``; ``earlier``: before it and still in time, by ``earlier_by``; ``overdue``: of either."""

    requested: int = 0
    reply_by: date | None = None
    earlier: int = 0
    earlier_by: date | None = None
    overdue: int = 0

    @property
    def is_nothing(self) -> bool:
        return not (self.requested or self.earlier or self.overdue)


@dataclass(frozen=True)
class PackContent:
    """A department's pack. ``most_urgent``: the requests it should read first, one line each.
    ``fetch_by``: until when links of documents are valid. ``state``: what is requested of all
    departments, for the nodal one. A ``test`` says that it is one."""

    requests: RequestSummary
    most_urgent: Sequence[str]
    fetch_by: date
    state: RequestSummary | None = None
    revision: PackRevision | None = None
    is_copy: bool = False
    is_information: bool = False
    test: bool = False


@dataclass(frozen=True, kw_only=True)
class LetterContext:
    """One letter; its template ``<template>.j2`` uses what its kind has.

    ``slot`` names it within cycle and recipient, as in the ledger; ``reference`` is what an answer
    should quote, such as ``CPSA/2026-27-Q2/IA-INDPH/RETURNED-V2``.
    """

    template: str
    cycle: str
    slot: str
    recipient: str
    name: str
    email: str
    language: str
    reply_to: str = ""
    reference: str = ""
    period: AnyPeriod | None = None
    link: PageLink | None = None
    attachments: tuple[Attachment, ...] = ()

    # An agency's update. closes_after: the end of the window or of the quarter's latest own due date;
    # file: the version that the letter is about; earlier: the accepted one that counts until then;
    # findings: those that are open, in the order of the letter; is_fresh: an empty workbook goes with it;
    # figures: as they were read, None where nothing could be; portal_url: where checks are explained.
    due_date: DueDate | None = None
    closes_after: datetime | None = None
    file: LetterFile | None = None
    earlier: LetterFile | None = None
    state: str = ""
    findings: Sequence[Finding] = ()
    framework: Framework | None = None
    figures: FigureOverview | None = None
    portal_url: str | None = None
    is_fresh: bool = False
    is_overdue: bool = False
    closed: bool = False
    closed_at: datetime | None = None
    result: ClosingResult | None = None
    decisions: Sequence[DecisionRow] = ()

    # A file whose sender is not proven, or a mail without a file. kind: what it brought; reason: why it
    # waits or is refused.
    kind: str = ""
    reason: str = ""
    expires_at: datetime | None = None

    # A department's reply. unchanged: rows that said what was recorded before; problem: why nothing was
    # recorded; numbers: the actions that it names.
    department: str = ""
    half: HalfYear | None = None
    recorded: Sequence[RecordedDecision] = ()
    unrecorded: Sequence[UnrecordedRow] = ()
    unchanged: int = 0
    problem: str = ""
    numbers: Sequence[str] = ()

    # A department's pack; a notice, whose words are given.
    pack: PackContent | None = None
    subject: str = ""
    lines: Sequence[str] = ()

    @property
    def say(self) -> LetterText:
        """The texts of letters, with the words that any of them may contain."""
        words = {
            "name": self.name,
            "reference": self.reference,
            "reply_to": self.reply_to,
            "department": self.department,
        }
        if self.period:
            words["period"] = self.period.label(self.language)
        if isinstance(self.period, Quarter):
            words |= {"due": self.due, "closes": self.closes}
        return LetterText(self.language, words)

    @property
    def deadlines(self) -> Deadlines:
        """Until when the agency can send its update; those of the quarter where none are given."""
        assert isinstance(self.period, Quarter)
        due_by = self.due_date.due_by if self.due_date else self.period.due_by
        last_end = self.closes_after or self.period.window_ends
        return Deadlines.from_due_date(self.period, due_by, last_end)

    @property
    def due(self) -> str:
        return LetterText(self.language).last_day(self.deadlines.due_by)

    @property
    def closes(self) -> str:
        """The last day before closing, for this agency."""
        return LetterText(self.language).last_day(self.deadlines.closes_after)

    @property
    def is_requested(self) -> bool:
        return self.due_date is None or self.due_date.requested

    @property
    def timeliness(self) -> str:
        """Whether its file is in time, as a text below ``letters.file``."""
        if not self.is_requested:
            return "not_requested"
        assert self.file is not None
        return "late" if self.file.received_at >= self.deadlines.due_by else "in_time"

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.blocks]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.blocks]

    @property
    def wrong_figures(self) -> int:
        """How many figures are to be corrected, where every error is in a figure; else 0."""
        wrong = {(finding.indicator, finding.dimension) for finding in self.errors}
        assert self.framework is not None
        is_about_figures = all(indicator in self.framework.by_code for indicator, _ in wrong)
        return len(wrong) if self.state == SubmissionState.RETURNED and is_about_figures else 0

    def find_file_name(self, use: str) -> str:
        """What the attachment of that use is called; blank where there is none."""
        return next((file.name for file in self.attachments if file.use == use), "")
