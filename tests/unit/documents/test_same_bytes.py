"""The hour at which a quarter was closed is in no document: same inputs, same bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sample_snapshot import TEMPLATES, sample

from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey, DocumentKind
from cpsa.documents.document_registry import ATR, LEARNING, POLICY_ACTIONS, ROLLOUT
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot

pytestmark = pytest.mark.slow

PERIOD = "2025-26-H2"


def closed(hours: int) -> Snapshot:
    """The sample closed so many hours after six in the morning, on the same days."""
    at = sample()
    closings = at.closings.assign(closed_at=at.closings["closed_at"] + timedelta(hours=hours))
    as_of = at.as_of.replace(hour=6, minute=0) + timedelta(hours=hours)
    return replace(at, closings=closings, as_of=as_of)


@pytest.mark.parametrize(
    ("kind", "subject", "format"),
    [
        (ATR, "DOIC", "xlsx"),
        (ATR, "REV", "xlsx"),
        (POLICY_ACTIONS, "DOIC", "docx"),
        (POLICY_ACTIONS, "DOIC", "xlsx"),
        (POLICY_ACTIONS, "DOIC", "html"),
        (LEARNING, "STATE", "xlsx"),
        (LEARNING, "STATE", "pdf"),
        (ROLLOUT, "STATE", "html"),
    ],
)
@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_hour_of_closing_is_in_no_document(
    kind: DocumentKind, subject: str, format: str, language: str
) -> None:
    key = DocumentKey(kind, parse_period(PERIOD), subject, language, format)
    morning, evening = (
        Renderer(TEMPLATES, seal_key=b"key").render(key, closed(hours)) for hours in (0, 11)
    )
    assert morning == evening
