"""LibreOffice for the tests that need the real thing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.unit.intake.readers.workbook.samples import blank

_CLERK = Path(__file__).with_name("office_clerk.py")
_PYTHON = "/usr/bin/python3"  # the one that LibreOffice's own module is installed for
_MISSING = "needs LibreOffice: apt-get install libreoffice-calc python3-uno"


@pytest.fixture(scope="session")
def office_files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """A template that a person filled in and rearranged in LibreOffice, saved in three formats."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "template.xlsx").write_bytes(blank())
    return let_the_clerk("fill", folder)


def let_the_clerk(work: str, folder: Path, clerk: Path = _CLERK) -> Mapping[str, bytes]:
    """Have a folder's workbooks worked on in LibreOffice; all files that are there then."""
    if not _has_office():
        if os.environ.get("CI") == "true":
            pytest.fail(_MISSING)
        pytest.skip(_MISSING)
    done = subprocess.run(
        [_PYTHON, str(clerk), work, str(folder)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*.*")
        if file.is_file() and "profile" not in file.parts
    }


def _has_office() -> bool:
    if not shutil.which("soffice") or not Path(_PYTHON).exists():
        return False
    tried = subprocess.run([_PYTHON, "-c", "import uno"], capture_output=True, check=False)
    return tried.returncode == 0
