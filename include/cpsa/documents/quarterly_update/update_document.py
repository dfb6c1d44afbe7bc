"""The quarterly update: of the State, or the brief of one agency."""

from __future__ import annotations

from cpsa.documents.content_model import Content
from cpsa.documents.document_key import STATE, DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.quarterly_update.agency_update import build_agency_update
from cpsa.documents.quarterly_update.state_update import build_state_update


def build_update_document(
    key: DocumentKey, words: DocumentText, parameters: DocumentParameters
) -> Content:
    if key.subject == STATE:
        return build_state_update(key, words)
    return build_agency_update(key, words)
