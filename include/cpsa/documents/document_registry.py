"""Which kinds of document there are: one record for each, and what follows from the records.

A new kind is one package that writes it and one record here
(docs/runbooks/add-a-document-kind.md). What must not go here: what a document says.
"""

from __future__ import annotations

from dataclasses import replace

from cpsa.calendar import AnyPeriod, FiscalYear, HalfYear, Quarter
from cpsa.documents.action_statuses import list_action_statuses
from cpsa.documents.content_model import Content
from cpsa.documents.document_key import (
    ALL,
    FORMATS,
    STATE,
    DocumentAddressee,
    DocumentKey,
    DocumentKind,
)
from cpsa.documents.document_text import DocumentText
from cpsa.documents.learning.learning_document import build_learning_document
from cpsa.documents.parameters import DEFAULT, DocumentParameters
from cpsa.documents.policy_actions.compilation_document import build_compilation_document
from cpsa.documents.policy_actions.report_form_content import render_report_form
from cpsa.documents.quarterly_update.update_document import build_update_document
from cpsa.documents.reading_guide import build_reading_guide
from cpsa.documents.rollout.rollout_document import build_rollout_document
from cpsa.documents.workbook_tables import build_long_table, build_requests_table
from cpsa.errors import RequestError
from cpsa.i18n.text import LANGUAGES
from cpsa.provenance.snapshot import Snapshot


def _list_state(snapshot: Snapshot, period: AnyPeriod) -> list[str]:
    return [STATE]


def _is_state(snapshot: Snapshot, subject: str) -> bool:
    return subject == STATE


def _list_state_and_agencies_due(snapshot: Snapshot, period: AnyPeriod) -> list[str]:
    return [STATE, *snapshot.list_agencies_due(period.last_quarter)]


def _is_state_or_agency(snapshot: Snapshot, subject: str) -> bool:
    return subject == STATE or subject in snapshot.agencies


def _list_departments_and_all(snapshot: Snapshot, period: AnyPeriod) -> list[str]:
    return [*snapshot.reference.departments, ALL]


def _is_department_or_all(snapshot: Snapshot, subject: str) -> bool:
    return subject == ALL or subject in snapshot.reference.departments


def _list_departments_to_reply(snapshot: Snapshot, period: AnyPeriod) -> list[str]:
    """Departments with an action that has no final decision yet."""
    departments = {
        status.action.department
        for status in list_action_statuses(snapshot, period.last_quarter)
        if status.pending and status.counts
    }
    return [code for code in snapshot.reference.departments if code in departments]


_FIGURES = ("accepted_updates", "to_date", "of_target", "unconfirmed")
_SCORES = ("score", "status", "coverage")
_REQUESTS = ("systemic", "overdue")

# Stored, and printed in reference numbers: no code or short code is ever changed or used again.
QUARTERLY_UPDATE = DocumentKind(
    code="quarterly_update",
    short_code="QU",
    addressee=DocumentAddressee.AGENCY,
    periods=(Quarter,),
    list_subjects=_list_state_and_agencies_due,
    has_subject=_is_state_or_agency,
    builder=build_update_document,
    terms=(*_FIGURES, *_SCORES, "overdue"),
)
POLICY_ACTIONS = DocumentKind(
    code="policy_actions",
    short_code="PAC",
    addressee=DocumentAddressee.DEPARTMENT,
    formats=(*FORMATS, "docx", "xlsx"),  # departments work on it
    periods=(Quarter, HalfYear),  # of a quarter for review
    list_subjects=_list_departments_and_all,
    has_subject=_is_department_or_all,
    builder=build_compilation_document,
    workbook_builder=build_requests_table,
    terms=("accepted_updates", "to_date", *_SCORES, *_REQUESTS),
)
LEARNING = DocumentKind(
    code="learning",
    short_code="LD",
    addressee=DocumentAddressee.DEPARTMENT,
    formats=(*FORMATS, "xlsx"),  # full of figures
    periods=(HalfYear, FiscalYear),
    list_subjects=_list_state,
    has_subject=_is_state,
    builder=build_learning_document,
    workbook_builder=build_long_table,
    terms=(*_FIGURES, *_SCORES, *_REQUESTS),
)
ROLLOUT = DocumentKind(
    code="rollout",
    short_code="RP",
    addressee=DocumentAddressee.DEPARTMENT,
    formats=(*FORMATS, "xlsx"),
    periods=(HalfYear, FiscalYear),
    list_subjects=_list_state,
    has_subject=_is_state,
    builder=build_rollout_document,
    terms=("accepted_updates", "to_date"),
    shows_publications=True,
)
ATR = DocumentKind(
    code="action_taken_report",
    short_code="ATR",
    addressee=DocumentAddressee.DEPARTMENT,
    formats=("xlsx",),  # it is filled in
    periods=(HalfYear,),
    list_subjects=_list_departments_to_reply,
    form_renderer=render_report_form,
)
# Written when a document that was sent has changed, from both of its editions.
RESTATEMENT_NOTE = DocumentKind(
    code="restatement_note",
    short_code="RN",
    addressee=DocumentAddressee.DEPARTMENT,
)

DOCUMENT_KINDS: dict[str, DocumentKind] = {
    kind.code: kind
    for kind in (QUARTERLY_UPDATE, POLICY_ACTIONS, LEARNING, ROLLOUT, ATR, RESTATEMENT_NOTE)
}
"""By code, in the order in which the documents of a period are built."""


def get_kind(code: str) -> DocumentKind:
    """The kind of a code as it is stored; KeyError where there is none."""
    return DOCUMENT_KINDS[code]


def list_kind_codes(addressee: DocumentAddressee) -> list[str]:
    """The codes of the kinds that are written for somebody."""
    return [kind.code for kind in DOCUMENT_KINDS.values() if kind.addressee is addressee]


def list_document_keys(snapshot: Snapshot, period: AnyPeriod) -> tuple[DocumentKey, ...]:
    """Every document of a period, in the order in which they are built."""
    kinds = [kind for kind in DOCUMENT_KINDS.values() if isinstance(period, kind.periods)]
    if not kinds:
        raise RequestError("documents.no_documents", period=str(period))
    return tuple(
        DocumentKey(kind, period, subject, language, format)
        for kind in kinds
        if kind.list_subjects is not None
        for subject in kind.list_subjects(snapshot, period)
        for language in LANGUAGES
        for format in kind.formats
    )


def build_content(
    key: DocumentKey, snapshot: Snapshot, parameters: DocumentParameters = DEFAULT
) -> Content:
    """What a document says in its language; RequestError where there is no such document."""
    kind = key.kind
    if (
        kind.builder is None
        or kind.has_subject is None
        or not isinstance(key.period, kind.periods)
        or not kind.has_subject(snapshot, key.subject)
    ):
        raise RequestError("documents.no_document", path=key.path)
    words = DocumentText(snapshot, key.language)
    content = kind.builder(key, words, parameters)
    guide = build_reading_guide(content, words, key.period.last_quarter, parameters, kind.terms)
    return replace(content, sections=(*content.sections, guide)) if guide else content
