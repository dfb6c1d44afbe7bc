"""Which module writes which document."""

from __future__ import annotations

from cpsa.calendar import FiscalYear, HalfYear, Quarter
from cpsa.documents.content_model import Content
from cpsa.documents.document_key import ALL, STATE, DocumentKey, DocumentKind
from cpsa.documents.document_text import DocumentText
from cpsa.documents.learning import learning_document
from cpsa.documents.parameters import DEFAULT, DocumentParameters
from cpsa.documents.policy_actions import consolidated_compilation, department_compilation
from cpsa.documents.quarterly_update import agency_update, state_update
from cpsa.documents.rollout import rollout_document
from cpsa.errors import RequestError
from cpsa.provenance.snapshot import Snapshot


def build_content(
    key: DocumentKey, snapshot: Snapshot, parameters: DocumentParameters = DEFAULT
) -> Content:
    """What a document says in its language; RequestError where there is no such document."""
    words = DocumentText(snapshot, key.language)
    match key.kind, key.period, key.subject:
        case DocumentKind.QUARTERLY_UPDATE, Quarter(), subject if subject == STATE:
            return state_update.build_state_update(key, words)
        case DocumentKind.QUARTERLY_UPDATE, Quarter(), subject if subject in snapshot.agencies:
            return agency_update.build_agency_update(key, words)
        case DocumentKind.POLICY_ACTIONS, Quarter() | HalfYear(), subject if subject == ALL:
            return consolidated_compilation.build_consolidated_compilation(key, words, parameters)
        case DocumentKind.POLICY_ACTIONS, Quarter() | HalfYear(), subject if (
            subject in snapshot.reference.departments
        ):
            return department_compilation.build_department_compilation(key, words, parameters)
        case DocumentKind.LEARNING, HalfYear() | FiscalYear(), subject if subject == STATE:
            return learning_document.build_learning_document(key, words, parameters)
        case DocumentKind.ROLLOUT, HalfYear() | FiscalYear(), subject if subject == STATE:
            return rollout_document.build_rollout_document(key, words)
    raise RequestError("documents.no_document", path=key.path)
