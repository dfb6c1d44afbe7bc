"""The compilation of policy actions: of all departments, or of one."""

from __future__ import annotations

from cpsa.documents.content_model import Content
from cpsa.documents.document_key import ALL, DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.policy_actions.consolidated_compilation import build_consolidated_compilation
from cpsa.documents.policy_actions.department_compilation import build_department_compilation


def build_compilation_document(
    key: DocumentKey, words: DocumentText, parameters: DocumentParameters
) -> Content:
    if key.subject == ALL:
        return build_consolidated_compilation(key, words, parameters)
    return build_department_compilation(key, words, parameters)
