"""The three documents: content models first, then PDF by Typst and HTML by Jinja.

``plan`` names a period's documents, ``content`` says what one says, ``Renderer`` makes its bytes.
Nothing here computes more than sums, reads the store, or sends.
"""

from cpsa.documents.content import content
from cpsa.documents.keys import ALL, STATE, DocumentKey, Kind, plan
from cpsa.documents.model import Content
from cpsa.documents.parameters import Parameters
from cpsa.documents.render import Renderer, in_format
from cpsa.documents.snapshot import Snapshot

__all__ = [
    "ALL",
    "STATE",
    "Content",
    "DocumentKey",
    "Kind",
    "Parameters",
    "Renderer",
    "Snapshot",
    "content",
    "in_format",
    "plan",
]
