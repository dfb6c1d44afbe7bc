"""Two documents as files, to be read as diffs. CPSA_REWRITE_GOLDEN=1 writes them again."""

from __future__ import annotations

import os

import pytest
from sample_snapshot import REPOSITORY

from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import get_kind
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot

GOLDEN = REPOSITORY / "tests" / "golden" / "documents"


@pytest.mark.parametrize(
    ("kind", "period", "subject", "language"),
    [
        ("policy_actions", "2025-26-H2", "DOIC", "en"),
        ("quarterly_update", "2025-26-Q4", "FC-MOR", "hi"),
    ],
)
def test_the_page_is_the_one_kept(
    renderer: Renderer, snapshot: Snapshot, kind: str, period: str, subject: str, language: str
) -> None:
    key = DocumentKey(get_kind(kind), parse_period(period), subject, language, "html")
    page = renderer.render(key, snapshot).decode("utf-8")
    body = page[page.index("<body>") :]  # looks may change without a word changing
    file = GOLDEN / key.path.replace("/", ".")
    if os.environ.get("CPSA_REWRITE_GOLDEN"):
        file.write_text(body, "utf-8")
    assert body == file.read_text("utf-8")
