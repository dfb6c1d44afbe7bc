"""What tests of services share beside the offices of all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.services import lived_office

from cpsa.services.app_context import AppContext


@pytest.fixture
def lived_in(office: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppContext:
    """An office with rows of nearly every kind, in which nothing is damaged."""
    lived_office.live_in(office, tmp_path, monkeypatch)
    return office
