"""The office of the tests about tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder
from tests.unit.tables.table_office import Q1
from tests.unit.tables.table_samples import write_framework

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext


@pytest.fixture
def clerk(office: AppContext, tmp_path: Path) -> Iterator[Clerk]:
    """An office whose framework has tables, with a facilitation centre."""
    (tmp_path / "framework").mkdir()
    folder = write_framework(tmp_path / "framework")
    settings = replace(office.settings, framework=folder)
    own = AppContext(settings, office.engine)
    registry = RegistryFolder(agencies={"FC-C": Q1, "FC-D": Q1})
    registry.load(own, tmp_path / "registry", Quarter.parse(Q1).opens_at)
    yield Clerk(own, tmp_path / "sent")
