"""Which documents a period has, and what each is called.

A key names one document in one language and format. Paths and reference numbers come from here
only. What a document says is for the modules that write its content.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from cpsa.calendar import AnyPeriod, FiscalYear, HalfYear, Quarter
from cpsa.documents.action_statuses import list_action_statuses
from cpsa.errors import RequestError
from cpsa.provenance.snapshot import Snapshot

STATE = "STATE"
ALL = "ALL"
LANGUAGES = ("en", "hi")
FORMATS = ("pdf", "html")
_FORMATS_BY_KIND = {
    "policy_actions": (*FORMATS, "docx", "xlsx"),
    "learning": (*FORMATS, "xlsx"),
    "rollout": (*FORMATS, "xlsx"),
    "action_taken_report": ("xlsx",),
}


_SHORT_CODES = {
    "quarterly_update": "QU",
    "policy_actions": "PAC",
    "learning": "LD",
    "rollout": "RP",
    "action_taken_report": "ATR",
    "restatement_note": "RN",
}


class DocumentKind(StrEnum):
    QUARTERLY_UPDATE = "quarterly_update"
    POLICY_ACTIONS = "policy_actions"
    LEARNING = "learning"
    ROLLOUT = "rollout"
    ATR = "action_taken_report"
    RESTATEMENT_NOTE = "restatement_note"

    @property
    def short_code(self) -> str:
        """As printed in reference numbers."""
        return _SHORT_CODES[self.value]

    @property
    def formats(self) -> tuple[str, ...]:
        """What is read comes for paper and the web, first as it is sent; what departments work on
        also for Word, what is full of figures with its tables in a workbook; what is filled in as a
        workbook alone."""
        return _FORMATS_BY_KIND.get(self.value, FORMATS)


@dataclass(frozen=True, order=True)
class DocumentKey:
    """One document: kind, period, whom it is about or for, language and format."""

    kind: DocumentKind
    period: AnyPeriod
    subject: str
    language: str
    format: str

    @property
    def path(self) -> str:
        """Relative, such as ``2025-26-H2/policy_actions/BANKS.hi.pdf``."""
        return f"{self.period.key}/{self.kind}/{self.subject}.{self.language}.{self.format}"

    @property
    def reference(self) -> str:
        """The number printed on it; the same in every language and format."""
        return f"CPSA/{self.period.key}/{self.kind.short_code}/{self.subject}"

    def with_language(self, language: str) -> DocumentKey:
        return replace(self, language=language)

    def with_format(self, format: str) -> DocumentKey:
        return replace(self, format=format)


def list_document_keys(snapshot: Snapshot, period: AnyPeriod) -> tuple[DocumentKey, ...]:
    """Every document of a period, in the order in which they are built.

    Quarters have updates and compilations for review; half-years compilations, the learning
    document, the programme's own page and a form for every department that has something to answer;
    years the final learning document and the programme's page.
    """
    departments = (*snapshot.reference.departments, ALL)
    match period:
        case Quarter():
            subjects = [(DocumentKind.QUARTERLY_UPDATE, STATE)]
            subjects += [
                (DocumentKind.QUARTERLY_UPDATE, code) for code in snapshot.list_agencies_due(period)
            ]
            subjects += [(DocumentKind.POLICY_ACTIONS, code) for code in departments]
        case HalfYear():
            subjects = [(DocumentKind.POLICY_ACTIONS, code) for code in departments]
            subjects += [(DocumentKind.LEARNING, STATE), (DocumentKind.ROLLOUT, STATE)]
            subjects += [
                (DocumentKind.ATR, code) for code in _list_departments_to_reply(snapshot, period)
            ]
        case FiscalYear():
            subjects = [(DocumentKind.LEARNING, STATE), (DocumentKind.ROLLOUT, STATE)]
        case _:
            raise RequestError("documents.no_documents", period=str(period))
    return tuple(
        DocumentKey(kind, period, subject, language, format)
        for kind, subject in subjects
        for language in LANGUAGES
        for format in kind.formats
    )


def _list_departments_to_reply(snapshot: Snapshot, half: HalfYear) -> list[str]:
    """Departments with an action that has no final decision yet."""
    departments = {
        status.action.department
        for status in list_action_statuses(snapshot, half.last_quarter)
        if status.pending and status.counts
    }
    return [code for code in snapshot.reference.departments if code in departments]
