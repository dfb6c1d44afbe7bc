"""Building again restores an edition whose bytes are not those of its name, kept or shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.services.half_year import HALF, NOW, compiled_half, few_documents

from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.build_documents import build_documents


@pytest.mark.parametrize("folder", ["editions", "documents"])
def test_a_flipped_byte_is_restored_and_no_edition_is_added(
    office: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    few_documents(monkeypatch)
    compiled_half(office, tmp_path, NOW)
    files = [file for file in sorted((office.settings.home / folder).rglob("*")) if file.is_file()]
    whole = {file: file.read_bytes() for file in files}
    changed = bytearray(whole[files[0]])
    changed[len(changed) // 2] ^= 1
    files[0].write_bytes(changed)
    result = build_documents(office, HALF, NOW)
    assert result.new == 0
    assert {file: file.read_bytes() for file in files} == whole
