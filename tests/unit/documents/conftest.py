"""What the document tests share: the sample programme and one renderer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sample_snapshot import TEMPLATES, sample

from cpsa.calendar import parse_period
from cpsa.documents.content_model import Content
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import build_content, get_kind
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    return sample()


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer(TEMPLATES)


Write = Callable[..., Content]


@pytest.fixture(scope="session")
def write(snapshot: Snapshot) -> Write:
    """``write("learning", "2025-26-H2", "STATE", "hi")`` gives the content."""

    def content_of(
        kind: str, period: str, subject: str, language: str = "en", of: Snapshot = snapshot
    ) -> Content:
        return build_content(
            DocumentKey(get_kind(kind), parse_period(period), subject, language, "html"), of
        )

    return content_of
