"""The guide to another programme, followed block by block as a reader does: it ends with documents."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.factories import INCLUDE
from tests.stores import make_once

from cpsa.i18n.text import LANGUAGES

pytestmark = pytest.mark.slow

ROOT = INCLUDE.parent
GUIDE = ROOT / "docs" / "another-programme.md"
DOCUMENTS = {"WS-BHA", "WS-GAY", "WS-MAD", "STATE", "TEXTILES", "BANKS", "ALL"}
SHIPPED_WORDS = ("Madhya Pradesh", "मध्यप्रदेश", "Cluster Programme Support", "poverty line", "गरीबी")


def follow_guide(home: Path) -> None:
    """Run every block of the guide in one shell, with the command of this copy of the program."""
    command = home / "clone" / ".venv" / "bin" / "cpsa"
    command.parent.mkdir(parents=True)
    command.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "from cpsa.cli.command_line import main; main()" "$@"\n'
    )
    command.chmod(0o755)
    (home / "clone" / "include").symlink_to(INCLUDE)
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) > 8
    (home / "blocks.sh").write_text("\n".join(blocks), "utf-8")
    outside = {name: value for name, value in os.environ.items() if not name.startswith("CPSA_")}
    done = subprocess.run(
        ["bash", "-eu", home / "blocks.sh"],
        cwd=home / "clone",
        env={**outside, "HOME": str(home), "PYTHONPATH": str(INCLUDE), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    (home / "printed.txt").write_text(done.stdout, "utf-8")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_once(tmp_path_factory, "guide", follow_guide)


def test_what_the_guide_says_is_printed(home: Path) -> None:
    printed = (home / "printed.txt").read_text("utf-8")
    assert "No fault in" in printed
    assert "Dry run: nothing was changed." in printed
    assert "WS-MAD  V02" in printed
    assert "3 of 3 updates accepted" in printed


def test_every_document_is_there_in_both_languages(home: Path) -> None:
    names = {file.name for file in (home / "handloom" / "home" / "documents").rglob("*.pdf")}
    assert names == {f"{name}.{language}.pdf" for name in DOCUMENTS for language in LANGUAGES}


def test_no_document_speaks_of_the_shipped_programme(home: Path) -> None:
    pages = [*(home / "handloom" / "home" / "documents").rglob("*.html")]
    assert pages
    assert {
        (page.name, word)
        for page in pages
        for word in SHIPPED_WORDS
        if word in page.read_text("utf-8")
    } == set()


def test_a_typing_error_that_the_guide_suggests_is_one_line(home: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(home / "handloom" / "programme", tmp_path / "programme"))
    file = folder / "framework" / "2025-26-Q1.scoring.yaml"
    file.write_text(file.read_text("utf-8").replace("weight", "weigt", 1), "utf-8")
    program = "from cpsa.cli.command_line import main; main()"
    checked = subprocess.run(
        [sys.executable, "-c", program, "programme", "check", str(folder)],
        env={**os.environ, "PYTHONPATH": str(INCLUDE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1
    assert len(checked.stdout.splitlines()) == 1
    assert f"{file}:6" in checked.stdout and "weigt" in checked.stdout
