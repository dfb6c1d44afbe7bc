"""The three documents: content models first, then PDF by Typst and HTML by Jinja.

``list_document_keys`` names a period's documents, ``build_content`` builds one, ``Renderer`` renders it.
Nothing here computes more than sums, reads the store, or sends.
"""

from cpsa.documents.content import build_content
from cpsa.documents.keys import ALL, STATE, DocumentKey, DocumentKind, list_document_keys
from cpsa.documents.model import Content
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.render import Renderer, add_format_links
from cpsa.documents.snapshot import Snapshot

__all__ = [
    "ALL",
    "STATE",
    "Content",
    "DocumentKey",
    "DocumentKind",
    "DocumentParameters",
    "Renderer",
    "Snapshot",
    "add_format_links",
    "build_content",
    "list_document_keys",
]
