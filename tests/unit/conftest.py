"""What tests of several parts share: an office of the sample whose first half-year is built."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.stores import make_once


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the sample with its first half-year closed and built; copy it, change nothing."""
    # Many tests need none of what this imports.
    from tests.unit.services.leaving import built_office

    return make_once(tmp_path_factory, "built", lambda home: built_office(home).engine.dispose())
