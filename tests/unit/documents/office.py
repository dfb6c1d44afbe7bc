"""LibreOffice and poppler, for tests that look at what an office makes of a document."""

from __future__ import annotations

import os
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

_MISSING = "needs LibreOffice: apt-get install libreoffice-writer libreoffice-calc poppler-utils"


def converted(files: list[Path], to: str, folder: Path) -> dict[str, Path]:
    """The files in another format, by name; skipped where there is no LibreOffice, but not in CI."""
    writer = Path("/usr/lib/libreoffice/program/libswlo.so")
    if not (shutil.which("soffice") and shutil.which("pdftotext") and writer.exists()):
        if os.environ.get("CI") == "true":
            pytest.fail(_MISSING)
        pytest.skip(_MISSING)
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    done = subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", to, "--outdir", folder, *files],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {file.name: file for file in folder.iterdir() if file.is_file() and file not in files}


def words_of(pdf: bytes) -> str:
    """All text of a PDF with its runs of blanks made single blanks."""
    told = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(unicodedata.normalize("NFC", told.stdout.decode()).split())
